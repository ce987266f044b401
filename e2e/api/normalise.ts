/** Of hexadecimal digits: what says where a domain event lies differs by nothing but its number. */
const numbered = (length: number, number: number): string => number.toString(16).padStart(length, '0');

/** What differs from run to run, by the member that holds it. */
const CONSTANT_MEMBERS: Readonly<Record<string, unknown>> = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  accessToken: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiIwMDAwIn0.c2lnbmF0dXJl',
  refreshToken: 'cmVmcmVzaCB0b2tlbiBvZiBhIHNlc3Npb24',
  next: 'bmV4dCBwYWdl',
  kid: 'a2V5',
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
 * Replaces what differs from run to run by made-up values: the same value by the same one, and times in their order.
 * @param kept times that the test itself chose
 */
export const normalise = <T>(value: T, kept: ReadonlySet<string>): T => {
  const text = JSON.stringify(value, (key, item: unknown) =>
    item !== null && Object.hasOwn(CONSTANT_MEMBERS, key)
      ? CONSTANT_MEMBERS[key]
      : withoutWaits(key === 'checked' ? withoutCounts(item) : item),
  );
  const times = [...new Set(text.match(TIME))].filter((time) => !kept.has(time)).sort();
  const numbers = new Map<number, Map<string, number>>();
  const numberOf = (found: string): number => {
    const alike = numbers.get(found.length) ?? new Map<string, number>();
    numbers.set(found.length, alike);
    if (!alike.has(found)) alike.set(found, alike.size + 1);
    return alike.get(found) as number;
  };
  const replaced = text.replace(PATTERNS, (found) => {
    if (kept.has(found) || Object.values(CONSTANT_MEMBERS).includes(found) || /^0+$/.test(found)) return found;
    if (found.length === 36) return `${numbered(8, numberOf(found))}-0000-4000-8000-000000000000`;
    if (found.length === 48 || found.length === 32) return numbered(found.length, numberOf(found));
    if (found.length === 10) return DAY;
    return new Date(FIRST_TIME + times.indexOf(found) * 1_000).toISOString();
  });
  return JSON.parse(replaced) as T;
};

/** Seconds to wait, in details. */
const withoutWaits = (item: unknown): unknown =>
  typeof item === 'string' ? item.replace(/\b(Retry in|Wait) \d+ (seconds?|s)\b/g, '$1 60 $2') : item;

/** How much a verification has checked by then. */
const withoutCounts = (item: unknown): unknown =>
  JSON.parse(JSON.stringify(item), (_key, value: unknown) => (typeof value === 'number' ? 10 : value));
