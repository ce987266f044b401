import { CYCLES, type Cycle } from '@rewards/contracts';
import { cycleOfDay as cycleOfDayInDomain, dayOf } from '@rewards/domain';
import fc from 'fast-check';
import { cycleOfDay, dayIn } from './calendar';

const CHANGES = [
  ['America/New_York', '2026-11-01T06:00:00Z'],
  ['America/New_York', '2026-03-08T07:00:00Z'],
  ['America/Havana', '2026-11-01T05:00:00Z'],
  ['Australia/Lord_Howe', '2026-04-04T15:00:00Z'],
  ['Antarctica/Troll', '2026-10-25T01:00:00Z'],
  ['Antarctica/Casey', '2020-03-07T16:00:00Z'],
  ['Africa/Cairo', '2026-10-29T21:00:00Z'],
] as const;

it('dayIn returns the same day as the domain, which computes it by other means', () => {
  const start = fc.tuple(fc.nat(23), fc.nat(59)).map((parts) => parts.map((part) => String(part).padStart(2, '0')).join(':'));
  const anywhere = fc.tuple(
    fc.constantFrom(...Intl.supportedValuesOf('timeZone')),
    fc.integer({ min: Date.parse('2020-01-01T00:00:00Z'), max: Date.parse('2030-01-01T00:00:00Z') }),
  );
  const nearChanges = fc
    .tuple(fc.constantFrom(...CHANGES), fc.integer({ min: -300 * 60_000, max: 300 * 60_000 }))
    .map(([[zone, change], offset]) => [zone, Date.parse(change) + offset] as const);
  fc.assert(
    fc.property(fc.oneof(anywhere, nearChanges), start, ([zone, time], dayStartsAt) => {
      const at = new Date(time).toISOString();
      expect([at, zone, dayStartsAt, dayIn(at, zone, dayStartsAt)]).toEqual([
        at,
        zone,
        dayStartsAt,
        dayOf(at, zone, dayStartsAt),
      ]);
    }),
    { numRuns: 2_000 },
  );
});

it('cycleOfDay returns the same cycle as the domain', () => {
  const days = fc
    .integer({ min: Date.parse('1960-01-01'), max: Date.parse('2060-01-01') })
    .map((time) => new Date(time).toISOString().slice(0, 10));
  fc.assert(
    fc.property(fc.constantFrom(...CYCLES), days, (kind, day) =>
      expect(cycleOfDay(kind, day)).toBe(cycleOfDayInDomain(kind, day)),
    ),
  );
  expect(['DAY', 'WEEK', 'MONTH'].map((kind) => cycleOfDay(kind as Cycle, '2027-01-03'))).toEqual([
    '2027-01-03',
    '2026-12-28',
    '2027-01-01',
  ]);
});
