import { CYCLES } from '@rewards/contracts';
import fc from 'fast-check';
import { dayOf, startOfDay, UnknownTimeZone } from './conditions';
import { currentCycle, cycleOf, cycleOfDay, cycleOfRequest, cyclesOf, findCycle, loginCycle } from './cycles';

const seoul = {
  startsAt: '2026-11-25T00:00:00.000Z',
  endsAt: '2026-12-08T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  dayStartsAt: '05:00',
};

describe('the cycle of a day', () => {
  it.each([
    ['DAY', '2026-11-25', '2026-11-25'],
    ['WEEK', '2026-11-23', '2026-11-23'],
    ['WEEK', '2026-11-29', '2026-11-23'],
    ['WEEK', '2027-01-03', '2026-12-28'],
    ['MONTH', '2026-11-30', '2026-11-01'],
    ['MONTH', '2028-02-29', '2028-02-01'],
  ] as const)('by %s of %s begins on %s', (kind, day, first) => expect(cycleOfDay(kind, day)).toBe(first));

  it.each([
    ['2026-11-29T19:59:59.999Z', '2026-11-23'],
    ['2026-11-29T20:00:00.000Z', '2026-11-30'],
  ])('follows from the beginning of the day: at %s it is %s', (at, cycle) => expect(cycleOf('WEEK', at, seoul)).toBe(cycle));
});

describe('the cycles of a window', () => {
  it('are cut short where the window begins and ends', () => {
    expect([...cyclesOf('WEEK', seoul)]).toEqual([
      { cycle: '2026-11-23', startsAt: '2026-11-25T00:00:00.000Z', endsAt: '2026-11-29T20:00:00.000Z' },
      { cycle: '2026-11-30', startsAt: '2026-11-29T20:00:00.000Z', endsAt: '2026-12-06T20:00:00.000Z' },
      { cycle: '2026-12-07', startsAt: '2026-12-06T20:00:00.000Z', endsAt: '2026-12-08T00:00:00.000Z' },
    ]);
  });

  it('begin with five hours of the month before, if the window begins at midnight and the day at five', () => {
    const november = { ...seoul, startsAt: '2026-10-31T15:00:00.000Z', endsAt: '2026-11-30T15:00:00.000Z' };
    expect([...cyclesOf('MONTH', november)]).toEqual([
      { cycle: '2026-10-01', startsAt: '2026-10-31T15:00:00.000Z', endsAt: '2026-10-31T20:00:00.000Z' },
      { cycle: '2026-11-01', startsAt: '2026-10-31T20:00:00.000Z', endsAt: '2026-11-30T15:00:00.000Z' },
    ]);
  });

  it('leave out a day that the zone skipped', () => {
    const samoa = { startsAt: '2011-12-29T00:00:00.000Z', endsAt: '2012-01-01T00:00:00.000Z', timeZone: 'Pacific/Apia' };
    expect([...cyclesOf('DAY', samoa)].map(({ cycle }) => cycle)).toEqual([
      '2011-12-28',
      '2011-12-29',
      '2011-12-31',
      '2012-01-01',
    ]);
    expect(findCycle('DAY', '2011-12-30', samoa)).toBeNull();
  });

  it('are weeks of 167 and 169 hours where clocks change', () => {
    const berlin = { startsAt: '2026-03-01T00:00:00.000Z', endsAt: '2026-12-01T00:00:00.000Z', timeZone: 'Europe/Berlin' };
    const hours = [...cyclesOf('WEEK', berlin)].map(({ cycle, startsAt, endsAt }) => [
      cycle,
      (Date.parse(endsAt) - Date.parse(startsAt)) / 3_600_000,
    ]);
    expect(hours.slice(1, -1).filter(([, length]) => length !== 168)).toEqual([
      ['2026-03-23', 167],
      ['2026-10-19', 169],
    ]);
  });
});

it.each([
  ['before the window', '2026-11-01T00:00:00.000Z', '2026-11-23'],
  ['in it', '2026-12-01T00:00:00.000Z', '2026-11-30'],
  ['at its end', '2026-12-08T00:00:00.000Z', '2026-12-07'],
  ['long after it', '2027-06-01T00:00:00.000Z', '2026-12-07'],
])('the cycle that a request means %s', (_, at, cycle) => expect(currentCycle('WEEK', at, seoul)).toBe(cycle));

it.each([
  ['that begins no period', '2026-11-24'],
  ['before the window', '2026-11-16'],
  ['after the window', '2026-12-14'],
])('a date %s names no cycle', (_, cycle) => expect(findCycle('WEEK', cycle, seoul)).toBeNull());

describe('the cycle that a request names', () => {
  const weekly = { ...seoul, cycle: 'WEEK' } as const;
  const during = '2026-12-01T00:00:00.000Z';

  it.each([
    ['the current one', '2026-11-30', during, true],
    ['an earlier one', '2026-11-23', during, true],
    ['one that has not begun', '2026-12-07', during, false],
    ['one that is just beginning', '2026-12-07', '2026-12-06T20:00:00.000Z', true],
    ['the first one before the window', '2026-11-23', '2026-11-24T00:00:00.000Z', false],
    ['the last one after the window', '2026-12-07', '2027-06-01T00:00:00.000Z', true],
    ['a week after the window', '2026-12-14', '2027-06-01T00:00:00.000Z', false],
    ['a day that begins no week', '2026-12-01', during, false],
    ['a day that no calendar has', '2026-02-30', during, false],
  ])('may be %s: %s at %s', (_, cycle, at, exists) => expect(cycleOfRequest(weekly, cycle, at)).toEqual({ cycle, exists }));

  it('is by default the current one, which exists even before it begins', () => {
    const byDefault = (at: string) => cycleOfRequest(weekly, undefined, at);
    expect(byDefault(during)).toEqual({ cycle: '2026-11-30', exists: true });
    expect(byDefault('2026-01-01T00:00:00.000Z')).toEqual({ cycle: '2026-11-23', exists: true });
    expect(byDefault('2027-06-01T00:00:00.000Z')).toEqual({ cycle: '2026-12-07', exists: true });
  });

  it('is by default the first one of an event that ended before it began', () => {
    const ended = { ...weekly, endsAt: '2026-11-01T00:00:00.000Z' };
    expect(cycleOfRequest(ended, undefined, during)).toEqual({ cycle: '2026-11-23', exists: true });
  });

  it('does not exist in an event without cycles', () => {
    expect(cycleOfRequest(seoul, '2026-11-30', during)).toEqual({ cycle: null, exists: false });
    expect(cycleOfRequest(seoul, undefined, during)).toEqual({ cycle: null, exists: true });
    expect([loginCycle(seoul, during), loginCycle(weekly, during)]).toEqual([null, '2026-11-30']);
  });
});

it('a zone that this runtime does not know has no cycles', () => {
  const mars = { ...seoul, timeZone: 'Mars/Olympus' };
  expect(() => [...cyclesOf('DAY', mars)]).toThrow(UnknownTimeZone);
  expect(() => findCycle('DAY', '2026-11-25', mars)).toThrow(UnknownTimeZone);
});

describe('in every zone', () => {
  const zones = fc.constantFrom(...Intl.supportedValuesOf('timeZone'), 'UTC');
  const minutes = (from: string, to: string) =>
    fc.integer({ min: Date.parse(from) / 60_000, max: Date.parse(to) / 60_000 }).map((minute) => minute * 60_000);
  const timeOfDay = fc
    .integer({ min: 0, max: 24 * 60 - 1 })
    .map((minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`);
  const iso = (time: number) => new Date(time).toISOString();
  const windows = fc
    .tuple(minutes('1990-01-01T00:00:00Z', '2035-01-01T00:00:00Z'), fc.integer({ min: 1, max: 60 * 24 * 60 }), zones, timeOfDay)
    .map(([start, length, timeZone, dayStartsAt]) => ({
      startsAt: iso(start),
      endsAt: iso(start + length * 60_000),
      timeZone,
      dayStartsAt,
    }));
  const kinds = fc.constantFrom(...CYCLES);

  it('a day begins at the first moment that belongs to it', () => {
    fc.assert(
      fc.property(minutes('1990-01-01T00:00:00Z', '2035-01-01T00:00:00Z'), zones, timeOfDay, (time, zone, start) => {
        const day = dayOf(iso(time), zone, start);
        const begins = startOfDay(day, zone, start);
        const before = iso(Date.parse(begins) - 1);
        expect([begins <= iso(time), dayOf(begins, zone, start), dayOf(before, zone, start) < day]).toEqual([true, day, true]);
      }),
      { numRuns: 200 },
    );
  });

  it('the cycles tile the window, and each moment is in the cycle that it belongs to', () => {
    fc.assert(
      fc.property(windows, kinds, fc.nat(), (window, kind, offset) => {
        const periods = [...cyclesOf(kind, window)];
        expect(periods[0]?.startsAt).toBe(window.startsAt);
        expect(periods.at(-1)?.endsAt).toBe(window.endsAt);
        periods.slice(1).forEach(({ cycle, startsAt }, index) => {
          expect(startsAt).toBe(periods[index]?.endsAt);
          expect(cycle > (periods[index]?.cycle ?? '')).toBe(true);
        });

        const [from, to] = [Date.parse(window.startsAt), Date.parse(window.endsAt)];
        const moment = iso(from + (offset % (to - from)));
        const holders = periods.filter(({ startsAt, endsAt }) => startsAt <= moment && moment < endsAt);
        expect(holders.map(({ cycle }) => cycle)).toEqual([cycleOf(kind, moment, window)]);
        expect(currentCycle(kind, moment, window)).toBe(holders[0]?.cycle);
        expect(findCycle(kind, holders[0]?.cycle ?? '', window)).toEqual(holders[0]);
      }),
      { numRuns: 200 },
    );
  });
});
