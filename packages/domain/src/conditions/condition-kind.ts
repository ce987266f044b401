import type { Condition } from '@rewards/contracts';

/** A login that counts towards a condition. */
export interface CountedLogin {
  readonly loginId: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The event's day of `at`, yyyy-mm-dd. */
  readonly day: string;
}

/** One kind of condition: a pure function of the set of counted logins, never of their order. */
export interface ConditionKind<Kind extends Condition> {
  /** Whether only the first login of a day counts. */
  readonly perDay: boolean;
  /** How far the logins fulfil the condition; fulfilled at `condition.count`. */
  progress(condition: Kind, logins: readonly CountedLogin[]): number;
}
