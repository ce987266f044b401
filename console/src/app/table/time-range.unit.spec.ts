import { presetRange, readTime, writeTime } from './time-range';

const SEOUL = 'Asia/Seoul';

describe('a typed time', () => {
  it.each([
    ['2026-11-27 18:05', '2026-11-27T09:05:00.000Z'],
    ['2026-11-27T18:05:30', '2026-11-27T09:05:30.000Z'],
    ['2026.11.27 9:05', '2026-11-27T00:05:00.000Z'],
    [' 2026/1/2 ', '2026-01-01T15:00:00.000Z'],
    ['2026-11-27T18:05:00+09:00', '2026-11-27T09:05:00.000Z'],
    ['2026-11-27T09:05:00.000Z', '2026-11-27T09:05:00.000Z'],
  ])('%s is read on the clocks of the zone', (text, expected) => {
    expect(readTime(text, SEOUL, 'from')).toBe(expected);
  });

  it('includes the whole day at the end of a range', () => {
    expect(readTime('2026-11-27', SEOUL, 'to')).toBe('2026-11-27T15:00:00.000Z');
    expect(readTime('2026-12-31', 'UTC', 'to')).toBe('2027-01-01T00:00:00.000Z');
  });

  it.each([
    '',
    'yesterday',
    '2026-02-30',
    '2026-13-01',
    '2026-11-27 25:00',
    '2026-11-27 18:61',
    '27.11.2026',
    '2026-99-99T99:99Z',
  ])('%j is not a time', (text) => {
    expect(readTime(text, SEOUL, 'from')).toBeNull();
  });

  it('is written as it is read', () => {
    for (const at of ['2026-11-27T09:05:00.000Z', '2026-11-27T09:05:30.000Z'])
      expect(readTime(writeTime(at, SEOUL), SEOUL, 'from')).toBe(at);
    expect(writeTime('2026-11-27T09:05:00.000Z', SEOUL)).toBe('2026-11-27 18:05');
    expect(writeTime(undefined, SEOUL)).toBe('');
    expect(writeTime('soon', SEOUL)).toBe('');
  });
});

describe('a preset', () => {
  const now = new Date('2026-11-27T16:00:00.000Z');

  it('uses the days of the zone', () => {
    expect(presetRange('today', now, SEOUL)).toEqual({ from: '2026-11-27T15:00:00.000Z' });
    expect(presetRange('today', now, 'UTC')).toEqual({ from: '2026-11-27T00:00:00.000Z' });
    expect(presetRange('yesterday', now, SEOUL)).toEqual({
      from: '2026-11-26T15:00:00.000Z',
      to: '2026-11-27T15:00:00.000Z',
    });
  });

  it('goes back from now', () => {
    expect(presetRange('lastHour', now, SEOUL)).toEqual({ from: '2026-11-27T15:00:00.000Z' });
    expect(presetRange('last7Days', now, SEOUL)).toEqual({ from: '2026-11-20T16:00:00.000Z' });
  });
});
