const TIME = /^(\d{4})-(\d{2})-(\d{2})T(\d{2}):(\d{2})(:(\d{2})(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Parses a time. @returns ISO 8601 UTC with milliseconds, or null if the value is not a valid time, such as 30 February */
export const parseTime = (value: unknown): string | null => {
  const parts = typeof value === 'string' ? TIME.exec(value) : null;
  if (!parts) return null;
  const [year, month, day] = parts.slice(1, 4).map(Number) as [number, number, number];
  if (year < 1970 || year > 9_998 || day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return null;
  const time = Date.parse(value as string);
  return Number.isNaN(time) ? null : new Date(time).toISOString();
};

/** Whether a value is a time in the stored form: ISO 8601 UTC with milliseconds. */
export const isStoredTime = (value: unknown): value is string => typeof value === 'string' && parseTime(value) === value;
