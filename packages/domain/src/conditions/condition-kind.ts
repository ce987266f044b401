import type { Condition, LoginExclusion } from '@rewards/contracts';

const DAY_MS = 86_400_000;

/** A login that counts towards a condition. */
export interface CountedLogin {
  readonly loginId: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** The event's day of `at`, yyyy-mm-dd. */
  readonly day: string;
}

/** The days that a window touches, yyyy-mm-dd, both inclusive. */
export interface Days {
  readonly first: string;
  readonly last: string;
}

/** One kind of condition: pure functions of the set of counted logins, never of their order. */
export interface ConditionKind<Kind extends Condition> {
  /** Why a login of a day adds nothing to the counted logins; null if it counts. */
  exclusion(condition: Kind, counted: readonly CountedLogin[], day: string): LoginExclusion | null;
  /** How far the logins fulfil the condition; fulfilled at `condition.count`. */
  progress(condition: Kind, logins: readonly CountedLogin[]): number;
  /** The most that logins in a window that touches these days can fulfil. */
  most(condition: Kind, days: Days): number;
}

/** Days since 1970 of a calendar day: a calendar day has no zone any more, so each is 24 hours here. */
export const dayNumber = (day: string): number => Date.parse(day) / DAY_MS;

/**
 * What is common to conditions that count the first login of each day. A login on each day of a window gives as many days as it
 * touches, and no streak is longer, since a span begins and ends with a login day.
 */
export const ONCE_A_DAY: Pick<ConditionKind<Condition>, 'exclusion' | 'most'> = {
  exclusion: (_condition, counted, day) => (counted.some((login) => login.day === day) ? 'SAME_DAY' : null),
  most: (_condition, { first, last }) => dayNumber(last) - dayNumber(first) + 1,
};
