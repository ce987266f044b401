import { formatTime, instantOf } from '../time/zones';

export type RangeEnd = 'from' | 'to';

const WALL_CLOCK = /^(\d{4})[-./](\d{1,2})[-./](\d{1,2})(?:[T ]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?$/;
const ISO_WITH_ZONE = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;
const DAY_MS = 86_400_000;

const two = (value: number): string => String(value).padStart(2, '0');
const nextDay = (day: string): string => new Date(Date.parse(`${day}T00:00:00Z`) + DAY_MS).toISOString().slice(0, 10);

/**
 * Reads a time that somebody typed or pasted: `2026-11-27 18:05` on the clocks of the zone, a day, or ISO 8601 with an offset. A day
 * at the end of a range includes that day.
 * @returns ISO 8601 in UTC; null if the text is not a time
 */
export const readTime = (text: string, zone: string, end: RangeEnd): string | null => {
  const trimmed = text.trim();
  if (ISO_WITH_ZONE.test(trimmed)) {
    const instant = Date.parse(trimmed);
    return Number.isNaN(instant) ? null : new Date(instant).toISOString();
  }
  const [, year, month, date, hour, minute, second] = (WALL_CLOCK.exec(trimmed) ?? []).map(Number);
  if (year === undefined || month === undefined || date === undefined) return null;
  const day = `${year}-${two(month)}-${two(date)}`;
  const isDay = hour === undefined || Number.isNaN(hour);
  const clock = isDay ? '00:00:00' : `${two(hour)}:${two(minute ?? 0)}:${two(second || 0)}`;
  const wall = new Date(`${day}T${clock}Z`);
  // JavaScript accepts days that do not exist, such as 30 February.
  if (Number.isNaN(wall.getTime()) || wall.toISOString().slice(0, 10) !== day) return null;
  return instantOf(`${isDay && end === 'to' ? nextDay(day) : day} ${clock}`, zone);
};

/** Writes a time as `readTime` reads it, with seconds only where there are some. */
export const writeTime = (at: string | undefined, zone: string): string => {
  if (at === undefined || Number.isNaN(Date.parse(at))) return '';
  const text = formatTime(at, zone, 'second');
  return text.endsWith(':00') ? text.slice(0, -3) : text;
};

export interface TimeRange {
  readonly from?: string;
  readonly to?: string;
}

export const PRESETS = ['today', 'yesterday', 'lastHour', 'last24Hours', 'last7Days', 'last30Days'] as const;
export type Preset = (typeof PRESETS)[number];

/** Returns the range of a preset. Days are those of the zone. */
export const presetRange = (preset: Preset, now: Date, zone: string): TimeRange => {
  const today = formatTime(now.toISOString(), zone, 'day');
  const before = (ms: number): TimeRange => ({ from: new Date(now.getTime() - ms).toISOString() });
  const yesterday = new Date(Date.parse(`${today}T00:00:00Z`) - DAY_MS).toISOString().slice(0, 10);
  switch (preset) {
    case 'today':
      return { from: instantOf(`${today} 00:00`, zone) };
    case 'yesterday':
      return { from: instantOf(`${yesterday} 00:00`, zone), to: instantOf(`${today} 00:00`, zone) };
    case 'lastHour':
      return before(3_600_000);
    case 'last24Hours':
      return before(DAY_MS);
    case 'last7Days':
      return before(7 * DAY_MS);
    case 'last30Days':
      return before(30 * DAY_MS);
  }
};
