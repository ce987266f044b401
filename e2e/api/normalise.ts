/** Formats a number with hexadecimal digits, like a position or an id. */
const hexadecimal = (length: number, number: number): string => number.toString(16).padStart(length, '0');

/** Fixed values of members that differ from run to run. */
const CONSTANT_MEMBERS: Readonly<Record<string, unknown>> = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  accessToken: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMDAwIn0.c2lnbmF0dXJl',
  refreshToken: 'cmVmcmVzaCB0b2tlbiBvZiBhIHNlc3Npb24',
  next: 'bmV4dCBwYWdl',
  kid: 'a2V5',
  secret: 'whsec_c2VjcmV0IG9mIGFuIGVuZHBvaW50IG9mIHRoZSBnYW1l',
  publicKey: 'whpk_cHVibGljIGtleSBvZiBhbiBlbmRwb2ludCAzMiBieXRlcw==',
  tookMs: 12,
  x: 'eC1jb29yZGluYXRl',
  y: 'eS1jb29yZGluYXRl',
  partition: 0,
  offset: '0',
  lagMs: 0,
  lagEvents: 0,
};

const TIME = /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z/g;
const PATTERNS =
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{48}\b|\b[0-9a-f]{32}\b|\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z|(?<!\d)\d{4}-\d{2}-\d{2}(?![\dT])/g;
const FIRST_TIME = Date.parse('2026-11-02T09:00:00.000Z');
const DAY = '2026-11-02';

/**
 * Replaces values that differ from run to run. Equal values get equal replacements, and times keep their order.
 * @param fixedTimes times that the test chose and that stay unchanged
 */
export const normalise = <T>(value: T, fixedTimes: ReadonlySet<string>): T => {
  const text = JSON.stringify(value, (key, item: unknown) =>
    item !== null && Object.hasOwn(CONSTANT_MEMBERS, key) && typeof item === typeof CONSTANT_MEMBERS[key]
      ? CONSTANT_MEMBERS[key]
      : withFixedDetails(key === 'checked' ? withFixedCounts(item) : item),
  );
  const times = [...new Set(text.match(TIME))].filter((time) => !fixedTimes.has(time)).sort();
  const numbers = new Map<number, Map<string, number>>();
  const numberOf = (id: string): number => {
    const sameLength = numbers.get(id.length) ?? new Map<string, number>();
    numbers.set(id.length, sameLength);
    if (!sameLength.has(id)) sameLength.set(id, sameLength.size + 1);
    return sameLength.get(id) as number;
  };
  const replaced = text.replace(PATTERNS, (match) => {
    if (fixedTimes.has(match) || Object.values(CONSTANT_MEMBERS).includes(match) || /^0+$/.test(match)) return match;
    if (match.length === 36) return `${hexadecimal(8, numberOf(match))}-0000-4000-8000-000000000000`;
    if (match.length === 48 || match.length === 32) return hexadecimal(match.length, numberOf(match));
    if (match.length === 10) return DAY;
    return new Date(FIRST_TIME + times.indexOf(match) * 1_000).toISOString();
  });
  return JSON.parse(replaced) as T;
};

/** Replaces the seconds to wait, and the port of the gateway, in details. */
const withFixedDetails = (item: unknown): unknown =>
  typeof item === 'string'
    ? item.replace(/\b(Retry in|Wait) \d+ (seconds?|s)\b/g, '$1 60 $2').replace(/(http:\/\/127\.0\.0\.1):\d+/g, '$1:3002')
    : item;

/** Replaces the counts of a running verification. */
const withFixedCounts = (item: unknown): unknown =>
  JSON.parse(JSON.stringify(item), (_key, value: unknown) => (typeof value === 'number' ? 10 : value));
