import type { Reason, RejectionDetails } from '@rewards/contracts';

/** The details of a reason, optional where none of them is needed. */
type Details<R extends Reason> =
  Record<string, never> extends RejectionDetails[R] ? [details?: RejectionDetails[R]] : [details: RejectionDetails[R]];

/** A rule refuses the command. What the reason comes with is told to the client and recorded. */
export class Rejected<R extends Reason = Reason> extends Error {
  override readonly name = 'Rejected';
  readonly details: RejectionDetails[R];

  constructor(
    readonly reason: R,
    ...[details]: Details<R>
  ) {
    super(reason);
    this.details = (details ?? {}) as RejectionDetails[R];
  }
}

/** Throws Rejected where an expression is wanted. */
export const reject = <R extends Reason>(reason: R, ...details: Details<R>): never => {
  throw new Rejected(reason, ...details);
};
