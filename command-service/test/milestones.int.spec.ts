import { randomUUID } from 'node:crypto';
import { streams, upcast, type FieldError, type Reward } from '@rewards/contracts';
import {
  ELIXIR,
  eventRewardResponse,
  factsOfEvent,
  factsOfParticipation,
  rewardResponse,
  SAUNA,
  type Fact,
} from '@rewards/contracts/testing/sample-events';
import { RewardEvents } from '@rewards/domain';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { dataOf, invalidOf, problemOf } from '@rewards/testing/http';
import { Catalogue } from '../src/reward-event/catalogue';
import {
  A_POSITION,
  claim,
  claimOf,
  createEvent,
  eventOf,
  factsOf,
  given,
  gem,
  HOUR,
  iso,
  newAccount,
  newEvent,
  operator,
  post,
  potion,
  sauna,
  service,
  stopClock,
  store,
  useCommandService,
} from './harness';

useCommandService();

const coin: Reward = { name: '골드', type: 'CURRENCY', amount: 500 };
const condition = { type: 'LOGIN_COUNT', count: 28 } as const;
/** A calendar: coins at 1, gems at 7, a potion at 28. */
const calendar = (changes: object = {}): Record<string, unknown> =>
  newEvent({
    condition,
    rewards: [potion],
    milestones: [
      { count: 1, rewards: [coin] },
      { count: 7, rewards: [coin, gem] },
    ],
    ...changes,
  });
const milestone = (count: number, ...rewards: Reward[]) => ({
  count,
  rewards: rewards.map((reward) => eventRewardResponse(reward)),
});
const calendarOf = (changes: object = {}) =>
  eventOf({
    condition,
    rewards: [potion],
    milestones: [milestone(1, coin), milestone(7, coin, gem), milestone(28, potion)],
    ...changes,
  });
const send = (eventId: string, command: string, body?: object, headers: Record<string, string> = {}) =>
  post(operator, `/events/${eventId}/${command}`, body, service, headers);
const fieldsOf = (errors: readonly FieldError[] = []) => errors.map(({ field }) => field);

describe('an event with milestones', () => {
  it('is created with all of them, however the request names the last one, and stores only what differs from the defaults', async () => {
    const listed = calendar({ rewards: undefined, publish: false });
    listed.milestones = [...(listed.milestones as object[]), { count: 28, rewards: [potion] }];
    const created = await post(operator, '/events', listed);
    expect([created.status, created.data]).toEqual([201, calendarOf({ status: 'DRAFT' })]);
    const [first, second] = await factsOf(streams.rewardEvent(created.data.eventId));
    expect(first?.data.milestones).toEqual([
      { count: 1, rewards: [coin] },
      { count: 7, rewards: [coin, gem] },
    ]);
    expect(['cycle', 'autoComplete', 'autoClaim'].filter((field) => field in (first?.data ?? {}))).toEqual([]);
    expect(second?.data.reward).toEqual(potion);
  });

  it('is the same for a repeated request that names the last milestone in another way', async () => {
    const request = calendar({ requestId: randomUUID(), cycle: null, autoComplete: false });
    const first = await post(operator, '/events', request);
    const milestones = [...(request.milestones as object[]), { count: 28, rewards: [potion] }];
    const { cycle: _cycle, autoComplete: _autoComplete, rewards: _rewards, ...others } = request;
    expect(await post(operator, '/events', { ...others, milestones })).toEqual(
      dataOf(200, first.data, { 'idempotent-replayed': 'true', etag: '"2"' }),
    );
  });

  it.each<[string, object, string]>([
    ['a milestone without rewards', { milestones: [{ count: 1, rewards: [] }] }, 'milestones.0.rewards'],
    ['a milestone of 21 rewards', { milestones: [{ count: 1, rewards: many(21) }] }, 'milestones.0.rewards'],
    ['a milestone of 0', { milestones: [{ count: 0, rewards: [coin] }] }, 'milestones.0.count'],
    ['a milestone of 1,001', { milestones: [{ count: 1_001, rewards: [coin] }] }, 'milestones.0.count'],
    ['a milestone with an unknown member', { milestones: [{ count: 1, rewards: [coin], held: [] }] }, 'milestones.0.held'],
    ['milestones that do not ascend', { milestones: [1, 1].map((count) => ({ count, rewards: [coin] })) }, 'milestones'],
    ['a milestone above the condition', { milestones: [{ count: 29, rewards: [coin] }] }, 'milestones'],
    ['the last milestone twice', { milestones: [{ count: 28, rewards: [coin] }] }, 'milestones'],
    ['two rewards of one name', { milestones: [{ count: 1, rewards: [coin, coin] }] }, 'milestones'],
    ['102 milestones', { milestones: counts(102) }, 'milestones'],
    ['101 rewards', { rewards: [potion], milestones: five(20) }, 'milestones'],
    ['an unknown cycle', { cycle: 'YEAR' }, 'cycle'],
    ['automatic completion as text', { autoComplete: 'true' }, 'autoComplete'],
    ['automatic claims that are null', { autoClaim: null }, 'autoClaim'],
    ['a confirmation as a number', { confirmPast: 1 }, 'confirmPast'],
    [
      'a published event of which no cycle has enough days',
      { condition: { type: 'LOGIN_DAYS', count: 8 }, milestones: [], cycle: 'WEEK', endsAt: iso(60 * 24 * HOUR) },
      'condition.count',
    ],
  ])('rejects %s', async (_, changes, field) => {
    const { status, body } = await post(operator, '/events', calendar(changes));
    expect([status, body.code, fieldsOf(body.errors)]).toEqual([400, 'VALIDATION_FAILED', expect.arrayContaining([field])]);
  });

  it('accepts 100 rewards, in 5 milestones or in 100', async () => {
    expect((await post(operator, '/events', calendar({ milestones: five(20).slice(1) }))).status).toBe(201);
    const long = { condition: { type: 'LOGIN_COUNT', count: 1_000 }, milestones: counts(99) };
    expect((await post(operator, '/events', calendar(long))).data.milestones).toHaveLength(100);
  });

  it('is changed in draft only, back to each default too', async () => {
    const { data } = await post(operator, '/events', calendar({ publish: false, cycle: 'WEEK', autoClaim: true }));
    expect(data).toEqual(calendarOf({ status: 'DRAFT', cycle: 'WEEK', autoComplete: true, autoClaim: true }));
    const { eventId } = data;
    const changed = await send(eventId, 'change', { milestones: [{ count: 14, rewards: [gem] }], cycle: 'DAY' });
    expect(changed.data.milestones).toEqual([milestone(14, gem), milestone(28, potion)]);
    expect(changed.data.cycle).toBe('DAY');
    const plain = await send(eventId, 'change', { milestones: [], cycle: null, autoComplete: false, autoClaim: false });
    expect(plain).toEqual(dataOf(200, calendarOf({ status: 'DRAFT', milestones: [milestone(28, potion)] }), { etag: '"3"' }));
    const [fact] = (await factsOf(streams.rewardEvent(eventId))).slice(-1);
    expect(fact?.data).toEqual({
      eventId,
      milestones: [],
      cycle: null,
      autoComplete: false,
      autoClaim: false,
      at: expect.any(String),
    });
    const { body } = await send(eventId, 'change', { milestones: [{ count: 30, rewards: [gem] }] });
    expect(fieldsOf(body.errors)).toEqual(['milestones']);
    await send(eventId, 'publish');
    for (const [field, value] of Object.entries({ milestones: [{ count: 1, rewards: [gem] }], cycle: 'DAY', autoComplete: true }))
      expect(await send(eventId, 'change', { [field]: value })).toEqual(
        problemOf(409, 'WRONG_STATE', { state: 'ACTIVE', fields: [field] }),
      );
  });

  it('has rewards added, changed, held and withdrawn in the milestone that the request names', async () => {
    const eventId = await createEvent(calendar({ publish: false }));
    const reward = (command: string, body: object, { name } = coin) =>
      send(eventId, `rewards/${encodeURIComponent(name)}/${command}`, body);
    expect((await send(eventId, 'rewards', { ...sauna, milestone: 7 })).data.milestones[1]).toEqual(
      milestone(7, coin, gem, sauna),
    );
    expect((await send(eventId, 'rewards', { ...gem, milestone: 28 })).data.rewards).toHaveLength(2);
    expect(await send(eventId, 'rewards', { ...gem, milestone: 7 })).toEqual(
      problemOf(409, 'REWARD_EXISTS', { rewardName: gem.name }),
    );
    expect(await send(eventId, 'rewards', { ...gem, milestone: 2 })).toEqual(
      problemOf(404, 'NO_SUCH_MILESTONE', { milestone: 2 }, { 'x-position': A_POSITION }),
    );
    expect((await reward('withdraw', { milestone: 7 }, sauna)).data.milestones[1]).toEqual(milestone(7, coin, gem));

    const { headers } = await send(eventId, 'publish');
    expect(await reward('change', { amount: 1 })).toEqual(problemOf(404, 'NO_SUCH_REWARD', { rewardName: coin.name }));
    expect((await reward('change', { amount: 700, milestone: 1 })).data.milestones[0]).toEqual(
      milestone(1, { ...coin, amount: 700 }),
    );
    expect(await reward('change', { amount: 700, milestone: 3 })).toEqual(problemOf(404, 'NO_SUCH_MILESTONE', { milestone: 3 }));
    const held = await reward('hold', { milestone: 7, reason: '수량 오류' });
    expect(held.data.milestones.map(({ rewards }: { rewards: { onHold: boolean }[] }) => rewards[0]?.onHold)).toEqual([
      false,
      true,
      false,
    ]);
    expect((await reward('release', { milestone: 7 })).data.milestones[1]).toEqual(milestone(7, coin, gem));
    expect(await reward('withdraw', { milestone: 1 })).toEqual(problemOf(409, 'NO_REWARDS'));
    const stale = { 'if-match': String(headers.etag) };
    expect((await send(eventId, `rewards/${encodeURIComponent(gem.name)}/withdraw`, { milestone: 7 }, stale)).status).toBe(412);
  });

  it('needs a confirmation to grant rewards for logins of the past', async () => {
    const past = { autoClaim: true, startsAt: iso(-2 * HOUR) };
    const rejected = await post(operator, '/events', calendar(past));
    expect([rejected.status, rejected.body]).toEqual([
      409,
      expect.objectContaining({ code: 'CONFIRM_PAST', startsAt: past.startsAt }),
    ]);
    expect(rejected.body.detail).toContain('confirmPast: true');
    expect((await post(operator, '/events', calendar({ ...past, confirmPast: true }))).data.status).toBe('ACTIVE');

    const eventId = await createEvent(calendar({ ...past, publish: false }));
    expect(await send(eventId, 'publish')).toEqual(
      problemOf(409, 'CONFIRM_PAST', { startsAt: past.startsAt }, { 'x-position': A_POSITION }),
    );
    expect((await send(eventId, 'publish', { confirmPast: true })).data.status).toBe('ACTIVE');
    expect((await post(operator, '/events', calendar({ autoComplete: true, startsAt: past.startsAt }))).status).toBe(201);
    expect((await send(eventId, 'publish', { confirmPast: 'yes' })).status).toBe(400);
  });

  it('says that it is already in the state that a repeated command leads to', async () => {
    const eventId = await createEvent();
    await send(eventId, 'pause');
    expect((await send(eventId, 'pause')).body.detail).toBe('The event is already PAUSED.');
    await send(eventId, 'end');
    expect((await send(eventId, 'pause')).body.detail).toBe('The event is ENDED, so it cannot be paused.');
    expect((await send(eventId, 'end')).body.detail).toBe('The event is already ENDED.');
    await send(eventId, 'delete');
    expect((await send(eventId, 'delete')).body.detail).toBe('The event is already DELETED.');
  });
});

function many(count: number): readonly Reward[] {
  return Array.from({ length: count }, (_, index) => ({ ...coin, name: `${coin.name} ${index}` }));
}
function counts(count: number): readonly object[] {
  return Array.from({ length: count }, (_, index) => ({ count: index + 1, rewards: [coin] }));
}
function five(rewards: number): readonly object[] {
  return [1, 2, 3, 4, 5].map((count) => ({ count, rewards: many(rewards) }));
}

const now = '2026-11-08T00:00:00.000Z';
/** A story of one player in an event, at a time within its window. */
const newStory = (path: 'completion' | 'claims', created: object, cycle: string | null = null) => {
  const [eventId, player] = [randomUUID(), newAccount('USER')];
  const facts = factsOfEvent(eventId);
  const event: Fact[] = [
    facts.created({ milestones: [{ count: 1, rewards: [SAUNA] }], ...created }),
    facts.added(ELIXIR),
    facts.published(),
  ];
  const { accountId } = player;
  return {
    eventId,
    player,
    event,
    path: `/events/${eventId}/${path}`,
    facts,
    ...factsOfParticipation(eventId, accountId, cycle),
    refused: streams.refusals(streams.participation(eventId, accountId)),
  };
};

describe('a milestone', () => {
  beforeEach(() => stopClock(now));

  it('is completed and claimed by itself', async () => {
    const story = newStory('completion', {});
    const { eventId, player, event, path, started, counted, completed, claimed } = story;
    await given(...event, started(), counted(1, { reached: [1] }))
      .when({ path, as: player, body: { milestone: 1 } })
      .thenResponds(
        dataOf(
          200,
          { eventId, cycle: null, milestone: 1, status: 'COMPLETED', completedAt: now, rewards: [rewardResponse(SAUNA)] },
          { 'x-position': A_POSITION },
        ),
        completed([SAUNA], now, 1),
      );
    const body = { requestId: 'r1', rewardName: SAUNA.name, amount: 2, milestone: 1 };
    const units = { amount: 2, claimed: 2, remaining: 3 };
    const answer = { ...claimOf(eventId, 'r1', SAUNA, units), milestone: 1, claimedAt: now };
    await given()
      .when({ path: `/events/${eventId}/claims`, as: player, body })
      .thenResponds(
        dataOf(201, { ...answer, claimId: claimIdOf({ eventId, accountId: player.accountId, requestId: 'r1' }) }),
        claimed(2, SAUNA, { requestId: 'r1', claimed: 2, remaining: 3, milestone: 1, at: now }),
      );
    await given()
      .when({ path: `/events/${eventId}/claims`, as: player, body })
      .thenResponds(dataOf(200, answer, { 'idempotent-replayed': 'true' }));
    await given()
      .when({ path, as: player, body: { milestone: 1 } })
      .thenResponds(
        dataOf(
          200,
          { eventId, cycle: null, milestone: 1, status: 'COMPLETED', completedAt: now, rewards: [rewardResponse(SAUNA)] },
          { 'x-position': undefined },
        ),
      );
    expect((await claim(player, eventId, { ...body, milestone: 3 })).body.code).toBe('REQUEST_ID_REUSED');
  });

  it('that is the last one may be named by its count', async () => {
    const { eventId, player, event, path, started, counted, completed } = newStory('completion', {});
    await given(...event, started(), counted(3))
      .when({ path, as: player, body: { milestone: 3 } })
      .thenResponds(
        dataOf(200, {
          eventId,
          cycle: null,
          milestone: 3,
          status: 'COMPLETED',
          completedAt: now,
          rewards: [rewardResponse(ELIXIR)],
        }),
        completed([ELIXIR], now),
      );
  });

  it('is rejected with its own count, and recorded as requested', async () => {
    const { player, event, path, started, counted, completionRefused } = newStory('completion', {});
    const details = { progress: 1, required: 3 };
    await given(...event, started(), counted(1, { reached: [1] }))
      .when({ path, as: player, body: { milestone: 3 } })
      .thenResponds(problemOf(409, 'CONDITION_NOT_MET', details), completionRefused({ details, milestone: 3, at: now }));
    await given()
      .when({ path, as: player, body: { milestone: 2 } })
      .thenResponds(
        problemOf(404, 'NO_SUCH_MILESTONE', { milestone: 2 }, { 'x-position': A_POSITION }),
        completionRefused({ code: 'NO_SUCH_MILESTONE', details: { milestone: 2 }, milestone: 2, at: now }),
      );
  });

  it('has its rejected claims recorded with the reward of that milestone', async () => {
    const item = { ...SAUNA, itemCode: 'sauna.1', name: ELIXIR.name };
    const { player, event, path, claimRefused } = newStory('claims', { milestones: [{ count: 1, rewards: [item] }] });
    const request = { requestId: 'r1', rewardName: ELIXIR.name, amount: 1, milestone: 1 };
    const { name: rewardName, type, itemCode } = item;
    const refusal = { requestId: 'r1', requested: 1, rewardName, milestone: 1, at: now };
    await given(...event)
      .when({ path, as: player, body: request })
      .thenResponds(
        problemOf(409, 'NOT_COMPLETED', { progress: 0, required: 1 }),
        claimRefused({ ...refusal, type, itemCode, code: 'NOT_COMPLETED', details: { progress: 0, required: 1 } }),
      );
    await given()
      .when({ path, as: player, body: { ...request, milestone: 2 } })
      .thenResponds(
        problemOf(404, 'NO_SUCH_MILESTONE', { milestone: 2 }),
        claimRefused({ ...refusal, milestone: 2, type: null, code: 'NO_SUCH_MILESTONE', details: { milestone: 2 } }),
      );
  });

  it('of an event with automatic claims is completed with all its rewards by the request that completes it', async () => {
    const { eventId, player, event, path, started, counted, completed, claimed } = newStory('completion', {
      autoComplete: true,
      autoClaim: true,
    });
    await given(...event, started(), counted(1, { reached: [1] }))
      .when({ path, as: player, body: { milestone: 1 } })
      .thenResponds(
        dataOf(200, expect.objectContaining({ eventId, milestone: 1, completedAt: now })),
        completed([SAUNA], now, 1),
        claimed(5, SAUNA, {
          requestId: `auto:1:${SAUNA.name}`,
          requested: 'all',
          claimed: 5,
          remaining: 0,
          milestone: 1,
          at: now,
        }),
      );
  });
});

describe('a cycle', () => {
  beforeEach(() => stopClock(now));
  const weekly = { cycle: 'WEEK', milestones: undefined } as const;
  const [monday, nextMonday] = ['2026-11-02', '2026-11-09'];

  it('is the one of the current time for a completion, by default', async () => {
    const { eventId, player, event, path, started, counted, completed } = newStory('completion', weekly, monday);
    await given(...event, started(), counted(3))
      .when({ method: 'POST', path, as: player })
      .thenResponds(
        dataOf(200, {
          eventId,
          cycle: monday,
          milestone: 3,
          status: 'COMPLETED',
          completedAt: now,
          rewards: [rewardResponse(ELIXIR)],
        }),
        completed([ELIXIR], now),
      );
  });

  it('is required for a claim, and part of its claimId', async () => {
    const { eventId, player, event, path, started, counted, completed, claimed } = newStory('claims', weekly, monday);
    const body = { requestId: 'r1', rewardName: ELIXIR.name, amount: 20 };
    const missing = await given(...event, started(), counted(3), completed([ELIXIR]))
      .when({ path, as: player, body })
      .thenResponds(invalidOf('cycle'));
    expect(missing.body.errors).toEqual([{ field: 'cycle', message: 'is required, because the event has cycles' }]);
    const claimId = claimIdOf({ eventId, cycle: monday, accountId: player.accountId, requestId: 'r1' });
    const answer = {
      ...claimOf(eventId, 'r1', ELIXIR, { amount: 20, claimed: 20, remaining: 80 }),
      cycle: monday,
      claimId,
      claimedAt: now,
    };
    await given()
      .when({ path, as: player, body: { ...body, cycle: monday } })
      .thenResponds(
        dataOf(201, answer, { location: `/claims/${claimId}` }),
        claimed(20, ELIXIR, { requestId: 'r1', claimed: 20, remaining: 80, at: now }),
      );
    stopClock('2027-01-31T00:00:00.000Z');
    await given()
      .when({ path, as: player, body: { ...body, cycle: monday } })
      .thenResponds(dataOf(200, answer, { 'idempotent-replayed': 'true' }));
  });

  it.each([
    ['has not begun', nextMonday],
    ['begins no period', '2026-11-03'],
    ['is before the window', '2026-10-19'],
    ['is after the window', '2026-12-07'],
    ['is the first day of all', '0001-01-01'],
    ['is the last day of all', '9999-12-31'],
  ])('that %s is rejected on a stream that a date cannot choose', async (_, cycle) => {
    const { eventId, player, event, path, refused } = newStory('claims', weekly);
    const { accountId } = player;
    const ids = { eventId, accountId, cycle };
    const details = { cycle };
    const body = { requestId: 'r1', rewardName: ELIXIR.name, all: true, cycle };
    const request = { requestId: 'r1', rewardName: ELIXIR.name, requested: 'all', type: 'ITEM' };
    await given(...event)
      .when({ path, as: player, body })
      .thenResponds(problemOf(404, 'NO_SUCH_CYCLE', details, { 'x-position': A_POSITION }), {
        stream: refused,
        event: { type: 'ClaimRefused', data: { ...ids, ...request, code: 'NO_SUCH_CYCLE', details, at: now } },
      });
    await given()
      .when({ path: `/events/${eventId}/completion`, as: player, body: { cycle } })
      .thenResponds(problemOf(404, 'NO_SUCH_CYCLE', details), {
        stream: refused,
        event: { type: 'CompletionRefused', data: { ...ids, code: 'NO_SUCH_CYCLE', details, at: now } },
      });
  });

  it('of an event without cycles does not exist, even for what was completed and claimed', async () => {
    const { eventId, player, event, path, started, counted, completed, claimed } = newStory('claims', {});
    const body = { requestId: 'r1', rewardName: ELIXIR.name, amount: 20, cycle: monday };
    const granted = claimed(20, ELIXIR, { requestId: 'r1', claimed: 20, remaining: 80 });
    const facts = [...event, started(), counted(3), completed([ELIXIR]), granted];
    const refusal = (type: 'ClaimRefused' | 'CompletionRefused', data: object): Fact => ({
      stream: streams.refusals(streams.participation(eventId, player.accountId)),
      event: {
        type,
        data: {
          eventId,
          accountId: player.accountId,
          cycle: monday,
          ...data,
          code: 'NO_SUCH_CYCLE',
          details: { cycle: monday },
          at: now,
        },
      },
    });
    await given(...facts)
      .when({ path, as: player, body })
      .thenResponds(
        problemOf(404, 'NO_SUCH_CYCLE', { cycle: monday }),
        refusal('ClaimRefused', { requestId: 'r1', rewardName: ELIXIR.name, requested: 20, type: 'ITEM' }),
      );
    await given()
      .when({ path: `/events/${eventId}/completion`, as: player, body: { cycle: monday } })
      .thenResponds(problemOf(404, 'NO_SUCH_CYCLE', { cycle: monday }), refusal('CompletionRefused', {}));
  });

  it('is rejected as text that is no date, also without a body otherwise', async () => {
    const { player, path } = newStory('completion', weekly);
    for (const cycle of ['2026-11', '2026-11-31', 'current', 20261102, null])
      expect((await post(player, path, { cycle })).body.errors.map(({ field }: FieldError) => field)).toEqual(['cycle']);
  });
});

describe('a participation that started with later terms than the catalogue has', () => {
  beforeEach(() => stopClock(now));
  afterEach(() => jest.restoreAllMocks());

  const olderCatalogue = (event: readonly Fact[]): void => {
    const events = new RewardEvents(upcast);
    const stream = event[0]?.stream ?? '';
    for (const { event: domainEvent } of event)
      events.fold({ ...domainEvent, stream, metadata: {} } as unknown as Parameters<RewardEvents['fold']>[0]);
    const state = events.get(stream);
    if (state.situation === 'missing') throw new Error('no event');
    jest.spyOn(service.app.get(Catalogue), 'find').mockResolvedValueOnce(state);
  };

  it.each([{ milestone: 3 }, {}])('is decided with the event from its stream: %j', async (named) => {
    const { eventId, player, event, path, facts, started, counted, completed, claimed } = newStory('claims', {});
    olderCatalogue(event);
    await given(
      ...event,
      facts.rewardChanged(ELIXIR.name, 50),
      started({ termsVersion: 2 }),
      counted(3),
      completed([{ ...ELIXIR, amount: 50 }]),
    )
      .when({ path, as: player, body: { requestId: 'r1', rewardName: ELIXIR.name, all: true, ...named } })
      .thenResponds(
        dataOf(201, { ...claimOf(eventId, 'r1', ELIXIR, { amount: 50, claimed: 50, remaining: 0 }), claimedAt: now }),
        claimed(50, ELIXIR, { requestId: 'r1', requested: 'all', claimed: 50, remaining: 0, at: now }),
      );
  });

  it('is 503 TRY_AGAIN if the stream does not have them either, and records nothing', async () => {
    const { player, event, path, started, counted } = newStory('completion', {});
    await given(...event, started({ termsVersion: 9 }), counted(3))
      .when({ method: 'POST', path, as: player })
      .thenResponds(expect.objectContaining({ status: 503 }) as never);
    expect((await post(player, path)).body.code).toBe('TRY_AGAIN');
    expect(await store.readStream(streams.participation(path.split('/')[2] ?? '', player.accountId))).toHaveLength(2);
  });
});
