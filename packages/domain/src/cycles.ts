import type { Condition, Cycle } from '@rewards/contracts';
import { DAY_MS, dayBefore, utcDay } from './calendar-days';
import { dayOf, mostIn, startOfDay, type DayWindow } from './conditions';

/** One period of an event with cycles: half-open, and cut where the window begins or ends within it. */
export interface CyclePeriod {
  /** First calendar day of the whole period, yyyy-mm-dd, also where the window cuts it short. */
  readonly cycle: string;
  /** ISO 8601 UTC. */
  readonly startsAt: string;
  readonly endsAt: string;
}

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
export const cycleOfDay = (kind: Cycle, day: string): string => utcDay(PERIODS[kind].first(new Date(day)));

/** The cycle that directly follows in the calendar. */
const cycleAfter = (kind: Cycle, cycle: string): string => utcDay(PERIODS[kind].next(new Date(cycle)));

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
  if (at < window.startsAt || window.endsAt <= window.startsAt) return cycleOf(kind, window.startsAt, window);
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

/** Enough periods of any kind that a longer window has none of another length or beginning on another day of the week. */
const PERIODS_OF_EVERY_KIND = 500;

/** @returns the maximum progress towards a condition in the window of an event, or in any of its cycles @throws UnknownTimeZone */
export const maxProgress = (condition: Condition, { cycle: kind, ...window }: WithCycles): number => {
  const [first, last] = [window.startsAt, lastMomentOf(window)].map((at) => dayOf(at, window.timeZone, window.dayStartsAt)) as [
    string,
    string,
  ];
  if (kind === undefined) return mostIn(condition, { first, last });
  let most = 0;
  let cycle = cycleOfDay(kind, first);
  for (let periods = 0; periods < PERIODS_OF_EVERY_KIND && cycle <= last; periods += 1) {
    const following = cycleAfter(kind, cycle);
    const lastOfCycle = dayBefore(following);
    most = Math.max(
      most,
      mostIn(condition, { first: cycle > first ? cycle : first, last: lastOfCycle < last ? lastOfCycle : last }),
    );
    cycle = following;
  }
  return most;
};

interface WithCycles extends DayWindow {
  readonly cycle?: Cycle;
}

/** @returns the cycle that a login at a time belongs to; null in an event without cycles @throws UnknownTimeZone */
export const loginCycle = (event: WithCycles, at: string): string | null =>
  event.cycle === undefined ? null : cycleOf(event.cycle, at, event);

/** The cycle that a request means. */
export interface RequestedCycle {
  /** First day of the cycle, yyyy-mm-dd; null in an event without cycles. */
  readonly cycle: string | null;
  /** False if the request names a day that begins no period of the window, a cycle that has not begun, or a cycle of an event without. */
  readonly exists: boolean;
}

/**
 * Finds the cycle that a request means: the one that it names, by default that of its time; before the window the first, after it
 * the last.
 * @param named a calendar day, yyyy-mm-dd @param at time of the request, or of the past that it asks for, ISO 8601 UTC
 * @throws UnknownTimeZone
 */
export const cycleOfRequest = (event: WithCycles, named: string | undefined, at: string): RequestedCycle => {
  if (event.cycle === undefined) return { cycle: null, exists: named === undefined };
  if (named === undefined) return { cycle: currentCycle(event.cycle, at, event), exists: true };
  // Most requests name the current cycle, which is found faster.
  if (event.startsAt <= at && at < event.endsAt && named === cycleOf(event.cycle, at, event))
    return { cycle: named, exists: true };
  const period = findCycle(event.cycle, named, event);
  return { cycle: named, exists: period !== null && period.startsAt <= at };
};

const lastMomentOf = ({ endsAt }: DayWindow): string => new Date(Date.parse(endsAt) - 1).toISOString();
