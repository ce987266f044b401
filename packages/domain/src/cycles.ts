import type { Cycle } from '@rewards/contracts';
import { dayOf, startOfDay, type DayWindow } from './conditions';

/** One period of an event with cycles: half-open, and cut where the window begins or ends within it. */
export interface CyclePeriod {
  /** First calendar day of the whole period, yyyy-mm-dd, also where the window cuts it short. */
  readonly cycle: string;
  /** ISO 8601 UTC. */
  readonly startsAt: string;
  readonly endsAt: string;
}

const DAY_MS = 86_400_000;
const toDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** Calendar days have no zone any more, so plain UTC arithmetic is exact. */
const PERIODS: Readonly<Record<Cycle, { readonly first: (day: Date) => number; readonly next: (first: Date) => number }>> = {
  DAY: {
    first: (day) => day.getTime(),
    next: (first) => first.getTime() + DAY_MS,
  },
  WEEK: {
    first: (day) => day.getTime() - ((day.getUTCDay() + 6) % 7) * DAY_MS,
    next: (first) => first.getTime() + 7 * DAY_MS,
  },
  MONTH: {
    first: (day) => Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), 1),
    next: (first) => Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 1),
  },
};

/** The cycle that a day belongs to. @param day yyyy-mm-dd @returns the first day of its period */
export const cycleOfDay = (kind: Cycle, day: string): string => toDay(PERIODS[kind].first(new Date(day)));

/** The cycle that directly follows in the calendar. */
const cycleAfter = (kind: Cycle, cycle: string): string => toDay(PERIODS[kind].next(new Date(cycle)));

/**
 * The cycle that a time belongs to, in the event's zone and with its beginning of the day.
 * @param at ISO 8601 UTC
 * @throws UnknownTimeZone
 */
export const cycleOf = (kind: Cycle, at: string, { timeZone, dayStartsAt }: DayWindow): string =>
  cycleOfDay(kind, dayOf(at, timeZone, dayStartsAt));

/**
 * The cycle that a request means if it names none: that of the time, before the window the first, after it the last.
 * @throws UnknownTimeZone
 */
export const currentCycle = (kind: Cycle, at: string, window: DayWindow): string => {
  if (at < window.startsAt) return cycleOf(kind, window.startsAt, window);
  return cycleOf(kind, at < window.endsAt ? at : lastMomentOf(window), window);
};

/**
 * The cycles of a window, in order. They tile it: each moment of the window belongs to exactly one. A period in which the zone
 * has no moment at all (a day skipped at the date line) is left out.
 * @throws UnknownTimeZone
 */
export function* cyclesOf(kind: Cycle, window: DayWindow): Generator<CyclePeriod> {
  const { timeZone, dayStartsAt } = window;
  let cycle = cycleOf(kind, window.startsAt, window);
  for (let startsAt = window.startsAt; startsAt < window.endsAt;) {
    const following = cycleAfter(kind, cycle);
    const begins = startOfDay(following, timeZone, dayStartsAt);
    const endsAt = begins < window.endsAt ? begins : window.endsAt;
    if (startsAt < endsAt) yield { cycle, startsAt, endsAt };
    [cycle, startsAt] = [following, endsAt > startsAt ? endsAt : startsAt];
  }
}

/**
 * The cycle of a window that a day names; null if the day begins no period of the window.
 * @param cycle yyyy-mm-dd
 * @throws UnknownTimeZone
 */
export const findCycle = (kind: Cycle, cycle: string, window: DayWindow): CyclePeriod | null => {
  if (cycleOfDay(kind, cycle) !== cycle) return null;
  const { timeZone, dayStartsAt } = window;
  const later = (a: string, b: string) => (a > b ? a : b);
  const earlier = (a: string, b: string) => (a < b ? a : b);
  const startsAt = later(startOfDay(cycle, timeZone, dayStartsAt), window.startsAt);
  const endsAt = earlier(startOfDay(cycleAfter(kind, cycle), timeZone, dayStartsAt), window.endsAt);
  return startsAt < endsAt ? { cycle, startsAt, endsAt } : null;
};

const lastMomentOf = ({ endsAt }: DayWindow): string => new Date(Date.parse(endsAt) - 1).toISOString();
