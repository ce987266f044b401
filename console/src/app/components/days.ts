import { DAY_MS, utcDay } from '@rewards/domain/calendar-days';
import { formatTime, instantOf } from '../time/zones';

/** Returns the zone that most of the zones are; undefined if there are none. Of equally many, the first in the alphabet is used. */
export const commonZone = (zones: readonly string[]): string | undefined => {
  const counts = new Map<string, number>();
  for (const zone of zones) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  return [...counts].sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))[0]?.[0];
};

/** Returns the calendar day, yyyy-mm-dd, a number of days after another one. */
export const addDays = (day: string, days: number): string => utcDay(Date.parse(day) + days * DAY_MS);

/** Returns the calendar day of a moment in a zone, yyyy-mm-dd. @param at milliseconds since 1970 */
export const dayIn = (zone: string, at: number): string => formatTime(new Date(at).toISOString(), zone, 'day');

/** Returns the moment at which a calendar day begins in a zone, in milliseconds since 1970. */
export const dayStart = (day: string, zone: string): number => Date.parse(instantOf(`${day} 00:00`, zone));
