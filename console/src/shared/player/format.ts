import type { Language } from '../i18n/texts';

/** Formats a number with its separators. */
export const formatAmount = (amount: number, language: Language): string => new Intl.NumberFormat(language).format(amount);

/** Formats a number for a small place, such as 1.5K. */
export const formatShort = (amount: number, language: Language): string =>
  new Intl.NumberFormat(language, { notation: 'compact', maximumFractionDigits: 1 }).format(amount);

/** Formats a time as date and time of the player's own zone. @param at ISO 8601 */
export const formatMoment = (at: string, language: Language): string =>
  new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(at));

/** Formats a calendar day, which has no zone. @param day yyyy-mm-dd */
export const formatDay = (day: string, language: Language): string =>
  new Intl.DateTimeFormat(language, { month: 'short', day: 'numeric', timeZone: 'UTC' }).format(new Date(day));

/** Formats the short name of a day of the week. @param day yyyy-mm-dd */
export const formatWeekday = (day: string, language: Language): string =>
  new Intl.DateTimeFormat(language, { weekday: 'short', timeZone: 'UTC' }).format(new Date(day));

const MINUTE_MS = 60_000;
const UNITS = [
  ['day', 1_440],
  ['hour', 60],
  ['minute', 1],
] as const;

/** Formats how far a time is from now, such as "in 3 days". @param at, now ISO 8601 */
export const formatDistance = (at: string, now: string, language: Language): string => {
  const minutes = Math.round((Date.parse(at) - Date.parse(now)) / MINUTE_MS);
  const [unit, length] = UNITS.find(([, each]) => Math.abs(minutes) >= each) ?? (['minute', 1] as const);
  return new Intl.RelativeTimeFormat(language, { numeric: 'always' }).format(Math.trunc(minutes / length), unit);
};

/** Formats the name of a zone, such as "South Korea Time". @param at ISO 8601 */
export const formatZone = (timeZone: string, at: string, language: Language): string =>
  new Intl.DateTimeFormat(language, { timeZone, timeZoneName: 'longGeneric' })
    .formatToParts(new Date(at))
    .find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
