import { formatPosition } from '@rewards/contracts';
import { checkCalendars } from './calendar-checker';
import { ATTENDANCE, BONUS, cycleAt, milestoneKey, reachedBy, WEEKS, type Calendar } from './calendars';

const PLAYER = 'player';
/** Sunday and Monday in Seoul, a minute before and after 05:00. */
const [SUNDAY, MONDAY] = ['2027-01-03T19:59:00.000Z', '2027-01-03T20:01:00.000Z'] as const;

type Milestones = Readonly<Record<string, { completions: number; units: number }>>;

const check = (
  calendar: Calendar,
  milestones: Milestones,
  changes: { cycle?: string; claims?: string[]; erasures?: number } = {},
) => {
  const { cycle = cycleAt(calendar, MONDAY), claims = [], erasures = 0 } = changes;
  const account = { completions: [], grants: new Map(), rejections: new Map(), registrations: 1, erasures };
  return checkCalendars(
    {
      ...{ position: formatPosition(9), recorded: new Set(['login']), accounts: new Map([[PLAYER, account]]), deadLetters: 0 },
      counted: new Map([['event login', [cycle]]]),
      logins: new Map([[PLAYER, new Map([['login', MONDAY]])]]),
      milestones: new Map(Object.entries(milestones)),
    },
    {
      ...{
        registered: new Map([[PLAYER, 'player@example.com']]),
        logins: [],
        completions: [],
        claims: [],
        rejections: [],
        erased: [],
      },
      calendarClaims: claims,
    },
    new Map([['event', calendar]]),
    100,
  );
};
const ofWeek = (count: number, cycle = '2027-01-04') => milestoneKey('event', PLAYER, cycle, count);
const ofDay = milestoneKey('event', PLAYER, '2027-01-04', 1);
const granted = { completions: 1, units: 100 };

describe('the checker of calendars', () => {
  it('divides logins at 05:00 in Seoul, and weeks on Monday', () => {
    expect([SUNDAY, MONDAY].map((at) => cycleAt(WEEKS, at))).toEqual(['2026-12-28', '2027-01-04']);
    expect([SUNDAY, MONDAY].map((at) => cycleAt(BONUS, at))).toEqual(['2027-01-03', '2027-01-04']);
    expect(reachedBy(ATTENDANCE, [SUNDAY, SUNDAY, MONDAY])).toEqual(new Map([[null, [1, 2]]]));
    expect(reachedBy(WEEKS, [SUNDAY, MONDAY])).toEqual(
      new Map([
        ['2026-12-28', [1]],
        ['2027-01-04', [1]],
      ]),
    );
  });

  it('finds nothing wrong in a right log', () => {
    expect(check(BONUS, { [ofDay]: granted })).toEqual({ permanent: [], missing: [] });
    expect(check(WEEKS, { [ofWeek(1)]: { completions: 1, units: 0 } })).toEqual({ permanent: [], missing: [] });
    expect(check(BONUS, {}, { erasures: 1 })).toEqual({ permanent: [], missing: [] });
  });

  it.each<[string, ReturnType<typeof check>]>([
    ['a milestone that is not completed', check(WEEKS, {})],
    ['a milestone that is not granted', check(BONUS, { [ofDay]: { completions: 1, units: 0 } })],
  ])('waits for %s', (_what, { permanent, missing }) => {
    expect(permanent).toEqual([]);
    expect(missing).not.toEqual([]);
  });

  it.each<[string, ReturnType<typeof check>]>([
    ['a login in another cycle', check(BONUS, { [ofDay]: granted }, { cycle: '2027-01-03' })],
    ['a milestone that was not reached', check(WEEKS, { [ofWeek(1)]: granted, [ofWeek(2)]: granted })],
    ['a milestone of another cycle', check(WEEKS, { [ofWeek(1)]: granted, [ofWeek(1, '2027-01-11')]: granted })],
    ['a second completion', check(BONUS, { [ofDay]: { completions: 2, units: 100 } })],
    ['units beyond the promise', check(BONUS, { [ofDay]: { completions: 1, units: 200 } })],
    [
      'an acknowledged claim that is not in the log',
      check(WEEKS, { [ofWeek(1)]: { completions: 1, units: 0 } }, { claims: [ofWeek(1)] }),
    ],
  ])('finds %s', (_what, { permanent }) => expect(permanent).not.toEqual([]));
});
