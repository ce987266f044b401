import type { Schemas } from '../../shared/api/client';
import { addDays, dayIn, dayStart } from '../components/days';
import { formatTime, instantOf } from '../time/zones';

export type Hour = Schemas['HourResponse'];

/** What is counted for a day. */
export const FIGURES = ['logins', 'completions', 'claims'] as const;
export type Figure = (typeof FIGURES)[number];

export interface Comparison {
  /** From the beginning of the day until now. */
  readonly soFar: number;
  /** Until the last full hour, on both days. */
  readonly untilToday: number;
  readonly untilYesterday: number;
  /** The whole day before. */
  readonly yesterday: number;
}

export interface DayFigures {
  /** The last full hour as clocks of the zone show it. */
  readonly untilTime: string;
  readonly figures: Readonly<Record<Figure, Comparison>>;
}

const HOUR_MS = 3_600_000;

/**
 * Compares today with yesterday until the same time. The figures are known by full hours, so the comparison ends at the last full
 * hour.
 * @param hours of all events
 * @param now milliseconds since 1970
 */
export const dayFigures = (hours: readonly Hour[], now: number, zone: string): DayFigures => {
  const today = dayIn(zone, now);
  const yesterday = addDays(today, -1);
  const [begin, beginYesterday] = [dayStart(today, zone), dayStart(yesterday, zone)];
  const until = Math.max(begin, Math.floor(now / HOUR_MS) * HOUR_MS);
  const untilTime = formatTime(new Date(until).toISOString(), zone).slice(-5);
  const untilYesterday = Date.parse(instantOf(`${yesterday} ${untilTime}`, zone));
  const sum = (figure: Figure, from: number, to: number): number =>
    hours.reduce((total, hour) => {
      const at = Date.parse(hour.hour);
      return at >= from && at < to ? total + hour[figure] : total;
    }, 0);
  const compare = (figure: Figure): Comparison => ({
    soFar: sum(figure, begin, now + 1),
    untilToday: sum(figure, begin, until),
    untilYesterday: sum(figure, beginYesterday, untilYesterday),
    yesterday: sum(figure, beginYesterday, begin),
  });
  return {
    untilTime,
    figures: { logins: compare('logins'), completions: compare('completions'), claims: compare('claims') },
  };
};

/** The change between both days as a ratio; null if there was nothing yesterday. */
export const changeOf = ({ untilToday, untilYesterday }: Comparison): number | null =>
  untilYesterday === 0 ? null : untilToday / untilYesterday - 1;
