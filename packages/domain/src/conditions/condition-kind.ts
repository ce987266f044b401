import type { Condition, LoginExclusion } from '@rewards/contracts';
import { dayNumber } from '../calendar-days';

/** A login that counts towards a condition. */
export interface CountedLogin {
  readonly loginId: string;
  /** ISO 8601 UTC. */
  readonly at: string;
  /** Day of `at` in the event, yyyy-mm-dd. */
  readonly day: string;
}

/** The days that a window touches, yyyy-mm-dd, both inclusive. */
export interface Days {
  readonly first: string;
  readonly last: string;
}

/** One kind of condition: pure functions of the set of counted logins, independent of their order. */
export interface ConditionKind<Kind extends Condition> {
  /** @returns why a login on a day would not count in addition to the counted logins; null if it counts */
  exclusion(condition: Kind, counted: readonly CountedLogin[], day: string): LoginExclusion | null;
  /** @returns the progress of these logins; the condition is met at `condition.count` */
  progress(condition: Kind, logins: readonly CountedLogin[]): number;
  /** @returns the maximum progress in a window that touches these days */
  most(condition: Kind, days: Days): number;
}

/**
 * Shared by conditions that count the first login of each day. The maximum progress is the number of days that the window
 * touches. A streak cannot be longer, because it begins and ends with a login day.
 */
export const ONCE_A_DAY: Pick<ConditionKind<Condition>, 'exclusion' | 'most'> = {
  exclusion: (_condition, counted, day) => (counted.some((login) => login.day === day) ? 'SAME_DAY' : null),
  most: (_condition, { first, last }) => dayNumber(last) - dayNumber(first) + 1,
};
