import type { Reason } from '@rewards/contracts';

/** A rule refuses the command. What the reason comes with is told to the client and recorded. */
export class Rejected extends Error {
  override readonly name = 'Rejected';
  constructor(
    readonly reason: Reason,
    readonly details: Readonly<Record<string, unknown>> = {},
  ) {
    super(reason);
  }
}

/** Throws Rejected where an expression is wanted. */
export const reject = (reason: Reason, details?: Readonly<Record<string, unknown>>): never => {
  throw new Rejected(reason, details);
};
