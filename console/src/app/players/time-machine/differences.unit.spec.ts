import { changesBetween, differencesOf } from './differences';

const balance = (name: string, claimed: number, amount = 100) => ({
  name,
  type: 'ITEM' as const,
  amount,
  itemCode: null,
  onHold: false,
  claimed,
  remaining: amount - claimed,
});

const notStarted = { status: 'NOT_STARTED' as const, cycle: null };
const state = (claimed: number, progress = 3) => ({
  status: 'COMPLETED' as const,
  cycle: null,
  progress,
  required: 3,
  completedAt: '2026-11-25T00:00:00.000Z',
  milestones: [
    { count: 1, status: 'ELIGIBLE' as const, completedAt: null, rewards: [balance('gold', 0)] },
    {
      count: 3,
      status: 'COMPLETED' as const,
      completedAt: '2026-11-25T00:00:00.000Z',
      rewards: [balance('potion', claimed), balance('gem', 0)],
    },
  ],
});

const row = (claimed: number) => {
  const { milestones, ...rest } = state(claimed);
  return {
    ...rest,
    eventId: 'event',
    accountId: 'account',
    claimsUntil: '2026-12-25T00:00:00.000Z',
    rewards: milestones[1]?.rewards ?? [],
    milestones: milestones.map(({ count, status, completedAt }) => ({ count, status, completedAt })),
  };
};

describe('the changes of a step', () => {
  it('are the earlier values of what a claim changes', () => {
    expect([...changesBetween(state(0), state(20))]).toEqual([
      ['claimed 3 potion', 0],
      ['remaining 3 potion', 100],
    ]);
  });

  it('contain progress, status and milestones', () => {
    const before = {
      ...state(0, 2),
      status: 'IN_PROGRESS' as const,
      completedAt: null,
      milestones: state(0).milestones.map((each) => ({ ...each, status: 'LOCKED' as const })),
    };
    expect([...changesBetween(before, state(0))]).toEqual([
      ['status', 'IN_PROGRESS'],
      ['progress', 2],
      ['completedAt', null],
      ['milestone 1', 'LOCKED'],
      ['milestone 3', 'LOCKED'],
    ]);
  });

  it('leave out what did not exist before the start', () => {
    const started = { ...state(0, 0), status: 'IN_PROGRESS' as const, completedAt: null };
    expect([...changesBetween(notStarted, started)]).toEqual([['status', 'NOT_STARTED']]);
  });
});

describe('the read model against the fold', () => {
  it('has no differences if they are equal', () => {
    expect(differencesOf(row(20), state(20))).toEqual([]);
  });

  it('shows the values that differ', () => {
    expect(differencesOf(row(20), state(30))).toEqual([
      { key: 'claimed 3 potion', readModel: 20, fold: 30 },
      { key: 'remaining 3 potion', readModel: 80, fold: 70 },
    ]);
  });

  it('shows what the fold lacks', () => {
    expect(differencesOf(row(0), notStarted)).toContainEqual({ key: 'required', readModel: 3, fold: undefined });
  });
});
