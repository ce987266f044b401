/** The zone in which times are shown: that of their event, UTC, or the browser's. */
export const ZONE_MODES = ['event', 'utc', 'local'] as const;
export type ZoneMode = (typeof ZONE_MODES)[number];

export const localZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Returns the zone to use. Without an event, the mode `event` means UTC. */
export const zoneFor = (mode: ZoneMode, eventZone: string | undefined): string =>
  mode === 'event' ? (eventZone ?? 'UTC') : mode === 'utc' ? 'UTC' : localZone();

const formats = new Map<string, Intl.DateTimeFormat>();
const formatOf = (zone: string, precision: Precision): Intl.DateTimeFormat => {
  const key = `${zone} ${precision}`;
  const known = formats.get(key);
  if (known) return known;
  // Sweden writes dates as 2026-11-27 and times with 24 hours: the same in both languages, and sortable.
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    ...(precision !== 'day' && { hour: '2-digit', minute: '2-digit' }),
    ...(precision === 'second' && { second: '2-digit' }),
  });
  formats.set(key, format);
  return format;
};

export type Precision = 'day' | 'minute' | 'second';

/** Formats a time as 2026-11-27 18:05. @param at ISO 8601 */
export const formatTime = (at: string, zone: string, precision: Precision = 'minute'): string =>
  formatOf(zone, precision).format(new Date(at));

const offsetFormats = new Map<string, Intl.DateTimeFormat>();

/** Offset of a zone from UTC in minutes at a time. */
export const offsetMinutes = (at: Date, zone: string): number => {
  const format = offsetFormats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  offsetFormats.set(zone, format);
  const name = format.formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? 'GMT';
  const [, sign, hours, minutes] = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours ?? 0) * 60 + Number(minutes ?? 0));
};

/** Short name of a zone at a time, such as UTC+9. */
export const offsetName = (at: string, zone: string): string => {
  const minutes = offsetMinutes(new Date(at), zone);
  if (minutes === 0) return 'UTC';
  const rest = Math.abs(minutes) % 60;
  return `UTC${minutes < 0 ? '−' : '+'}${Math.floor(Math.abs(minutes) / 60)}${rest ? `:${String(rest).padStart(2, '0')}` : ''}`;
};

/**
 * Returns the time at which the clocks of a zone show a date and time. A time that the clocks skip is moved forward.
 * @param text 2026-11-27 18:05, seconds are optional
 */
export const instantOf = (text: string, zone: string): string => {
  const wall = Date.parse(`${text.replace(' ', 'T')}Z`);
  const before = wall - offsetMinutes(new Date(wall - DAY_MS), zone) * 60_000;
  const after = wall - offsetMinutes(new Date(wall + DAY_MS), zone) * 60_000;
  const fits = [before, after].find((instant) => instant + offsetMinutes(new Date(instant), zone) * 60_000 === wall);
  return new Date(fits ?? before).toISOString();
};

const DAY_MS = 86_400_000;

/** Whether the clocks change on a calendar day. @param day yyyy-mm-dd */
export const hasClockChange = (day: string, zone: string): boolean => {
  const noon = Date.parse(`${day}T12:00:00Z`);
  const midnight = Date.parse(instantOf(`${day} 00:00`, zone));
  const next = Date.parse(instantOf(`${new Date(noon + DAY_MS).toISOString().slice(0, 10)} 00:00`, zone));
  return offsetMinutes(new Date(midnight), zone) !== offsetMinutes(new Date(next), zone);
};
