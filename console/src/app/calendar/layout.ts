import { DAY_MS } from '@rewards/domain/calendar-days';
import type { Schemas } from '../../shared/api/client';
import { addDays, dayStart } from '../components/days';
import { hasClockChange, offsetMinutes } from '../time/zones';

export const WEEKS = [1, 2, 4] as const;
export type Weeks = (typeof WEEKS)[number];
export const DEFAULT_WEEKS: Weeks = 2;

export type CalendarEvent = Pick<
  Schemas['ListedEventResponse'],
  'eventId' | 'name' | 'status' | 'startsAt' | 'endsAt' | 'claimsUntil' | 'timeZone'
>;

/** A column of the calendar. */
export interface Day {
  /** yyyy-mm-dd */
  readonly day: string;
  /** Milliseconds since 1970; half-open. */
  readonly startsAt: number;
  readonly endsAt: number;
  readonly isWeekend: boolean;
  /** By how many minutes the clocks are set forward on this day; negative if they are set back. */
  readonly clockChange: number;
}

/** Where an event is in the columns: fractions of their whole width. */
export interface Bar {
  readonly start: number;
  readonly end: number;
  /** End of the time for claims after the event. */
  readonly claimsEnd: number;
  readonly startsBefore: boolean;
  readonly endsAfter: boolean;
}

const weekday = (day: string): number => new Date(day).getUTCDay();

/** Returns the Monday of the week of a day. */
export const mondayOf = (day: string): string => addDays(day, -((weekday(day) + 6) % 7));

const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text)) && addDays(text, 0) === text;

/** Reads the first day and the number of weeks from the URL. @param today shown if the URL names no day */
export const rangeOf = (
  { date, weeks }: Readonly<Record<string, string | undefined>>,
  today: string,
): { readonly first: string; readonly weeks: Weeks } => ({
  first: mondayOf(date !== undefined && isDay(date) ? date : today),
  weeks: WEEKS.find((each) => String(each) === weeks) ?? DEFAULT_WEEKS,
});

/** Returns the days of some weeks in a zone. */
export const daysOf = (first: string, weeks: Weeks, zone: string): readonly Day[] =>
  Array.from({ length: weeks * 7 }, (_, index) => {
    const day = addDays(first, index);
    const [startsAt, endsAt] = [dayStart(day, zone), dayStart(addDays(day, 1), zone)];
    return {
      day,
      startsAt,
      endsAt,
      isWeekend: [0, 6].includes(weekday(day)),
      clockChange: hasClockChange(day, zone)
        ? offsetMinutes(new Date(endsAt), zone) - offsetMinutes(new Date(startsAt), zone)
        : 0,
    };
  });

const boundsOf = (days: readonly Day[]): readonly [number, number] => [days[0]?.startsAt ?? 0, days.at(-1)?.endsAt ?? 0];

/** Returns where a moment is in the columns, from 0 to 1. Days have one width, also those with 23 or 25 hours. */
export const positionOf = (at: number, days: readonly Day[]): number => {
  const [first, end] = boundsOf(days);
  if (at <= first) return 0;
  if (at >= end) return 1;
  const index = days.findIndex(({ endsAt }) => at < endsAt);
  const { startsAt, endsAt } = days[index] as Day;
  return (index + (at - startsAt) / (endsAt - startsAt)) / days.length;
};

/** Returns the bar of an event; null if neither its window nor its time for claims touches the days. */
export const barOf = (event: CalendarEvent, days: readonly Day[]): Bar | null => {
  const [first, end] = boundsOf(days);
  const [startsAt, endsAt, claimsUntil] = [event.startsAt, event.endsAt, event.claimsUntil].map(Date.parse) as [
    number,
    number,
    number,
  ];
  if (startsAt >= end || claimsUntil <= first) return null;
  return {
    start: positionOf(startsAt, days),
    end: positionOf(endsAt, days),
    claimsEnd: positionOf(claimsUntil, days),
    startsBefore: startsAt < first,
    endsAfter: claimsUntil > end,
  };
};

const runs = ({ status }: CalendarEvent): boolean => status !== 'DRAFT' && status !== 'DELETED';

/** Returns for each day how many published events run at once, at most. */
export const concurrencyOf = (events: readonly CalendarEvent[], days: readonly Day[]): readonly number[] => {
  const windows = events.filter(runs).map(({ startsAt, endsAt }) => [Date.parse(startsAt), Date.parse(endsAt)] as const);
  const runningAt = (at: number): number => windows.filter(([startsAt, endsAt]) => startsAt <= at && at < endsAt).length;
  return days.map(({ startsAt, endsAt }) => {
    const starts = windows.map(([start]) => start).filter((start) => start > startsAt && start < endsAt);
    return Math.max(...[startsAt, ...starts].map(runningAt));
  });
};

/** The months of the days, each with the number of its days. */
export const monthsOf = (days: readonly Day[]): readonly { readonly month: string; readonly days: number }[] => {
  const counts = new Map<string, number>();
  for (const { day } of days) counts.set(day.slice(0, 7), (counts.get(day.slice(0, 7)) ?? 0) + 1);
  return [...counts].map(([month, count]) => ({ month, days: count }));
};

/** Longest time for claims after the end of an event for which the calendar looks back. */
const CLAIMS_MS = 60 * DAY_MS;

/**
 * Returns the span of windows to load for some weeks: in every zone, and with the events that ended before but whose claims may
 * still be open.
 */
export const loadedSpan = (first: string, weeks: Weeks): { readonly from: string; readonly to: string } => ({
  from: new Date(Date.parse(first) - DAY_MS - CLAIMS_MS).toISOString(),
  to: new Date(Date.parse(first) + (weeks * 7 + 1) * DAY_MS).toISOString(),
});

/** Order of the rows: by start, then by end, then by name. */
export const byStart = (one: CalendarEvent, other: CalendarEvent): number =>
  one.startsAt.localeCompare(other.startsAt) || one.endsAt.localeCompare(other.endsAt) || one.name.localeCompare(other.name);
