import type { Condition } from '@rewards/contracts';

/*
 * What a day is and how far logins fulfil a condition, reckoned apart from the domain and by other means: a defect there
 * must not hide itself here.
 */

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

/** Whether only the first login of a day counts. */
export const isPerDay = ({ type }: Condition): boolean => type !== 'LOGIN_COUNT';

const DAY_MS = 86_400_000;

/** How far these logins, given by their days, fulfil the condition; at most its count. */
export const fulfilled = (condition: Condition, days: readonly string[]): number =>
  Math.min(
    condition.count,
    condition.type === 'LOGIN_STREAK' ? bestSpan(days, condition.graceDays ?? 0) : countOf(condition, days),
  );

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
