/** A calendar day has no time zone, so each one is 24 hours. */
export const DAY_MS = 86_400_000;

/** @returns the days from 1970 to a calendar day, yyyy-mm-dd */
export const dayNumber = (day: string): number => Date.parse(day) / DAY_MS;

/** @returns the calendar day of a time in UTC, yyyy-mm-dd @param time in milliseconds since 1970 */
export const utcDay = (time: number): string => new Date(time).toISOString().slice(0, 10);

/** @returns the calendar day before another one, both yyyy-mm-dd */
export const dayBefore = (day: string): string => utcDay(Date.parse(day) - DAY_MS);
