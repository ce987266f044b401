import { DAY_MS, utcDay } from '@rewards/domain/calendar-days';
import { addDays, addMonths } from '../wall-time';

/** The days of the weeks that a month touches, from Monday. @param day any day of the month, yyyy-mm-dd */
export const daysOfMonth = (day: string): readonly string[] => {
  const first = Date.parse(`${day.slice(0, 7)}-01`);
  const monday = first - ((new Date(first).getUTCDay() + 6) % 7) * DAY_MS;
  return Array.from({ length: 42 }, (_, index) => utcDay(monday + index * DAY_MS));
};

const STEPS: Readonly<Record<string, (day: string) => string>> = {
  ArrowLeft: (day) => addDays(day, -1),
  ArrowRight: (day) => addDays(day, 1),
  ArrowUp: (day) => addDays(day, -7),
  ArrowDown: (day) => addDays(day, 7),
  PageUp: (day) => addMonths(day, -1),
  PageDown: (day) => addMonths(day, 1),
  Home: (day) => `${day.slice(0, 7)}-01`,
  End: (day) => addDays(addMonths(`${day.slice(0, 7)}-01`, 1), -1),
};

/** The day that a key of the keyboard moves to; null if it moves nowhere. */
export const dayAfterKey = (day: string, key: string): string | null => STEPS[key]?.(day) ?? null;
