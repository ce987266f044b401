import { movedName, movedWindow } from './clone';

const window = (startsAt: string, endsAt: string) => ({ startsAt, endsAt });

describe('a clone', () => {
  it.each([
    ['week', window('2026-12-01 05:00', '2026-12-29 05:00'), window('2026-12-08 05:00', '2027-01-05 05:00')],
    ['next', window('2026-12-01 05:00', '2026-12-29 05:00'), window('2026-12-29 05:00', '2027-01-26 05:00')],
    ['month', window('2026-12-01 05:00', '2027-01-01 05:00'), window('2027-01-01 05:00', '2027-02-01 05:00')],
    ['month', window('2027-01-01 05:00', '2027-01-29 05:00'), window('2027-02-01 05:00', '2027-03-01 05:00')],
    ['month', window('2027-01-31 05:00', '2027-02-03 12:00'), window('2027-02-28 05:00', '2027-03-03 12:00')],
    ['next', window('2026-12-01 05:00', '2026-12-01 20:00'), window('2026-12-02 05:00', '2026-12-02 20:00')],
  ] as const)('moved by %s from %j is in %j', (move, from, to) => expect(movedWindow(from, move)).toEqual(to));

  it.each([
    ['12월 출석', '1월 출석'],
    ['2026년 12월 출석', '2027년 1월 출석'],
    ['December attendance', 'January attendance'],
    ['Attendance', 'Attendance'],
    ['112월', '112월'],
  ])('of %s is named %s', (name, moved) => expect(movedName(name, '2026-12-01 00:00', '2027-01-01 00:00')).toBe(moved));
});
