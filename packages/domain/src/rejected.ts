import { Rejected, type Reason, type RejectionDetails } from '@rewards/contracts';

/** The details of a reason, optional where none of them is needed. */
type Details<R extends Reason> =
  Record<string, never> extends RejectionDetails[R] ? [details?: RejectionDetails[R]] : [details: RejectionDetails[R]];

/** Rejects the command: throws where an expression is wanted. The client gets the details, and the record has them too. */
export const reject = <R extends Reason>(reason: R, ...[details]: Details<R>): never => {
  throw new Rejected(reason, details);
};
