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
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  formats.set(timeZone, format);
  return format;
};

/** What a clock in a zone shows, to the minute. */
const shownAt = (time: number, timeZone: string): { readonly date: string; readonly clock: string } => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${(parts.year ?? '').padStart(4, '0')}-${parts.month}-${parts.day}`, clock: `${parts.hour}:${parts.minute}` };
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** No zone puts its clocks back by more than this. */
const LONGEST_FOLD_MINUTES = 6 * 60;

/** The day of a time in a zone whose days begin at a local time, yyyy-mm-dd. */
export const dayIn = (at: string, timeZone: string, dayStartsAt = '00:00'): string => {
  const time = Date.parse(at);
  const { date, clock } = shownAt(time, timeZone);
  if (clock >= dayStartsAt || hasShown(date, dayStartsAt, time, timeZone)) return date;
  return new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10);
};

/** Whether a clock that was put back since showed this time of the date, or a later one. */
const hasShown = (date: string, clock: string, time: number, timeZone: string): boolean => {
  const minuteShown = (minutesAgo: number) => {
    const shown = shownAt(time - minutesAgo * MINUTE_MS, timeZone);
    return Date.parse(`${shown.date}T${shown.clock}Z`) / MINUTE_MS;
  };
  if (minuteShown(0) - minuteShown(LONGEST_FOLD_MINUTES) >= LONGEST_FOLD_MINUTES) return false;
  const sought = Date.parse(`${date}T${clock}Z`) / MINUTE_MS;
  return Array.from({ length: LONGEST_FOLD_MINUTES }, (_, index) => minuteShown(index + 1)).some((shown) => shown >= sought);
};

/** Whether only the first login of a day counts. */
export const isPerDay = ({ type }: Condition): boolean => type !== 'LOGIN_COUNT';

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
