import { DAY_MS, utcDay } from '@rewards/domain/calendar-days';
import { formatTime, instantOf } from '../time/zones';

/** A date and time on the clocks of a zone, `2026-12-01 05:00`, with seconds where there are any. It has no zone itself. */
export type WallTime = string;

/** Returns what the clocks of a zone show at a time. @param at ISO 8601 */
export const wallTimeOf = (at: string, zone: string): WallTime => {
  const [, seconds = '', milliseconds = ''] = /:(\d\d)\.(\d{3})Z$/.exec(new Date(at).toISOString()) ?? [];
  if (milliseconds !== '000') return `${formatTime(at, zone, 'second')}.${milliseconds}`;
  return formatTime(at, zone, seconds === '00' ? 'minute' : 'second');
};

const DATE = /^(\d{4})\s*(?:[-/.]|년)\s*(\d{1,2})\s*(?:[-/.]|월)\s*(\d{1,2})\s*[.일]?/;
const CLOCK = /^(오전|오후)?\s*(\d{1,2})(?::(\d{2})|시(?:\s*(\d{1,2})분)?)(?::(\d{2}(?:\.\d{1,3})?))?\s*(am|pm)?$/i;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/i;

const pad = (number: number): string => String(number).padStart(2, '0');

const isDate = (year: number, month: number, day: number): boolean => {
  const date = new Date(Date.UTC(year, month - 1, day));
  return year >= 1970 && year <= 9_997 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

/**
 * Reads a date and time as people write or paste them: `2026-12-01 05:00`, `2026/12/1 5:00`, `2026년 12월 1일 오전 5시`, or ISO 8601 with
 * an offset. 24:00 is the end of the day. A date without a time has the default.
 * @returns null if the text is neither
 */
export const parseWallTime = (text: string, zone: string, defaultTime = '00:00'): WallTime | null => {
  const trimmed = text.trim();
  if (INSTANT.test(trimmed)) {
    const at = Date.parse(trimmed);
    return Number.isNaN(at) ? null : wallTimeOf(new Date(at).toISOString(), zone);
  }
  const date = DATE.exec(trimmed);
  if (!date) return null;
  const [year, month, day] = date.slice(1).map(Number) as [number, number, number];
  if (!isDate(year, month, day)) return null;
  const rest = trimmed.slice(date[0].length).replace(/^[T,\s]+/, '');
  const time = clockOf(rest === '' ? defaultTime : rest);
  if (time === null) return null;
  const written = `${year}-${pad(month)}-${pad(day)}`;
  return time === '24:00' ? `${nextDay(written)} 00:00` : `${written} ${time}`;
};

const clockOf = (text: string): string | null => {
  const parts = CLOCK.exec(text);
  if (!parts) return null;
  const [, korean, hours = '', minutes, koreanMinutes, seconds = '00', english] = parts;
  const half = (korean ?? english ?? '').toLowerCase();
  const isHalved = half !== '';
  const written = Number(hours);
  if (isHalved && (written < 1 || written > 12)) return null;
  const hour = isHalved ? (written % 12) + (half === 'pm' || half === '오후' ? 12 : 0) : written;
  const minute = Number(minutes ?? koreanMinutes ?? 0);
  if (minute > 59 || Number(seconds) >= 60) return null;
  if (hour === 24 && minute === 0 && Number(seconds) === 0) return '24:00';
  if (hour > 23) return null;
  return `${pad(hour)}:${pad(minute)}${Number(seconds) === 0 ? '' : `:${seconds}`}`;
};

const nextDay = (day: string): string => utcDay(Date.parse(day) + DAY_MS);

/** Returns the time at which the clocks of a zone show this; null if the text is no date and time. @returns ISO 8601 UTC */
export const instantIn = (text: string, zone: string, defaultTime?: string): string | null => {
  const wall = parseWallTime(text, zone, defaultTime);
  return wall === null ? null : instantOf(wall, zone);
};

/** Moves the date and keeps the time of day. */
export const addDays = (wall: WallTime, days: number): WallTime =>
  `${utcDay(Date.parse(wall.slice(0, 10)) + days * DAY_MS)}${wall.slice(10)}`;

/** Moves to the same day of a later month, or to its last day if it is shorter. */
export const addMonths = (wall: WallTime, months: number): WallTime => {
  const [year, month, day] = wall.slice(0, 10).split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month - 1 + months + 1, 0)).getUTCDate();
  return `${utcDay(Date.UTC(year, month - 1 + months, Math.min(day, last)))}${wall.slice(10)}`;
};

/** Days from one date to another. */
export const daysBetween = (from: WallTime, to: WallTime): number =>
  (Date.parse(to.slice(0, 10)) - Date.parse(from.slice(0, 10))) / DAY_MS;
