import { dayAfterKey, daysOfMonth } from './month';

it('a month is shown in whole weeks from Monday', () => {
  const days = daysOfMonth('2026-12-17');
  expect([days[0], days[1], days.length]).toEqual(['2026-11-30', '2026-12-01', 42]);
  expect(daysOfMonth('2027-02-28')[0]).toBe('2027-02-01');
});

it.each([
  ['ArrowLeft', '2026-12-30'],
  ['ArrowDown', '2027-01-07'],
  ['PageUp', '2026-11-30'],
  ['PageDown', '2027-01-31'],
  ['Home', '2026-12-01'],
  ['End', '2026-12-31'],
  ['x', null],
])('%s moves to %s', (key, day) => expect(dayAfterKey('2026-12-31', key)).toBe(day));
