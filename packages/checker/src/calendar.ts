import type { Condition, ConditionType, Cycle } from '@rewards/contracts';

/*
 * Days of logins and progress towards a condition, computed independently of the domain and by other means, so that a defect
 * there does not go undetected here.
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

/** @returns the local date and time in a zone, to the minute */
const localTime = (time: number, timeZone: string): { readonly date: string; readonly clock: string } => {
  const parts = Object.fromEntries(
    formatOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  );
  return { date: `${(parts.year ?? '').padStart(4, '0')}-${parts.month}-${parts.day}`, clock: `${parts.hour}:${parts.minute}` };
};

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** No zone sets its clocks back by more than this. */
const LONGEST_FOLD_MINUTES = 6 * 60;

/** @returns the day of a time in a zone whose days begin at a local time, yyyy-mm-dd */
export const dayIn = (at: string, timeZone: string, dayStartsAt = '00:00'): string => {
  const time = Date.parse(at);
  const { date, clock } = localTime(time, timeZone);
  if (clock >= dayStartsAt || hasReached(date, dayStartsAt, time, timeZone)) return date;
  return new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10);
};

/** Whether the local clock had already reached this time of the date before it was set back. */
const hasReached = (date: string, clock: string, time: number, timeZone: string): boolean => {
  const localMinute = (minutesAgo: number) => {
    const local = localTime(time - minutesAgo * MINUTE_MS, timeZone);
    return Date.parse(`${local.date}T${local.clock}Z`) / MINUTE_MS;
  };
  if (localMinute(0) - localMinute(LONGEST_FOLD_MINUTES) >= LONGEST_FOLD_MINUTES) return false;
  const target = Date.parse(`${date}T${clock}Z`) / MINUTE_MS;
  return Array.from({ length: LONGEST_FOLD_MINUTES }, (_, index) => localMinute(index + 1)).some((minute) => minute >= target);
};

/** 5 January 1970 was a Monday. */
const FIRST_MONDAY = 4;

/** @param day yyyy-mm-dd @returns the first day of the day, week (from Monday) or month to which it belongs */
export const cycleOfDay = (kind: Cycle, day: string): string => {
  if (kind === 'DAY') return day;
  if (kind === 'MONTH') return `${day.slice(0, -2)}01`;
  const number = Date.parse(day) / DAY_MS - FIRST_MONDAY;
  return new Date((number - (((number % 7) + 7) % 7) + FIRST_MONDAY) * DAY_MS).toISOString().slice(0, 10);
};

/** Whether the zone data of this runtime includes the zone. */
export const isKnownZone = (timeZone: string): boolean => {
  try {
    formatOf(timeZone);
    return true;
  } catch {
    return false;
  }
};

/**
 * Whether a login can fall on this day in any time zone. Local time is between 12 hours behind and 14 hours ahead of UTC, and a
 * day begins up to 24 hours after midnight.
 */
export const isPossibleDay = (at: string, day: string): boolean => {
  const sinceMidnight = Date.parse(at) - Date.parse(day);
  return sinceMidnight >= -14 * HOUR_MS && sinceMidnight < (48 + 12) * HOUR_MS;
};

/** @returns the possible days of a login if local time was some hours earlier or later than by the current zone rules */
export const daysAround = (
  at: string,
  { timeZone, dayStartsAt }: { readonly timeZone: string; readonly dayStartsAt?: string },
  hours: number,
): readonly string[] =>
  [-hours, 0, hours].map((offset) => dayIn(new Date(Date.parse(at) + offset * HOUR_MS).toISOString(), timeZone, dayStartsAt));

/** The rules of a type of condition. */
interface Kind<Type extends Condition> {
  /** Whether a login on the day counts in addition to counted logins on these days. */
  counts(condition: Type, days: ReadonlySet<string>, day: string): boolean;
  /** Whether counting depends on days, so that a change of zone data may matter. */
  readonly isByDay: boolean;
  fulfilled(condition: Type, days: readonly string[]): number;
}

const isNew = (_condition: Condition, days: ReadonlySet<string>, day: string): boolean => !days.has(day);

const KINDS: { readonly [Type in ConditionType]: Kind<Extract<Condition, { readonly type: Type }>> } = {
  LOGIN_COUNT: { counts: () => true, isByDay: false, fulfilled: (_condition, days) => days.length },
  LOGIN_DAYS: { counts: isNew, isByDay: true, fulfilled: (_condition, days) => new Set(days).size },
  LOGIN_STREAK: { counts: isNew, isByDay: true, fulfilled: ({ graceDays = 0 }, days) => bestSpan(days, graceDays) },
};

/** Whether this version supports the condition. */
export const isKnownCondition = ({ type }: Condition): boolean => Object.hasOwn(KINDS, type);

/** @throws RangeError for an unknown condition */
const kindOf = (condition: Condition): Kind<Condition> => {
  if (!isKnownCondition(condition)) throw new RangeError(`unknown condition: ${condition.type}`);
  return KINDS[condition.type] as Kind<Condition>;
};

/** Whether counting a login depends on its day. @throws RangeError for an unknown condition */
export const isByDay = (condition: Condition): boolean => kindOf(condition).isByDay;

/** Whether a login on the day counts in addition to counted logins on these days. @throws RangeError for an unknown condition */
export const countsOn = (condition: Condition, days: ReadonlySet<string>, day: string): boolean =>
  kindOf(condition).counts(condition, days, day);

/** @returns the progress of logins on these days, at most the count of the condition @throws RangeError for an unknown condition */
export const fulfilled = (condition: Condition, days: readonly string[]): number =>
  Math.min(condition.count, kindOf(condition).fulfilled(condition, days));

/** @returns the length of the longest valid span, by trying every span between two login days */
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
