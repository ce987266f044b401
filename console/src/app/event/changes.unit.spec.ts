import { changesOf, type Fact } from './changes';

const AT = '2026-11-01T00:00:00.000Z';
const DETAILS = {
  eventId: 'e',
  name: 'December',
  description: '',
  startsAt: '2026-12-01T00:00:00.000Z',
  endsAt: '2026-12-29T00:00:00.000Z',
  claimsUntil: '2027-01-12T00:00:00.000Z',
  timeZone: 'Asia/Seoul',
  condition: { type: 'LOGIN_DAYS', count: 28 },
  createdBy: 'a',
  at: AT,
};

let revision = 0;
const fact = (type: string, data: Record<string, unknown> = {}, correlationId = `request ${revision}`): Fact => ({
  position: String(revision).padStart(32, '0'),
  stream: 'rewardEvent-e',
  revision: revision++,
  type,
  at: AT,
  actor: { accountId: 'a', roles: ['OPERATOR'] },
  accountId: null,
  eventId: 'e',
  data: { eventId: 'e', at: AT, ...data },
  correlationId,
  causationId: null,
});
const elixir = { name: 'elixir', type: 'ITEM', amount: 1 };

const created = (): Fact[] => [
  fact('RewardEventCreated', DETAILS, 'creation'),
  fact('RewardAdded', { reward: elixir }, 'creation'),
  fact('RewardEventPublished', {}, 'creation'),
];

const changed = (...facts: Fact[]) => {
  const last = changesOf([...created(), ...facts]).at(-1);
  return last?.changes.map(({ name, of, milestone, before, after }) => [name, of, milestone, before, after]);
};

describe('the changes of an event', () => {
  it('begin with everything that its creation set, in one change', () => {
    const changes = changesOf(created());
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ isCreation: true, reason: null, timeZone: 'Asia/Seoul' });
    expect(changes[0]?.facts.map(({ type }) => type)).toEqual(['RewardEventCreated', 'RewardAdded', 'RewardEventPublished']);
    expect(changes[0]?.changes).toContainEqual({
      id: expect.any(String),
      name: 'state',
      before: null,
      after: { kind: 'state', state: 'PUBLISHED' },
    });
    expect(changes[0]?.changes.at(-1)).toMatchObject({
      name: 'reward',
      of: 'elixir',
      milestone: 28,
      before: null,
      after: { amount: 1, isHeld: false },
    });
  });

  it('contain only the fields that differ, before and after', () => {
    expect(changed(fact('RewardEventChanged', { name: 'Winter', endsAt: '2026-12-31T00:00:00.000Z' }))).toEqual([
      ['name', undefined, undefined, { kind: 'text', text: 'December' }, { kind: 'text', text: 'Winter' }],
      [
        'endsAt',
        undefined,
        undefined,
        { kind: 'time', at: '2026-12-29T00:00:00.000Z' },
        { kind: 'time', at: '2026-12-31T00:00:00.000Z' },
      ],
    ]);
  });

  it('name the reward and its milestone', () => {
    const before = { kind: 'reward', amount: 1, type: 'ITEM', itemCode: null, isHeld: false };
    expect(changed(fact('RewardChanged', { name: 'elixir', amount: 3 }))).toEqual([
      ['reward', 'elixir', 28, before, { ...before, amount: 3 }],
    ]);
    expect(changed(fact('RewardHeld', { name: 'elixir' }))).toEqual([
      ['reward', 'elixir', 28, before, { ...before, isHeld: true }],
    ]);
    expect(changed(fact('RewardWithdrawn', { name: 'elixir' }))).toEqual([['reward', 'elixir', 28, before, null]]);
  });

  it.each([
    ['RewardEventUnpublished', 'DRAFT'],
    ['RewardEventPaused', 'PAUSED'],
    ['RewardEventDeleted', 'DELETED'],
  ])('show that %s leads to %s', (type, state) => {
    expect(changed(fact(type))).toEqual([
      ['state', undefined, undefined, { kind: 'state', state: 'PUBLISHED' }, { kind: 'state', state }],
    ]);
  });

  it('show an early end and its time', () => {
    expect(changed(fact('RewardEventEnded', { at: '2026-12-05T00:00:00.000Z' }))?.map(([name]) => name)).toEqual([
      'state',
      'endsAt',
    ]);
  });

  it('keep the reason that an operator gave', () => {
    const changes = changesOf([...created(), fact('RewardEventPaused', { reason: 'duplicated items' })]);
    expect(changes.at(-1)?.reason).toBe('duplicated items');
  });

  it('ignore domain events of an unknown type', () => {
    expect(changed(fact('RewardEventFeatured'))).toEqual([]);
  });
});
