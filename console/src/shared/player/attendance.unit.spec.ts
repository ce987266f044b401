import {
  firstToShow,
  lacksToday,
  leastClaim,
  milestonesOf,
  periodOf,
  placeOfToday,
  runningProgress,
  spanUntil,
  weekOf,
  type PlayerEvent,
  type PlayerProgress,
} from './attendance';

const potion = { name: 'potion', type: 'ITEM', amount: 100, itemCode: null } as const;

/** Three days from Monday 23 November in Seoul, where a day begins at 05:00. */
const event = (changes: Partial<PlayerEvent> = {}): PlayerEvent => ({
  eventId: 'e',
  name: 'Attendance',
  description: '',
  status: 'ACTIVE',
  startsAt: '2026-11-22T20:00:00.000Z',
  endsAt: '2026-12-06T20:00:00.000Z',
  claimsUntil: '2026-12-20T20:00:00.000Z',
  timeZone: 'Asia/Seoul',
  dayStartsAt: '05:00',
  condition: { type: 'LOGIN_DAYS', count: 3 },
  rewards: [{ ...potion, onHold: false }],
  milestones: [
    { count: 1, rewards: [{ ...potion, amount: 5, onHold: true }] },
    { count: 3, rewards: [{ ...potion, onHold: false }] },
  ],
  cycle: null,
  autoComplete: false,
  autoClaim: false,
  metadata: {},
  termsVersion: 1,
  createdBy: 'o',
  createdAt: '2026-11-01T00:00:00.000Z',
  ...changes,
});

const progress = (changes: Partial<PlayerProgress> = {}): PlayerProgress => ({
  eventId: 'e',
  accountId: 'a',
  cycle: null,
  status: 'IN_PROGRESS',
  progress: 1,
  required: 3,
  rewards: [{ ...potion, claimed: 0, remaining: 100 }],
  completedAt: null,
  claimsUntil: '2026-12-20T20:00:00.000Z',
  milestones: [
    { count: 1, status: 'ELIGIBLE', completedAt: null, rewards: [{ ...potion, amount: 5, claimed: 0, remaining: 5 }] },
    { count: 3, status: 'LOCKED', completedAt: null, rewards: [{ ...potion, claimed: 0, remaining: 100 }] },
  ],
  days: ['2026-11-23'],
  ...changes,
});

/** 04:59 and 05:00 of 24 November in Seoul. */
const [BEFORE_FIVE, AT_FIVE] = ['2026-11-23T19:59:00.000Z', '2026-11-23T20:00:00.000Z'];

describe('the place of today', () => {
  it('is the next day after the counted ones, from the hour at which the day begins', () => {
    expect(placeOfToday(event(), progress(), BEFORE_FIVE)).toBe(1);
    expect(placeOfToday(event(), progress(), AT_FIVE)).toBe(2);
    expect(placeOfToday(event(), null, AT_FIVE)).toBe(1);
  });

  it('does not exist for logins without days, outside of the window, and after the last day', () => {
    expect(placeOfToday(event({ condition: { type: 'LOGIN_COUNT', count: 3 } }), progress(), AT_FIVE)).toBeNull();
    expect(placeOfToday(event(), progress(), '2026-12-06T20:00:00.000Z')).toBeNull();
    expect(placeOfToday(event({ status: 'ENDED' }), progress(), AT_FIVE)).toBeNull();
    expect(placeOfToday(event(), progress({ progress: 3 }), AT_FIVE)).toBeNull();
  });

  it('starts from the first day again after a missed day of a streak, unless the day may be missed', () => {
    const streak = (graceDays: number) => event({ condition: { type: 'LOGIN_STREAK', count: 5, graceDays } });
    const at = '2026-11-25T20:00:00.000Z';
    const own = progress({ progress: 2, days: ['2026-11-23', '2026-11-24'] });
    expect(placeOfToday(streak(0), own, at)).toBe(1);
    expect(runningProgress(streak(0), own, at)).toBe(0);
    expect(placeOfToday(streak(1), own, at)).toBe(4);
    expect(runningProgress(streak(1), own, at)).toBe(3);
  });
});

describe('the span until today', () => {
  it.each([
    [[], 0, 1],
    [['2026-11-25'], 0, 2],
    [['2026-11-24'], 0, 1],
    [['2026-11-24'], 1, 3],
    [['2026-11-22', '2026-11-24'], 1, 3],
    [['2026-11-22', '2026-11-24'], 2, 5],
    [['2026-11-26', '2026-11-25', '2026-11-27'], 0, 2],
  ])('of logins on %j with %i days to miss is %i days long', (days, graceDays, length) => {
    expect(spanUntil('2026-11-26', days, graceDays)).toBe(length);
  });
});

describe('the milestones', () => {
  it('of a player show what is left and what is on hold', () => {
    expect(milestonesOf(event(), progress())).toEqual([
      { count: 1, status: 'ELIGIBLE', rewards: [{ ...potion, amount: 5, claimed: 0, remaining: 5, onHold: true }] },
      { count: 3, status: 'LOCKED', rewards: [{ ...potion, claimed: 0, remaining: 100, onHold: false }] },
    ]);
  });

  it('of a preview are locked, with everything left', () => {
    expect(milestonesOf(event(), null).map(({ status, rewards }) => [status, rewards[0]?.remaining])).toEqual([
      ['LOCKED', 5],
      ['LOCKED', 100],
    ]);
  });

  it('begin with the one that waits for the player, otherwise with the next one', () => {
    const [first, last] = milestonesOf(event(), progress());
    if (!first || !last) throw new Error('two milestones expected');
    expect(firstToShow([first, last])).toBe(first);
    expect(firstToShow([{ ...first, status: 'COMPLETED' }, last])).toBe(last);
    expect(firstToShow([last, { ...first, status: 'COMPLETED', rewards: last.rewards }])?.count).toBe(1);
  });
});

it('a claim takes at least a thousandth, or what is left', () => {
  const of = (amount: number, remaining: number) => leastClaim({ ...potion, amount, remaining, claimed: 0, onHold: false });
  expect([of(100, 100), of(1_001, 1_001), of(5_000, 3)]).toEqual([1, 2, 3]);
});

describe('the period', () => {
  it('is the cycle of the progress, cut by the window', () => {
    const weekly = event({ cycle: 'WEEK', endsAt: '2026-12-02T20:00:00.000Z' });
    expect(periodOf(weekly, progress({ cycle: '2026-11-30' }), AT_FIVE)).toEqual({
      cycle: '2026-11-30',
      startsAt: '2026-11-29T20:00:00.000Z',
      endsAt: '2026-12-02T20:00:00.000Z',
    });
    expect(periodOf(weekly, null, AT_FIVE).cycle).toBe('2026-11-23');
  });

  it('of an earlier cycle has no today', () => {
    const weekly = event({ cycle: 'WEEK' });
    expect(placeOfToday(weekly, progress({ cycle: '2026-11-23' }), '2026-11-30T00:00:00.000Z')).toBeNull();
  });
});

describe('the week', () => {
  it('begins on Monday, and shows counted days, today and the days of the event', () => {
    const { days, hasEarlier, hasLater } = weekOf(event({ startsAt: '2026-11-23T20:00:00.000Z' }), progress(), AT_FIVE);
    expect(days.map(({ day }) => day)).toEqual([23, 24, 25, 26, 27, 28, 29].map((day) => `2026-11-${day}`));
    expect(days.map(({ isCounted }) => isCounted)).toEqual([true, false, false, false, false, false, false]);
    expect(days.map(({ isToday }) => isToday)).toEqual([false, true, false, false, false, false, false]);
    expect(days.map(({ isInside }) => isInside)).toEqual([false, true, true, true, true, true, true]);
    expect([hasEarlier, hasLater]).toEqual([false, true]);
  });

  it('of an ended event is its last one', () => {
    const { days, hasLater } = weekOf(event({ status: 'ENDED' }), progress(), '2027-01-01T00:00:00.000Z');
    expect([days[0]?.day, days.some(({ isToday }) => isToday), hasLater]).toEqual(['2026-11-30', false, false]);
  });
});

it('today is missing while a login today would add to the progress', () => {
  expect(lacksToday(event(), progress(), AT_FIVE)).toBe(true);
  expect(lacksToday(event(), progress(), BEFORE_FIVE)).toBe(false);
  expect(lacksToday(event(), progress({ progress: 3 }), AT_FIVE)).toBe(false);
  expect(lacksToday(event({ status: 'PAUSED' }), progress(), AT_FIVE)).toBe(false);
});
