import { currentOf, hasRewardsToTake } from './participations';
import type { Participation } from './rewards';

const participation = (changes: Partial<Participation>): Participation => ({
  eventId: 'e',
  accountId: 'a',
  cycle: null,
  status: 'IN_PROGRESS',
  progress: 1,
  required: 3,
  rewards: [{ name: 'potion', type: 'ITEM', amount: 100, itemCode: null, claimed: 0, remaining: 100 }],
  completedAt: null,
  milestones: [
    { count: 1, status: 'COMPLETED', completedAt: '2026-11-23T00:00:00.000Z' },
    { count: 3, status: 'LOCKED', completedAt: null },
  ],
  claimsUntil: '2026-12-20T20:00:00.000Z',
  ...changes,
});

it('rewards wait after the last milestone, and where a milestone can be completed', () => {
  const [first, last] = participation({}).milestones;
  if (!first || !last) throw new Error('two milestones expected');
  expect(hasRewardsToTake(participation({}))).toBe(false);
  expect(hasRewardsToTake(participation({ milestones: [{ ...first, status: 'ELIGIBLE' }, last] }))).toBe(true);
  expect(hasRewardsToTake(participation({ status: 'COMPLETED' }))).toBe(true);
  expect(hasRewardsToTake(participation({ status: 'COMPLETED', rewards: [] }))).toBe(false);
});

it('the current participation is that of the current cycle', () => {
  const event = {
    startsAt: '2026-11-15T15:00:00.000Z',
    endsAt: '2026-12-20T15:00:00.000Z',
    timeZone: 'Asia/Seoul',
    dayStartsAt: '00:00',
  };
  const own = ['2026-11-16', '2026-11-23'].map((cycle) => participation({ cycle }));
  expect(currentOf({ ...event, cycle: 'WEEK' }, own, '2026-11-24T00:00:00.000Z')?.cycle).toBe('2026-11-23');
  expect(currentOf({ ...event, cycle: 'WEEK' }, own, '2026-11-30T00:00:00.000Z')).toBeUndefined();
  expect(currentOf({ ...event, cycle: null }, [participation({})], '2026-11-30T00:00:00.000Z')?.cycle).toBeNull();
});
