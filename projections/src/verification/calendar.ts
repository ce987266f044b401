import { CONDITION_TYPES, type Condition } from '@rewards/contracts';

/*
 * What a day is and how far logins fulfil a condition, reckoned apart from the domain and by other means: a defect there
 * must not hide itself here.
 */

const HOUR_MS = 3_600_000;
const formats = new Map<string, Intl.DateTimeFormat>();

const formatOf = (timeZone: string): Intl.DateTimeFormat => {
  const format =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
  formats.set(timeZone, format);
  return format;
};

/** The calendar day of a time in a zone, yyyy-mm-dd. */
export const dayIn = (at: string, timeZone: string): string => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(new Date(at))
      .map(({ type, value }) => [type, value]),
  );
  return `${(parts.year ?? '').padStart(4, '0')}-${parts.month}-${parts.day}`;
};

/** Whether this runtime's zone data has the zone. */
export const isKnownZone = (timeZone: string): boolean => {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
};

/**
 * Whether some zone data could give a login this day: local time is 12 hours behind UTC to 14 hours ahead of it, and a day
 * begins up to 24 hours after midnight.
 */
export const isPossibleDay = (at: string, day: string): boolean => {
  const sinceMidnight = Date.parse(at) - Date.parse(day);
  return sinceMidnight >= -14 * HOUR_MS && sinceMidnight < (48 + 12) * HOUR_MS;
};

/** The days that a login could have had if the zone's rules were then a few hours apart from those of today. */
export const daysAround = (at: string, timeZone: string, hours: number): readonly string[] =>
  [-hours, 0, hours].map((offset) => dayIn(new Date(Date.parse(at) + offset * HOUR_MS).toISOString(), timeZone));

const CONDITIONS: readonly string[] = CONDITION_TYPES;

/** Whether this version can compute progress towards the condition. */
export const isKnownCondition = ({ type }: Condition): boolean => CONDITIONS.includes(type);

/** Whether only the first login of a day counts. */
export const isPerDay = ({ type }: Condition): boolean => type !== 'LOGIN_COUNT';

const DAY_MS = 86_400_000;

/** How far these logins, given by their days, fulfil the condition; at most its count. @throws RangeError for an unknown condition */
export const fulfilled = (condition: Condition, days: readonly string[]): number => {
  if (!isKnownCondition(condition)) throw new RangeError(`unknown condition: ${condition.type}`);
  return Math.min(
    condition.count,
    condition.type === 'LOGIN_STREAK' ? bestSpan(days, condition.graceDays ?? 0) : countOf(condition, days),
  );
};

const countOf = (condition: Condition, days: readonly string[]): number =>
  isPerDay(condition) ? new Set(days).size : days.length;

/** Tries every span from one login day to another. */
const bestSpan = (days: readonly string[], graceDays: number): number => {
  const numbers = [...new Set(days)].map((day) => Date.parse(day) / DAY_MS).sort((a, b) => a - b);
  let best = 0;
  for (const [from, first] of numbers.entries()) {
    for (const [offset, last] of numbers.slice(from).entries()) {
      const length = last - first + 1;
      if (length - (offset + 1) <= graceDays) best = Math.max(best, length);
    }
  }
  return best;
};
