import { actionsFor, grantsForPast, rewardActionsFor } from './actions';

const endsAt = '2026-12-29T00:00:00.000Z';
const before = Date.parse(endsAt) - 1;
const after = Date.parse(endsAt);

describe('the actions on an event', () => {
  it.each([
    ['DRAFT', ['publish', 'delete']],
    ['SCHEDULED', ['unpublish', 'end', 'delete']],
    ['ACTIVE', ['pause', 'end', 'delete']],
    ['PAUSED', ['resume', 'end', 'delete']],
    ['ENDED', ['delete']],
    ['CLOSED', ['delete']],
    ['DELETED', ['restore']],
  ] as const)('in %s are %j', (status, actions) => expect(actionsFor({ status, endsAt }, before)).toEqual(actions));

  it('of a draft whose window is over do not include its publication', () =>
    expect(actionsFor({ status: 'DRAFT', endsAt }, after)).toEqual(['delete']));
});

describe('the actions on a reward', () => {
  const reward = (name: string) => ({ name, type: 'ITEM' as const, amount: 1, itemCode: null, onHold: false });
  const milestones = [
    { count: 1, rewards: [reward('a'), reward('b')] },
    { count: 3, rewards: [reward('a')] },
  ];

  it('change, hold and withdraw it while other rewards of its milestone remain', () =>
    expect(rewardActionsFor({ status: 'ACTIVE', milestones }, 1, { onHold: false })).toEqual(['amount', 'hold', 'withdraw']));

  it('do not withdraw the last reward of a milestone after publication', () => {
    expect(rewardActionsFor({ status: 'ENDED', milestones }, 3, { onHold: true })).toEqual(['amount', 'release']);
    expect(rewardActionsFor({ status: 'DRAFT', milestones }, 3, { onHold: false })).toEqual(['amount', 'hold', 'withdraw']);
  });

  it.each(['CLOSED', 'DELETED'] as const)('are none in %s', (status) =>
    expect(rewardActionsFor({ status, milestones }, 1, { onHold: false })).toEqual([]),
  );
});

it('a publication grants for the past if the event claims automatically and began over an hour ago', () => {
  const now = Date.parse('2026-12-01T02:00:00.000Z');
  const began = (startsAt: string, autoClaim = true) => grantsForPast({ startsAt, autoClaim }, now);
  expect(began('2026-12-01T00:59:59.999Z')).toBe(true);
  expect(began('2026-12-01T01:00:00.000Z')).toBe(false);
  expect(began('2026-11-01T00:00:00.000Z', false)).toBe(false);
});
