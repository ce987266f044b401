import { DEFAULT_DAY_STARTS_AT, type Condition, type LoginExclusion } from '@rewards/contracts';
import { DateTime, IANAZone } from 'luxon';
import { DAY_MS, dayBefore } from '../calendar-days';
import type { ConditionKind, CountedLogin, Days } from './condition-kind';
import { loginCount } from './login-count';
import { loginDays } from './login-days';
import { loginStreak } from './login-streak';

export type { ConditionKind, CountedLogin };

/** The kind of each type of condition. CONTRIBUTING.md lists every place to change for a new type. */
const KINDS: { readonly [Type in Condition['type']]: ConditionKind<Extract<Condition, { type: Type }>> } = {
  LOGIN_COUNT: loginCount,
  LOGIN_DAYS: loginDays,
  LOGIN_STREAK: loginStreak,
};

// TypeScript cannot infer that the kind in the table accepts the condition of its type.
const kindOf = ({ type }: Condition) => KINDS[type] as ConditionKind<Condition>;

/** @returns the progress towards the condition, from 0 to `condition.count` */
export const progressOf = (condition: Condition, logins: readonly CountedLogin[]): number =>
  Math.min(condition.count, kindOf(condition).progress(condition, logins));

/** @returns why a login on a day would not count in addition to the counted logins; null if it counts */
export const exclusionOf = (condition: Condition, counted: readonly CountedLogin[], day: string): LoginExclusion | null =>
  kindOf(condition).exclusion(condition, counted, day);

/** The zone data of this runtime does not include the zone, so the day of a login cannot be computed. */
export class UnknownTimeZone extends RangeError {
  override readonly name = 'UnknownTimeZone';
  constructor(readonly timeZone: string) {
    super(`This version of Node.js does not know the time zone "${timeZone}".`);
  }
}

/** The days computed last, because one login is judged for many events with the same days. */
const recentDays = new Map<string, string>();
const MAX_RECENT_DAYS = 1_000;

/**
 * Computes the day of a time: a calendar day in a zone that begins at a local time. A day begins only once: if clocks go back
 * over its beginning, the repeated hour belongs to it.
 * @param at ISO 8601 @param timeZone IANA name @param dayStartsAt `HH:MM` @returns yyyy-mm-dd
 * @throws UnknownTimeZone, RangeError for a time that is not ISO 8601
 */
export const dayOf = (at: string, timeZone: string, dayStartsAt: string = DEFAULT_DAY_STARTS_AT): string => {
  const key = `${at} ${timeZone} ${dayStartsAt}`;
  const recent = recentDays.get(key);
  if (recent !== undefined) return recent;
  const day = computeDay(at, timeZone, dayStartsAt);
  if (recentDays.size >= MAX_RECENT_DAYS) recentDays.clear();
  recentDays.set(key, day);
  return day;
};

const computeDay = (at: string, timeZone: string, dayStartsAt: string): string => {
  const time = DateTime.fromISO(at, { zone: timeZone });
  if (time.invalidReason === 'unsupported zone') throw new UnknownTimeZone(timeZone);
  const day = time.toISODate();
  if (day === null) throw new RangeError(`not a time: ${at}`);
  return hasBegun(time, dayStartsAt) ? day : dayBefore(day);
};

/** Whether the day of the time's own date has begun. */
const hasBegun = (time: DateTime, dayStartsAt: string): boolean => {
  const [hour, minute] = dayStartsAt.split(':').map(Number) as [number, number];
  if (time.hour * 60 + time.minute >= hour * 60 + minute) return true;
  const beginnings = time.set({ hour, minute, second: 0, millisecond: 0 }).getPossibleOffsets();
  return beginnings.some((beginning) => beginning <= time);
};

/** No zone is further from UTC than a day, and no day begins more than a day late. */
const FARTHEST_MS = 3 * DAY_MS;

/**
 * The first moment whose day is this one or a later one: where the day begins, or, for a day that the zone skipped, where the next
 * one does.
 * @param day yyyy-mm-dd @param timeZone IANA name @param dayStartsAt `HH:MM` @returns ISO 8601 UTC with milliseconds
 * @throws UnknownTimeZone
 */
export const startOfDay = (day: string, timeZone: string, dayStartsAt: string = DEFAULT_DAY_STARTS_AT): string => {
  if (!isKnownZone(timeZone)) throw new UnknownTimeZone(timeZone);
  const isReached = (time: number) => dayOf(new Date(time).toISOString(), timeZone, dayStartsAt) >= day;
  const onTheClock = DateTime.fromISO(`${day}T${dayStartsAt}`, { zone: timeZone }).toMillis();
  if (isReached(onTheClock) && !isReached(onTheClock - 1)) return new Date(onTheClock).toISOString();
  // Near a clock change: days never go back, so bisection finds the place where `dayOf` changes.
  let [before, reached] = [Date.parse(day) - FARTHEST_MS, Date.parse(day) + FARTHEST_MS];
  while (reached - before > 1) {
    const middle = Math.floor((before + reached) / 2);
    if (isReached(middle)) reached = middle;
    else before = middle;
  }
  return new Date(reached).toISOString();
};

/** @returns the maximum progress towards a condition in these days */
export const mostIn = (condition: Condition, days: Days): number => kindOf(condition).most(condition, days);

/** A half-open window, ISO 8601 UTC, and the definition of its days. */
export interface DayWindow {
  readonly startsAt: string;
  readonly endsAt: string;
  readonly timeZone: string;
  readonly dayStartsAt?: string;
}

/** Whether the zone data of this runtime includes the zone, so that `dayOf` can compute its days. */
export const isKnownZone = (name: string): boolean => IANAZone.isValidZone(name);

/**
 * Whether this is the IANA name of a zone that this runtime supports. Rejects a bare offset such as `+09:00`, because only newer
 * versions of Node.js support it: an event with an offset would stop counting on an older runtime.
 */
export const isTimeZone = (name: string): boolean => /^[A-Za-z]/.test(name) && isKnownZone(name);
