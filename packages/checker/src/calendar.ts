import type { Condition, ConditionType } from '@rewards/contracts';

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
export const daysAround = (
  at: string,
  { timeZone, dayStartsAt }: { readonly timeZone: string; readonly dayStartsAt?: string },
  hours: number,
): readonly string[] =>
  [-hours, 0, hours].map((offset) => dayIn(new Date(Date.parse(at) + offset * HOUR_MS).toISOString(), timeZone, dayStartsAt));

/** What this file knows of a type of condition. */
interface Kind<Type extends Condition> {
  /** Whether a login of the day counts where the counted logins have these days. */
  counts(condition: Type, days: ReadonlySet<string>, day: string): boolean;
  /** Whether what counts depends on days, so that zone data that changed since may matter. */
  readonly isByDay: boolean;
  fulfilled(condition: Type, days: readonly string[]): number;
}

const isNew = (_condition: Condition, days: ReadonlySet<string>, day: string): boolean => !days.has(day);

const KINDS: { readonly [Type in ConditionType]: Kind<Extract<Condition, { readonly type: Type }>> } = {
  LOGIN_COUNT: { counts: () => true, isByDay: false, fulfilled: (_condition, days) => days.length },
  LOGIN_DAYS: { counts: isNew, isByDay: true, fulfilled: (_condition, days) => new Set(days).size },
  LOGIN_STREAK: { counts: isNew, isByDay: true, fulfilled: ({ graceDays = 0 }, days) => bestSpan(days, graceDays) },
};

/** Whether this version can compute progress towards the condition. */
export const isKnownCondition = ({ type }: Condition): boolean => Object.hasOwn(KINDS, type);

/** @throws RangeError for an unknown condition */
const kindOf = (condition: Condition): Kind<Condition> => {
  if (!isKnownCondition(condition)) throw new RangeError(`unknown condition: ${condition.type}`);
  return KINDS[condition.type] as Kind<Condition>;
};

/** Whether it depends on its day whether a login counts. @throws RangeError for an unknown condition */
export const isByDay = (condition: Condition): boolean => kindOf(condition).isByDay;

/** Whether a login of the day counts where the counted logins have these days. @throws RangeError for an unknown condition */
export const countsOn = (condition: Condition, days: ReadonlySet<string>, day: string): boolean =>
  kindOf(condition).counts(condition, days, day);

/** How far these logins, given by their days, fulfil the condition; at most its count. @throws RangeError for an unknown condition */
export const fulfilled = (condition: Condition, days: readonly string[]): number =>
  Math.min(condition.count, kindOf(condition).fulfilled(condition, days));

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
