import { barsOf, bucketFor, canShowHours, funnelOf, reasonsOf, type Days, type Hour, type Statistics } from './figures-of';

const hour = (at: string, logins: number): Hour => ({ hour: at, logins, completions: 0, claims: 1, amount: 10 });
const UTC: Days = { dayOf: (at) => at.slice(0, 10), startOf: (day) => `${day}T00:00:00.000Z` };
const SEOUL: Days = {
  dayOf: (at) => new Date(Date.parse(at) + 9 * 3_600_000).toISOString().slice(0, 10),
  startOf: (day) => new Date(Date.parse(day) - 9 * 3_600_000).toISOString(),
};
const HOURS = [hour('2026-11-27T13:00:00.000Z', 1), hour('2026-11-27T15:00:00.000Z', 2)];

const statistics: Statistics = {
  participants: 10,
  eligible: 4,
  completed: 3,
  claims: { success: 5, failure: 3, byReason: { CLAIMS_CLOSED: 1, NOT_COMPLETED: 2 } },
  rewards: [
    { milestone: 3, name: 'potion', promised: 80, claimed: 20, remaining: 60 },
    { milestone: 7, name: 'elixir', promised: 20, claimed: 5, remaining: 15 },
  ],
  milestones: [
    { count: 3, eligible: 8, completed: 8 },
    { count: 7, eligible: 4, completed: 3 },
  ],
  byHour: HOURS,
};

describe('the funnel', () => {
  it('leads from those who started to the claimed units', () => {
    const ofAll = (value: number) => ({ value, of: 10 });
    expect(funnelOf(statistics)).toEqual([
      { kind: 'started', reached: ofAll(10), done: null },
      { kind: 'milestone', milestone: 3, reached: ofAll(8), done: ofAll(8) },
      { kind: 'milestone', milestone: 7, reached: ofAll(4), done: ofAll(3) },
      { kind: 'claimed', reached: null, done: { value: 25, of: 100 } },
    ]);
  });
});

describe('the bars of the chart', () => {
  it('include hours in which nothing happened', () => {
    expect(barsOf(HOURS, 'hour', UTC).map(({ at, logins }) => [at.slice(11, 13), logins])).toEqual([
      ['13', 1],
      ['14', 0],
      ['15', 2],
    ]);
  });

  it('are the days of the zone', () => {
    expect(barsOf(HOURS, 'day', UTC)).toEqual([
      { at: '2026-11-27T00:00:00.000Z', logins: 3, completions: 0, claims: 2, amount: 20 },
    ]);
    expect(barsOf(HOURS, 'day', SEOUL).map(({ at, logins }) => [at, logins])).toEqual([
      ['2026-11-26T15:00:00.000Z', 1],
      ['2026-11-27T15:00:00.000Z', 2],
    ]);
  });

  it('are missing if nothing happened', () => {
    expect(barsOf([], 'day', UTC)).toEqual([]);
  });

  it('are hours for a few days and days for more', () => {
    const upTo = (at: string): Hour[] => [hour('2026-11-01T00:00:00.000Z', 1), hour(at, 1)];
    expect(bucketFor(upTo('2026-11-07T23:00:00.000Z'))).toBe('hour');
    expect(bucketFor(upTo('2026-11-08T00:00:00.000Z'))).toBe('day');
    expect(canShowHours(upTo('2026-11-30T00:00:00.000Z'))).toBe(true);
    expect(canShowHours(upTo('2027-11-30T00:00:00.000Z'))).toBe(false);
  });
});

describe('the reasons of rejections', () => {
  it('begin with the most frequent one', () => {
    expect(reasonsOf(statistics)).toEqual([
      { reason: 'NOT_COMPLETED', count: 2 },
      { reason: 'CLAIMS_CLOSED', count: 1 },
    ]);
  });
});
