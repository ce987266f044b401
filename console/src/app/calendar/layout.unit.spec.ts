import {
  barOf,
  byStart,
  concurrencyOf,
  daysOf,
  loadedSpan,
  mondayOf,
  monthsOf,
  positionOf,
  rangeOf,
  type CalendarEvent,
} from './layout';

const event = (startsAt: string, endsAt: string, more: Partial<CalendarEvent> = {}): CalendarEvent => ({
  eventId: `${startsAt} ${endsAt}`,
  name: 'Spring',
  status: 'ACTIVE',
  startsAt,
  endsAt,
  claimsUntil: endsAt,
  timeZone: 'Asia/Seoul',
  ...more,
});

const SEOUL = daysOf('2026-11-23', 1, 'Asia/Seoul');
const at = (day: number): number => day / 7;

describe('the weeks of the calendar', () => {
  it('begin on Monday', () => {
    expect(['2026-11-22', '2026-11-23', '2026-11-29', '2026-11-30'].map(mondayOf)).toEqual([
      '2026-11-16',
      '2026-11-23',
      '2026-11-23',
      '2026-11-30',
    ]);
  });

  it('are those of the URL, or two from this week', () => {
    expect(rangeOf({ date: '2026-12-31', weeks: '4' }, '2026-11-27')).toEqual({ first: '2026-12-28', weeks: 4 });
    expect(rangeOf({ date: '2026-02-30', weeks: '3' }, '2026-11-27')).toEqual({ first: '2026-11-23', weeks: 2 });
    expect(rangeOf({}, '2026-11-27')).toEqual({ first: '2026-11-23', weeks: 2 });
  });

  it('have days that begin at midnight of the zone', () => {
    expect(SEOUL.map(({ day }) => day.slice(8))).toEqual(['23', '24', '25', '26', '27', '28', '29']);
    expect(new Date(SEOUL[0]?.startsAt ?? 0).toISOString()).toBe('2026-11-22T15:00:00.000Z');
    expect(SEOUL.map(({ isWeekend }) => isWeekend)).toEqual([false, false, false, false, false, true, true]);
  });

  it('mark days on which the clocks change', () => {
    const changes = (first: string) => daysOf(first, 1, 'Europe/Berlin').map(({ clockChange }) => clockChange);
    expect(changes('2026-03-23')).toEqual([0, 0, 0, 0, 0, 0, 60]);
    expect(changes('2026-10-19')).toEqual([0, 0, 0, 0, 0, 0, -60]);
  });

  it('name their months', () => {
    expect(monthsOf(daysOf('2026-11-23', 2, 'UTC'))).toEqual([
      { month: '2026-11', days: 8 },
      { month: '2026-12', days: 6 },
    ]);
  });

  it('are loaded for every zone, with earlier events whose claims may be open', () => {
    expect(loadedSpan('2026-11-23', 1)).toEqual({ from: '2026-09-23T00:00:00.000Z', to: '2026-12-01T00:00:00.000Z' });
  });
});

describe('the bar of an event', () => {
  it('lies between the start and the end in the zone', () => {
    const bar = barOf(event('2026-11-23T15:00:00.000Z', '2026-11-25T03:00:00.000Z'), SEOUL);
    expect(bar).toEqual({ start: at(1), end: at(2.5), claimsEnd: at(2.5), startsBefore: false, endsAfter: false });
  });

  it('is cut where the event begins before and ends after the days', () => {
    const bar = barOf(event('2026-11-01T00:00:00.000Z', '2026-12-24T00:00:00.000Z'), SEOUL);
    expect(bar).toEqual({ start: 0, end: 1, claimsEnd: 1, startsBefore: true, endsAfter: true });
  });

  it('continues with the time for claims', () => {
    const closed = event('2026-11-01T00:00:00.000Z', '2026-11-20T00:00:00.000Z', { claimsUntil: '2026-11-24T15:00:00.000Z' });
    expect(barOf(closed, SEOUL)).toEqual({ start: 0, end: 0, claimsEnd: at(2), startsBefore: true, endsAfter: false });
  });

  it('is missing for an event outside of the days', () => {
    expect(barOf(event('2026-11-29T15:00:00.000Z', '2026-12-24T00:00:00.000Z'), SEOUL)).toBeNull();
    expect(barOf(event('2026-11-01T00:00:00.000Z', '2026-11-22T15:00:00.000Z'), SEOUL)).toBeNull();
  });

  it('gives a day with 25 hours the width of every other day', () => {
    const days = daysOf('2026-10-19', 1, 'Europe/Berlin');
    const [begin, noon, end] = ['2026-10-24T22:00:00Z', '2026-10-25T10:30:00Z', '2026-10-25T23:00:00Z'].map(Date.parse) as [
      number,
      number,
      number,
    ];
    expect(positionOf(begin, days)).toBeCloseTo(at(6));
    expect(positionOf(noon, days)).toBeCloseTo(at(6.5));
    expect(positionOf(end, days)).toBe(1);
  });
});

describe('the number of events that run at once', () => {
  it('is the highest of each day', () => {
    const events = [
      event('2026-11-22T15:00:00.000Z', '2026-11-24T15:00:00.000Z'),
      event('2026-11-24T03:00:00.000Z', '2026-11-26T15:00:00.000Z'),
    ];
    expect(concurrencyOf(events, SEOUL)).toEqual([1, 2, 1, 1, 0, 0, 0]);
  });

  it('does not add up events that follow each other within a day', () => {
    const events = [
      event('2026-11-22T15:00:00.000Z', '2026-11-23T03:00:00.000Z'),
      event('2026-11-23T03:00:00.000Z', '2026-11-23T15:00:00.000Z'),
    ];
    expect(concurrencyOf(events, SEOUL)).toEqual([1, 0, 0, 0, 0, 0, 0]);
  });

  it('leaves out drafts', () => {
    const draft = event('2026-11-22T15:00:00.000Z', '2026-11-24T15:00:00.000Z', { status: 'DRAFT' });
    expect(concurrencyOf([draft], SEOUL)).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });
});

it('orders events by start, end and name', () => {
  const [one, two, three] = [
    event('2026-11-01T00:00:00.000Z', '2026-11-09T00:00:00.000Z', { name: 'B' }),
    event('2026-11-01T00:00:00.000Z', '2026-11-08T00:00:00.000Z'),
    event('2026-11-01T00:00:00.000Z', '2026-11-09T00:00:00.000Z', { name: 'A' }),
  ];
  expect([one, two, three].sort(byStart)).toEqual([two, three, one]);
});
