import type { ConsistencyToken } from './position';

/** The record of a rejection in the log. */
export interface RejectionRecord {
  readonly request: Readonly<Record<string, unknown>>;
  readonly position: ConsistencyToken;
}

/** Thrown for a request that breaks a rule, with the reason and its details. */
export class Rejected<Reason extends string = string> extends Error {
  override readonly name: string = 'Rejected';
  constructor(
    readonly reason: Reason,
    readonly details: Readonly<Record<string, unknown>> = {},
    /** Null if the log has no record of it. */
    readonly record: RejectionRecord | null = null,
  ) {
    super(reason);
  }
}
