import { Rejected, type Reason } from '@rewards/contracts';

/** Rejects the command: throws where an expression is wanted. The client gets the details, and the record has them too. */
export const reject = (reason: Reason, details?: Readonly<Record<string, unknown>>): never => {
  throw new Rejected(reason, details);
};
