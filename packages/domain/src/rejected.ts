import { Rejected, type Reason, type RejectionDetails } from '@rewards/contracts';

/** The details of a reason, optional if none of them is required. */
type Details<R extends Reason> =
  Record<string, never> extends RejectionDetails[R] ? [details?: RejectionDetails[R]] : [details: RejectionDetails[R]];

/** Rejects the command by throwing, also inside an expression. The details are recorded and returned to the client. */
export const reject = <R extends Reason>(reason: R, ...[details]: Details<R>): never => {
  throw new Rejected(reason, details);
};
