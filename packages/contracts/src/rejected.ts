import type { ConsistencyToken } from './position';

/** What the log says of a rejected request. */
export interface RejectionRecord {
  readonly request: Readonly<Record<string, unknown>>;
  readonly position: ConsistencyToken;
}

/** A request that breaks a rule: the reason, and what the client needs to know about it. */
export class Rejected<Reason extends string = string> extends Error {
  override readonly name: string = 'Rejected';
  constructor(
    readonly reason: Reason,
    readonly details: Readonly<Record<string, unknown>> = {},
    /** Null where the log has no record of it. */
    readonly record: RejectionRecord | null = null,
  ) {
    super(reason);
  }
}
