import { randomUUID } from 'node:crypto';
import { START, streams, type FieldError, type Reward } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { openEventStore } from '@rewards/service-kit/engines';
import { ELIXIR, factsOfEvent, factsOfParticipation, SAUNA, rewardResponse } from '@rewards/contracts/testing/sample-events';
import { dataOf, invalidOf, problemOf, send } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import {
  A_POSITION,
  HOUR,
  advanceClock,
  bus,
  claim,
  claimOf,
  createEvent,
  eventOf,
  factsOf,
  gem,
  given,
  granted,
  iso,
  logIn,
  newAccount,
  newCompleted,
  newEvent,
  operator,
  post,
  potion,
  readProgress,
  publishLogin,
  service,
  settings,
  start,
  stopClock,
  store,
  useCommandService,
} from './harness';

useCommandService();

/** Counts the domain events in streams with these prefixes. */
const countRecorded = async (...prefixes: string[]): Promise<number> => {
  let count = 0;
  for await (const batch of store.subscribe({ after: START, prefixes })) {
    count += batch.events.length;
    if (batch.caughtUp) break;
  }
  return count;
};

describe('creating an event', () => {
  it('responds with the event, its revision and its position', async () => {
    const { status, data, headers } = await post(operator, '/events', newEvent({ publish: false }));
    expect(status).toBe(201);
    expect(data).toEqual(eventOf({ status: 'DRAFT' }));
    expect(Date.parse(data.claimsUntil) - Date.parse(data.endsAt)).toBe(14 * 24 * HOUR);
    expect(headers.etag).toBe('"3"');
    expect(headers.location).toBe(`/events/${data.eventId}`);
    expect(headers['x-position']).toMatch(/^[0-9a-f]{48}$/);
  });

  it('stores text in NFC', async () => {
    const nfd = { name: '접속'.normalize('NFD'), description: '설명'.normalize('NFD') };
    const rewards = [{ ...potion, name: potion.name.normalize('NFD') }];
    const { data } = await post(operator, '/events', newEvent({ ...nfd, rewards }));
    expect([data.name, data.description, data.rewards[0].name]).toEqual(['접속', '설명', potion.name]);
  });

  it('counts the characters of a name in NFC, in bodies and paths', async () => {
    const name = '읽'.repeat(100);
    const draft = newEvent({
      name: name.normalize('NFD'),
      rewards: [{ ...potion, name: name.normalize('NFD') }],
      publish: false,
    });
    const { status, data } = await post(operator, '/events', draft);
    expect([status, data.name, data.rewards[0].name]).toEqual([201, name, name]);
    const url = `/events/${data.eventId}/rewards/${encodeURIComponent(name.normalize('NFD'))}`;
    expect(await post(operator, `${url}/change`, { amount: 7 })).toEqual(
      dataOf(200, eventOf({ name, status: 'DRAFT', rewards: [{ ...potion, name, amount: 7 }] })),
    );
    expect(await post(operator, `${url}/withdraw`)).toEqual(dataOf(200, eventOf({ name, status: 'DRAFT', rewards: [] })));
  });

  it.each<[string, unknown, string]>([
    ['no body', undefined, 'name'],
    ['a list', [], 'body'],
    ['not JSON', '{"name":', 'body'],
    ['a prototype key', '{"__proto__":{"x":1}}', '__proto__'],
    ['a member twice', '{"name":"a","name":"a"}', 'name'],
    [
      'a number that only rounds to an integer',
      JSON.stringify(newEvent({ rewards: [potion] })).replace(':100', ':0.99999999999999999999'),
      'rewards.0.amount',
    ],
    ['an unknown field', newEvent({ status: 'ACTIVE' }), 'status'],
    ['an empty name', newEvent({ name: ' ' }), 'name'],
    ['a name of 101 characters', newEvent({ name: '약'.repeat(101) }), 'name'],
    ['a control character', newEvent({ name: 'a\u0000b' }), 'name'],
    ['an invisible name', newEvent({ name: '\u200b\u3164\ufe0f' }), 'name'],
    ['a name with a bidirectional override', newEvent({ name: 'a\u202eb' }), 'name'],
    ['an invisible reward name', newEvent({ rewards: [{ ...potion, name: '\u2800' }] }), 'rewards.0.name'],
    ['a description with a bidirectional isolate', newEvent({ description: '\u2067x' }), 'description'],
    ['a day that begins at 24:00', newEvent({ dayStartsAt: '24:00' }), 'dayStartsAt'],
    [
      'a publication with a condition that cannot be met',
      newEvent({ condition: { type: 'LOGIN_DAYS', count: 300 } }),
      'condition.count',
    ],
    ['a date that does not exist', newEvent({ startsAt: '2026-02-30T00:00:00Z' }), 'startsAt'],
    ['a time without its offset', newEvent({ startsAt: '2026-02-20T00:00:00' }), 'startsAt'],
    ['an end before the start', newEvent({ endsAt: iso(-2 * HOUR) }), 'endsAt'],
    ['claims that end before the event', newEvent({ claimsUntil: iso(HOUR) }), 'claimsUntil'],
    ['an unknown zone', newEvent({ timeZone: 'Mars/Olympus' }), 'timeZone'],
    ['a null zone', newEvent({ timeZone: null }), 'timeZone'],
    ['an unknown condition', newEvent({ condition: { type: 'LUCK', count: 3 } }), 'condition.type'],
    ['a count of 0', newEvent({ condition: { type: 'LOGIN_COUNT', count: 0 } }), 'condition.count'],
    ['a count as text', newEvent({ condition: { type: 'LOGIN_COUNT', count: '3' } }), 'condition.count'],
    ['a condition in a list', newEvent({ condition: [{ type: 'LOGIN_COUNT', count: 3 }] }), 'condition'],
    ['two rewards with the same name', newEvent({ rewards: [potion, potion] }), 'rewards'],
    ['a reward name with a slash', newEvent({ rewards: [{ ...potion, name: '50/50' }] }), 'rewards.0.name'],
    ['a reward named ..', newEvent({ rewards: [{ ...potion, name: '..' }] }), 'rewards.0.name'],
    ['21 rewards', newEvent({ rewards: Array.from({ length: 21 }, (_, index) => ({ ...potion, name: `${index}` })) }), 'rewards'],
    ['a null reward', newEvent({ rewards: [null] }), 'rewards'],
    ['an amount of 0', newEvent({ rewards: [{ ...potion, amount: 0 }] }), 'rewards.0.amount'],
    ['an amount over the limit', newEvent({ rewards: [{ ...potion, amount: 1_000_000_001 }] }), 'rewards.0.amount'],
    ['a fractional amount', newEvent({ rewards: [{ ...potion, amount: 1.5 }] }), 'rewards.0.amount'],
    ['an unknown reward type', newEvent({ rewards: [{ ...potion, type: 'MONEY' }] }), 'rewards.0.type'],
    ['an invalid requestId', newEvent({ requestId: 'a b' }), 'requestId'],
  ])('rejects %s and stores nothing', async (_, payload, field) => {
    const before = await countRecorded('rewardEvent-', 'refusals-');
    const { status, body, headers } = await post(operator, '/events', payload);
    expect([status, body.code, headers['content-type']]).toEqual([
      400,
      'VALIDATION_FAILED',
      'application/problem+json; charset=utf-8',
    ]);
    expect(body.errors?.map((error: FieldError) => error.field)).toContain(field);
    expect(await countRecorded('rewardEvent-', 'refusals-')).toBe(before);
  });
});

describe('a creation with a requestId', () => {
  const createRequest = (overrides: object = {}) =>
    newEvent({ requestId: `create-${randomUUID()}`, publish: false, ...overrides });
  const replayed = (answer: { headers: object }) => (answer.headers as Record<string, unknown>)['idempotent-replayed'];

  it('creates one event for twenty concurrent requests, and responds to each with it', async () => {
    const request = createRequest({ publish: true });
    const answers = await Promise.all(Array.from({ length: 20 }, () => post(operator, '/events', request)));
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array(19).fill(200), 201]);
    const first = answers.find(({ status }) => status === 201);
    for (const answer of answers) {
      expect([answer.data, answer.headers.etag]).toEqual([first?.data, '"4"']);
      expect(replayed(answer)).toBe(answer === first ? undefined : 'true');
      expect(answer.headers['x-position'] === undefined).toBe(answer !== first);
    }
  });

  it('accepts one of twenty different concurrent requests, and rejects the others', async () => {
    const request = createRequest();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        post(operator, '/events', { ...request, rewards: [{ ...potion, amount: 1 + index }] }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(422)]);
    expect(answers.find(({ status }) => status === 422)?.body.code).toBe('REQUEST_ID_REUSED');
  });

  it('returns the first response again after the draft was changed and published', async () => {
    const request = createRequest();
    const first = await post(operator, '/events', request);
    const url = `/events/${first.data.eventId}`;
    await post(operator, `${url}/change`, { name: 'changed', rewards: [potion] });
    await post(operator, `${url}/rewards`, gem);
    await post(operator, `${url}/publish`);
    const again = await post(operator, '/events', request);
    expect([again.status, again.data, again.headers.etag, replayed(again)]).toEqual([200, first.data, '"3"', 'true']);
    expect(await post(operator, '/events', { ...request, publish: true })).toEqual(problemOf(422, 'REQUEST_ID_REUSED'));
    expect(await post(operator, '/events', { ...request, name: 'changed' })).toEqual(problemOf(422, 'REQUEST_ID_REUSED'));
  });

  it('returns the event status of the first response again, regardless of the time', async () => {
    const request = createRequest({ publish: true });
    const first = await post(operator, '/events', request);
    advanceClock(25 * HOUR);
    expect(await post(operator, '/events', request)).toEqual(dataOf(200, first.data, { 'idempotent-replayed': 'true' }));
  });

  it('is equal to a request that differs only in explicit defaults or the Unicode normal form', async () => {
    const request = createRequest({ condition: { type: 'LOGIN_STREAK', count: 2 }, rewards: [], name: '비약' });
    const first = await post(operator, '/events', request);
    const { claimsUntil } = first.data;
    const full = {
      ...request,
      name: ` ${'비약'.normalize('NFD')} `,
      condition: { type: 'LOGIN_STREAK', count: 2, graceDays: 0 },
      description: '',
      timeZone: 'Asia/Seoul',
      dayStartsAt: '00:00',
      claimsUntil,
    };
    expect(await post(operator, '/events', full)).toEqual(dataOf(200, first.data, { 'idempotent-replayed': 'true' }));
    const { rewards: _rewards, publish: _publish, ...bare } = request;
    expect(await post(operator, '/events', bare)).toEqual(dataOf(200, first.data, { 'idempotent-replayed': 'true' }));
  });

  it('is independent of the same requestId of another operator', async () => {
    const request = createRequest();
    const first = await post(operator, '/events', request);
    const other = await post(newAccount('OPERATOR'), '/events', request);
    expect([other.status, other.data.eventId === first.data.eventId]).toEqual([201, false]);
  });

  it('accepts the header Idempotency-Key, bare or quoted, with an equal requestId or none', async () => {
    const requestId = `create-${randomUUID()}`;
    const body = newEvent({ publish: false });
    const create = (payload: object, key: string) => post(operator, '/events', payload, service, { 'idempotency-key': key });
    const first = await create(body, requestId);
    expect(first.status).toBe(201);
    for (const again of [
      await create(body, `"${requestId}"`),
      await create({ ...body, requestId }, requestId),
      await post(operator, '/events', { ...body, requestId }),
    ]) {
      expect([again.status, again.data, replayed(again)]).toEqual([200, first.data, 'true']);
    }
    for (const [payload, key] of [
      [{ ...body, requestId }, 'another'],
      [body, 'a b'],
      [body, ''],
      [body, `${requestId}, ${requestId}`],
      [body, 'r'.repeat(101)],
      [body, '"r'],
    ] as const) {
      expect(await create(payload, key)).toEqual(invalidOf('Idempotency-Key'));
    }
    expect(await create({ ...body, requestId: 7 }, '7')).toEqual(invalidOf('Idempotency-Key'));
  });
});

it('documents Idempotency-Key where a body has a requestId, and nowhere else', async () => {
  const { paths, components } = (await send(service.app, { path: '/api-docs.json' })).body as {
    paths: Record<string, { post?: { parameters?: { name: string }[] } }>;
    components: { schemas: Record<string, { oneOf?: { required?: string[] }[] }> };
  };
  const documented = Object.entries(paths)
    .filter(([, { post: operation }]) => operation?.parameters?.some(({ name }) => name === 'Idempotency-Key'))
    .map(([path]) => path);
  expect(documented.sort()).toEqual(['/events', '/events/{eventId}/claims', '/events/{eventId}/clone']);
  expect(components.schemas.ClaimBody?.oneOf?.map(({ required }) => required)).toEqual([
    ['rewardName', 'amount'],
    ['rewardName', 'all'],
  ]);
});

/** Builds the domain events of a published sample event and of a player who takes part in it. */
const newStory = (route: string) => {
  const [eventId, player] = [randomUUID(), newAccount('USER')];
  const { created, added, published } = factsOfEvent(eventId);
  const event = [created(), added(ELIXIR), added(SAUNA), published()];
  return { eventId, player, event, path: `/events/${eventId}/${route}`, ...factsOfParticipation(eventId, player.accountId) };
};

const commandRefused = (eventId: string, command: string, code: string, details: object = {}) => ({
  type: 'CommandRefused',
  data: { eventId, command, code, details, at: expect.any(String) as string },
});

describe('running an event', () => {
  it('adds rewards to a draft and publishes it', async () => {
    const { data: draft } = await post(operator, '/events', newEvent({ publish: false, rewards: [] }));
    const url = `/events/${draft.eventId}`;
    expect(await post(operator, `${url}/publish`)).toEqual(problemOf(409, 'NO_REWARDS'));
    expect(await post(operator, `${url}/rewards`, potion)).toEqual(dataOf(201, eventOf({ status: 'DRAFT', rewards: [potion] })));
    expect(await post(operator, `${url}/rewards`, potion)).toEqual(problemOf(409, 'REWARD_EXISTS', { rewardName: potion.name }));
    expect(await post(operator, `${url}/publish`, {})).toEqual(dataOf(200, eventOf({ rewards: [potion] })));
    expect(await post(operator, `${url}/publish`)).toEqual(problemOf(409, 'WRONG_STATE', { state: 'ACTIVE' }));
    expect(await post(operator, `${url}/rewards`, gem)).toEqual(problemOf(409, 'WRONG_STATE', { state: 'ACTIVE' }));
    expect(await factsOf(streams.refusals(streams.rewardEvent(draft.eventId)))).toEqual([
      commandRefused(draft.eventId, 'PublishRewardEvent', 'NO_REWARDS'),
      commandRefused(draft.eventId, 'AddReward', 'REWARD_EXISTS', { rewardName: potion.name }),
      commandRefused(draft.eventId, 'PublishRewardEvent', 'WRONG_STATE', { state: 'ACTIVE' }),
      commandRefused(draft.eventId, 'AddReward', 'WRONG_STATE', { state: 'ACTIVE' }),
    ]);
  });

  it('rejects body fields on a route without a body', async () => {
    const { data } = await post(operator, '/events', newEvent({ publish: false }));
    expect(await post(operator, `/events/${data.eventId}/publish`, { now: true })).toEqual(invalidOf('now'));
  });

  it.each([randomUUID(), 'nothing', '%EA%B7%B9'])('responds with 404 for the unknown event %s', async (eventId) => {
    for (const [caller, path, body] of [
      [operator, 'publish', undefined],
      [operator, 'rewards', potion],
      [newAccount('USER'), 'completion', undefined],
      [newAccount('USER'), 'claims', { requestId: 'r', rewardName: 'x', amount: 1 }],
    ] as const) {
      expect(await post(caller, `/events/${eventId}/${path}`, body)).toEqual(problemOf(404, 'NOT_FOUND'));
    }
  });

  it('checks in the order path, 401, 403, size and shape, 404', async () => {
    const player = newAccount('USER');
    expect((await post(null, '/events//publish')).status).toBe(400);
    expect((await post(null, `/events/${randomUUID()}/publish`, 'nonsense')).status).toBe(401);
    expect((await post(player, `/events/${randomUUID()}/publish`, 'nonsense')).status).toBe(403);
    expect((await post(operator, `/events/${randomUUID()}/rewards`, ' '.repeat(70_000))).status).toBe(413);
    expect((await post(operator, '/events', ' '.repeat(262_144))).status).toBe(400);
    expect((await post(operator, '/events', ' '.repeat(262_145))).status).toBe(413);
    expect((await post(operator, `/events/${randomUUID()}/rewards`, {})).status).toBe(400);
    expect((await post(operator, `/events/${randomUUID()}/rewards`, potion)).status).toBe(404);
    expect(
      (await send(service.app, { path: '/events', as: operator, headers: { 'content-type': 'text/plain' }, body: 'x' })).status,
    ).toBe(415);
    expect((await send(service.app, { path: `/events/${randomUUID()}/claims`, as: player })).status).toBe(405);
    expect((await post(player, '/nowhere')).status).toBe(404);
    expect((await post(null, '/nowhere')).status).toBe(401);
  });
});

describe('completing', () => {
  const now = '2026-11-08T00:00:00.000Z';
  beforeEach(() => stopClock(now));

  it('is accepted once the condition is met', async () => {
    const { eventId, player, event, path, started, counted, completed } = newStory('completion');
    await given(...event, started(), counted(1), counted(2), counted(3))
      .when({ method: 'POST', path, as: player })
      .thenResponds(
        dataOf(
          200,
          {
            eventId,
            cycle: null,
            milestone: 3,
            status: 'COMPLETED',
            completedAt: now,
            rewards: [ELIXIR, SAUNA].map(rewardResponse),
          },
          { 'x-position': A_POSITION },
        ),
        completed([ELIXIR, SAUNA], now),
      );
  });

  it('returns the same response to a repeated request, and records nothing', async () => {
    const { eventId, player, event, path, started, counted, completed, claimed } = newStory('completion');
    await given(
      ...event,
      started(),
      counted(1),
      counted(2),
      counted(3),
      completed(),
      claimed(20, ELIXIR, { claimed: 20, remaining: 80 }),
    )
      .when({ path, as: player, body: {} })
      .thenResponds(
        dataOf(
          200,
          {
            eventId,
            cycle: null,
            milestone: 3,
            status: 'COMPLETED',
            completedAt: '2026-11-05T00:00:00.000Z',
            rewards: [ELIXIR, SAUNA].map(rewardResponse),
          },
          { 'x-position': undefined },
        ),
      );
  });

  it.each([
    ['no login', 0],
    ['one login', 1],
  ])('is rejected after %s', async (_name, progress) => {
    const { player, event, path, started, counted, completionRefused } = newStory('completion');
    await given(...event, ...(progress === 0 ? [] : [started(), counted(1)]))
      .when({ method: 'POST', path, as: player })
      .thenResponds(
        problemOf(409, 'CONDITION_NOT_MET', { progress, required: 3 }, { 'x-position': A_POSITION }),
        completionRefused({ details: { progress, required: 3 }, at: now }),
      );
  });

  it.each([
    ['before the start', '2026-10-15T00:00:00.000Z', 'EVENT_NOT_OPEN', { state: 'SCHEDULED' }],
    ['after claimsUntil', '2026-12-15T00:00:00.000Z', 'CLAIMS_CLOSED', { claimsUntil: '2026-12-15T00:00:00.000Z' }],
  ])('is rejected %s', async (_name, at, code, details) => {
    stopClock(at);
    const { player, event, path, completionRefused } = newStory('completion');
    await given(...event)
      .when({ method: 'POST', path, as: player })
      .thenResponds(problemOf(409, code, details), completionRefused({ code, details, at }));
  });

  it('is accepted after the end of the event until claimsUntil', async () => {
    const at = '2026-12-14T23:59:59.999Z';
    stopClock(at);
    const { eventId, player, event, path, started, counted, completed } = newStory('completion');
    await given(...event, started(), counted(1), counted(2), counted(3))
      .when({ method: 'POST', path, as: player })
      .thenResponds(
        dataOf(200, {
          eventId,
          cycle: null,
          milestone: 3,
          status: 'COMPLETED',
          completedAt: at,
          rewards: [ELIXIR, SAUNA].map(rewardResponse),
        }),
        completed([ELIXIR, SAUNA], at),
      );
  });

  it('hides drafts from players, not from operators', async () => {
    const { eventId, player, event, path } = newStory('completion');
    const draft = event.filter(({ event: { type } }) => type !== 'RewardEventPublished');
    await given(...draft)
      .when({ method: 'POST', path, as: player })
      .thenResponds(problemOf(404, 'NOT_FOUND'));
    const details = { state: 'DRAFT' };
    await given()
      .when({ method: 'POST', path, as: operator })
      .thenResponds(
        problemOf(409, 'EVENT_NOT_OPEN', details),
        factsOfParticipation(eventId, operator.accountId).completionRefused({ code: 'EVENT_NOT_OPEN', details, at: now }),
      );
  });
});

describe('claiming', () => {
  const now = '2026-11-08T00:00:00.000Z';
  const newWinner = () => {
    const story = newStory('claims');
    const { event, started, counted, completed } = story;
    return { ...story, history: [...event, started(), counted(1), counted(2), counted(3), completed()] };
  };
  beforeEach(() => stopClock(now));

  it.each([
    ['a part of a reward', { amount: 20 }, ELIXIR, { amount: 20, claimed: 20, remaining: 80 }],
    ['all of a reward', { all: true }, SAUNA, { amount: 5, claimed: 5, remaining: 0 }],
    [
      'a reward named in another normal form',
      { rewardName: ELIXIR.name.normalize('NFD'), amount: 1 },
      ELIXIR,
      { amount: 1, claimed: 1, remaining: 99 },
    ],
  ])('grants %s', async (_name, request, reward, units) => {
    const { eventId, player, history, path, claimed } = newWinner();
    const requested = 'all' in request ? 'all' : units.amount;
    const claimId = claimIdOf({ eventId, accountId: player.accountId, requestId: 'r1' });
    await given(...history)
      .when({ path, as: player, body: { requestId: 'r1', rewardName: reward.name, ...request } })
      .thenResponds(
        dataOf(
          201,
          { ...claimOf(eventId, 'r1', reward, units), claimId, claimedAt: now },
          { location: `/claims/${claimId}`, 'x-position': A_POSITION, 'idempotent-replayed': undefined },
        ),
        claimed(units.amount, reward, { ...units, requestId: 'r1', requested, at: now }),
      );
  });

  it('adds to the amount that was claimed before', async () => {
    const { eventId, player, history, path, claimed } = newWinner();
    const units = { amount: 10, claimed: 30, remaining: 70 };
    await given(...history, claimed(20, ELIXIR, { claimed: 20, remaining: 80 }))
      .when({ path, as: player, body: { requestId: 'r2', rewardName: ELIXIR.name, amount: 10 } })
      .thenResponds(
        dataOf(201, claimOf(eventId, 'r2', ELIXIR, units)),
        claimed(10, ELIXIR, { ...units, requestId: 'r2', at: now }),
      );
  });

  it('returns the first response to a repeated request, even after claims are closed', async () => {
    stopClock('2027-01-01T00:00:00.000Z');
    const { eventId, player, history, path, claimed } = newWinner();
    const first = claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: 'r1' });
    await given(...history, first, claimed(10, ELIXIR, { claimed: 30, remaining: 70, requestId: 'r2' }))
      .when({ path, as: player, body: { requestId: 'r1', rewardName: ELIXIR.name, amount: 20 } })
      .thenResponds(
        dataOf(
          200,
          {
            ...claimOf(eventId, 'r1', ELIXIR, { amount: 20, claimed: 20, remaining: 80 }),
            claimedAt: '2026-11-06T00:00:00.000Z',
          },
          { 'idempotent-replayed': 'true', 'x-position': undefined },
        ),
      );
  });

  it.each<[string, number, string, object, object, Partial<Reward>]>([
    [
      'another request with the same requestId',
      422,
      'REQUEST_ID_REUSED',
      { requestId: 'r1', rewardName: ELIXIR.name, amount: 21 },
      {},
      ELIXIR,
    ],
    [
      'more than remains',
      409,
      'INSUFFICIENT_REMAINING',
      { requestId: 'r2', rewardName: ELIXIR.name, amount: 81 },
      { remaining: 80 },
      ELIXIR,
    ],
    [
      'all of a reward that was claimed completely',
      409,
      'INSUFFICIENT_REMAINING',
      { requestId: 'r2', rewardName: SAUNA.name, all: true },
      { remaining: 0 },
      SAUNA,
    ],
    [
      'an unknown reward',
      404,
      'NO_SUCH_REWARD',
      { requestId: 'r2', rewardName: '없는 보상', amount: 1 },
      {},
      { name: '없는 보상' },
    ],
    [
      'the same requestId with a target',
      422,
      'REQUEST_ID_REUSED',
      { requestId: 'r1', rewardName: ELIXIR.name, amount: 20, target: '루나/아델' },
      {},
      ELIXIR,
    ],
  ])('rejects %s', async (_name, status, code, body, details, { name, type = null as never }) => {
    const { player, history, path, claimed, claimRefused } = newWinner();
    const before = [
      claimed(20, ELIXIR, { claimed: 20, remaining: 80, requestId: 'r1' }),
      claimed(5, SAUNA, { claimed: 5, remaining: 0, requestId: 's1' }),
    ];
    const { requestId, amount = 'all', ...request } = body as { requestId: string; amount?: number; target?: string };
    const target = request.target === undefined ? {} : { target: request.target };
    await given(...history, ...before)
      .when({ path, as: player, body })
      .thenResponds(
        problemOf(status, code, details, { 'x-position': A_POSITION }),
        claimRefused({ requestId, requested: amount, rewardName: name, type, ...target, code, details, at: now } as never),
      );
  });

  it('is rejected when claims are closed', async () => {
    const at = '2026-12-15T00:00:00.000Z';
    stopClock(at);
    const { player, history, path, claimRefused } = newWinner();
    await given(...history)
      .when({ path, as: player, body: { requestId: 'r1', rewardName: SAUNA.name, amount: 1 } })
      .thenResponds(
        problemOf(409, 'CLAIMS_CLOSED', { claimsUntil: at }),
        claimRefused({
          ...{ requestId: 'r1', requested: 1, rewardName: SAUNA.name, type: SAUNA.type },
          ...{ code: 'CLAIMS_CLOSED', details: { claimsUntil: at }, at },
        }),
      );
  });

  it.each([0, 3])('is rejected before the completion, with %i logins', async (progress) => {
    const { player, event, path, started, counted, claimRefused } = newStory('claims');
    const logins = Array.from({ length: progress }, (_, index) => counted(index + 1));
    const details = { progress, required: 3 };
    await given(...event, ...(progress === 0 ? [] : [started(), ...logins]))
      .when({ path, as: player, body: { requestId: 'r1', rewardName: ELIXIR.name, amount: 1 } })
      .thenResponds(
        problemOf(409, 'NOT_COMPLETED', details),
        claimRefused({ requestId: 'r1', requested: 1, code: 'NOT_COMPLETED', details, at: now }),
      );
  });

  it('accepts Idempotency-Key instead of a requestId in the body', async () => {
    const { eventId, player, history, path, claimed } = newWinner();
    const body = { rewardName: ELIXIR.name, amount: 20 };
    const units = { amount: 20, claimed: 20, remaining: 80 };
    const keyed = (content: object) => ({ path, as: player, body: content, headers: { 'idempotency-key': 'r1' } });
    const first = await given(...history)
      .when(keyed(body))
      .thenResponds(
        dataOf(201, claimOf(eventId, 'r1', ELIXIR, units)),
        claimed(20, ELIXIR, { ...units, requestId: 'r1', at: now }),
      );
    await given()
      .when(keyed(body))
      .thenResponds(dataOf(200, first.data, { 'idempotent-replayed': 'true' }));
    await given()
      .when(keyed({ ...body, requestId: 'r2' }))
      .thenResponds(invalidOf('Idempotency-Key'));
    await given().when({ path, as: player, body }).thenResponds(invalidOf('requestId'));
  });

  it.each<[string, unknown, string]>([
    ['a reward name with a slash', { requestId: 'r', rewardName: 'a/b', amount: 1 }, 'rewardName'],
    ['a reward name that is a dot segment', { requestId: 'r', rewardName: '..', amount: 1 }, 'rewardName'],
    ['an invisible reward name', { requestId: 'r', rewardName: '\u{e0041}', amount: 1 }, 'rewardName'],
    ['an amount that only rounds to an integer', '{"requestId":"r","rewardName":"x","amount":1.00000000000000000001}', 'amount'],
    ['an amount twice', '{"requestId":"r","rewardName":"x","amount":1,"amount":100}', 'amount'],
    ['a list of claims', [{ requestId: 'r', rewardName: 'x', amount: 1 }], 'body'],
    ['several rewards in one request', { requestId: 'r', rewards: [{ rewardName: 'x', amount: 1 }] }, 'rewards'],
    ['a list of reward names', { requestId: 'r', rewardName: ['x', 'y'], amount: 1 }, 'rewardName'],
    ['neither amount nor all', { requestId: 'r', rewardName: 'x' }, 'amount'],
    ['both amount and all', { requestId: 'r', rewardName: 'x', amount: 1, all: true }, 'amount'],
    ['all: false', { requestId: 'r', rewardName: 'x', all: false }, 'all'],
    ['a null amount', { requestId: 'r', rewardName: 'x', amount: null, all: true }, 'amount'],
    ['a negative amount', { requestId: 'r', rewardName: 'x', amount: -1 }, 'amount'],
    ['an amount with an exponent', '{"requestId":"r","rewardName":"x","amount":1e400}', 'amount'],
    ['an empty target', { requestId: 'r', rewardName: 'x', amount: 1, target: '' }, 'target'],
    ['a target of 129 characters', { requestId: 'r', rewardName: 'x', amount: 1, target: '가'.repeat(129) }, 'target'],
    ['a target with a line break', { requestId: 'r', rewardName: 'x', amount: 1, target: 'a\nb' }, 'target'],
    ['a milestone of 0', { requestId: 'r', rewardName: 'x', amount: 1, milestone: 0 }, 'milestone'],
    ['a milestone as text', { requestId: 'r', rewardName: 'x', amount: 1, milestone: '3' }, 'milestone'],
    ['a null milestone', { requestId: 'r', rewardName: 'x', amount: 1, milestone: null }, 'milestone'],
    ['a cycle that is no date', { requestId: 'r', rewardName: 'x', amount: 1, cycle: '2026-02-30' }, 'cycle'],
    ['a cycle with a time', { requestId: 'r', rewardName: 'x', amount: 1, cycle: '2026-11-23T00:00:00Z' }, 'cycle'],
    ['a null cycle', { requestId: 'r', rewardName: 'x', amount: 1, cycle: null }, 'cycle'],
    ['a requestId of an automatic claim', { requestId: 'auto:3:x', rewardName: 'x', amount: 1 }, 'requestId'],
    ['no requestId', { rewardName: 'x', amount: 1 }, 'requestId'],
    ['a requestId of 101 characters', { requestId: 'r'.repeat(101), rewardName: 'x', amount: 1 }, 'requestId'],
    ['a query operator', { requestId: { $gt: '' }, rewardName: 'x', amount: 1 }, 'requestId'],
    ['deep nesting', `{"requestId":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'body'],
  ])('rejects %s', async (_, payload, field) => {
    const { status, body } = await post(newAccount('USER'), `/events/${randomUUID()}/claims`, payload);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.errors?.map((error: FieldError) => error.field)).toContain(field);
  });
});

describe('a rejection', () => {
  // The number of recorded rejections is limited for each account.
  const staff = newAccount('OPERATOR');
  const titleOf = (body: Record<string, unknown>) => String(body.title);
  const detailOf = async (answer: ReturnType<typeof post>) => {
    const { body } = await answer;
    expect(body.detail).not.toBe(`${titleOf(body)}.`);
    return body.detail;
  };

  it('explains in its detail what is wrong with this request', async () => {
    const eventId = await createEvent();
    const url = `/events/${eventId}`;
    const player = newAccount('USER');
    const one = (requestId: string, body: object) => detailOf(claim(player, eventId, { requestId, ...body }));
    await logIn(eventId, player, 1);
    expect(await detailOf(post(player, `${url}/completion`))).toBe(
      'The progress is 1 of 3. Complete the event once the condition is met.',
    );
    expect(await one('r', { rewardName: potion.name, amount: 1 })).toBe(
      'The progress is 1 of 3, so the event cannot be completed yet.',
    );
    await logIn(eventId, player, 2);
    expect(await one('r', { rewardName: potion.name, amount: 1 })).toContain('Complete the event with POST');
    await post(player, `${url}/completion`);
    await claim(player, eventId, { requestId: 'r1', rewardName: potion.name, amount: 20 });
    expect(await one('r2', { rewardName: potion.name, amount: 81 })).toBe('81 units were requested but only 80 remain.');
    await claim(player, eventId, { requestId: 'r3', rewardName: potion.name, amount: 79 });
    expect(await one('r4', { rewardName: potion.name, amount: 2 })).toBe('2 units were requested but only 1 remains.');
    await claim(player, eventId, { requestId: 'r5', rewardName: potion.name, all: true });
    expect(await one('r6', { rewardName: potion.name, amount: 1 })).toBe('1 unit was requested but none remain.');
    expect(await one('r6', { rewardName: potion.name, all: true })).toBe(
      `All units of "${potion.name}" have already been claimed.`,
    );
    expect(await one('r1', { rewardName: gem.name, amount: 1 })).toContain('The requestId "r1" belongs to an earlier request');
    expect(await one('r7', { rewardName: '비약', amount: 1 })).toBe('The event has no reward named "비약".');
    expect(await detailOf(post(staff, `${url}/publish`))).toBe('The event is ACTIVE, so it cannot be published.');
    expect(await detailOf(post(staff, `${url}/rewards`, potion))).toBe('The event is ACTIVE, so it cannot have rewards added.');
    expect(await detailOf(post(staff, `${url}/change`, { timeZone: 'UTC', dayStartsAt: '05:00' }))).toBe(
      'The event is ACTIVE, so timeZone, dayStartsAt can no longer be changed.',
    );
    expect(await detailOf(post(staff, `${url}/change`, {}, service, { 'if-match': '"0"' }))).toContain(
      'If-Match does not contain "4"',
    );
    expect(await detailOf(post(staff, `${url}/rewards/x/change`, { amount: 1 }))).toContain('has no reward named "x"');
    await post(staff, `${url}/pause`);
    const paused = () => claim(player, eventId, { requestId: randomUUID(), rewardName: gem.name, amount: 1 });
    await until(
      'the pause to reach the catalogue',
      async () => (await paused()).body.code,
      (value) => value === 'EVENT_NOT_OPEN',
    );
    expect(await detailOf(paused())).toContain('The event is PAUSED.');
    await post(staff, `${url}/resume`);
    advanceClock(40 * 24 * HOUR);
    expect(await one('r9', { rewardName: gem.name, amount: 1 })).toMatch(/^Claims were accepted until 20.*Z\.$/);
    expect(await detailOf(post(staff, `/events/${randomUUID()}/publish`))).toContain('No event has the id');
    expect(await detailOf(post(staff, '/events/7/publish'))).toContain('The path contains "7"');
    expect(await detailOf(post(staff, '/nowhere'))).toContain('No route matches POST /nowhere');
    expect(await detailOf(post(player, '/events', {}))).toBe('This route needs the role OPERATOR or ADMIN. Your token has USER.');
    expect(await detailOf(post(player, `${url}`, {}))).toContain('not POST');
    expect(await detailOf(post(null, `${url}/claims`, {}))).toContain('Log in');
  });

  it('explains what to do before a draft can be published', async () => {
    const { data } = await post(staff, '/events', newEvent({ rewards: [], publish: false }));
    const url = `/events/${data.eventId}`;
    expect(await detailOf(post(staff, `${url}/publish`))).toContain('Add at least one reward');
    await post(staff, `${url}/rewards`, potion);
    expect(await detailOf(post(staff, `${url}/rewards`, potion))).toContain(`A reward named "${potion.name}" already exists`);
    advanceClock(25 * HOUR);
    expect(await detailOf(post(staff, `${url}/publish`))).toBe(
      `The event ended at ${data.endsAt}. Set a later endsAt before you publish it.`,
    );
  });

  it.each<[string, string, string]>([
    ['truncated JSON', '{"requestId":"r', 'The body is not complete JSON: it ends at character 15'],
    [
      'a list of claims',
      '[{"requestId":"r"}]',
      'The body must be a JSON object, not a list: a request claims one reward, so send one request for each reward',
    ],
    ['a body that is not JSON', 'hello', 'The body is not JSON: "h" is unexpected at character 1'],
  ])('explains what is wrong with %s', async (_, payload, detail) => {
    expect(await detailOf(post(newAccount('USER'), `/events/${randomUUID()}/claims`, payload))).toBe(detail);
  });

  it('is recorded in a burst of 30 for each account, and is 429 without a record after that', async () => {
    const [eventId, otherId] = [await createEvent(), await createEvent()];
    const [player, other] = [newAccount('USER'), newAccount('USER')];
    const before = await countRecorded('refusals-');
    const complete = (who: typeof player, id: string) => post(who, `/events/${id}/completion`);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => complete(player, index % 2 ? eventId : otherId)));
    const recorded = answers.filter(({ status }) => status === 409);
    const limited = answers.filter(({ status }) => status === 429);
    // For every six seconds that this takes, one more is recorded.
    expect(recorded.length).toBeGreaterThanOrEqual(30);
    expect([limited.length > 0, recorded.length + limited.length]).toEqual([true, 40]);
    expect(await countRecorded('refusals-')).toBe(before + recorded.length);
    for (const { body, headers } of limited) {
      expect([body.code, headers['retry-after'], headers['x-position']]).toEqual([
        'RATE_LIMITED',
        expect.stringMatching(/^[1-6]$/),
        undefined,
      ]);
    }
    expect(await complete(other, eventId)).toEqual(problemOf(409, 'CONDITION_NOT_MET', { progress: 0, required: 3 }));
    // Granted requests, and rejections that are not recorded, do not count towards the limit.
    expect(await complete(player, randomUUID())).toEqual(problemOf(404, 'NOT_FOUND'));
    expect((await post(player, `/events/${eventId}/claims`, {})).body.code).toBe('VALIDATION_FAILED');
    await logIn(eventId, player);
    expect((await complete(player, eventId)).status).toBe(200);
    const request = { requestId: 'r', rewardName: potion.name, amount: 1 };
    expect((await claim(player, eventId, request)).status).toBe(201);
    expect((await claim(player, eventId, request)).status).toBe(200);
  });

  it('is limited for operators as well', async () => {
    const impatient = newAccount('OPERATOR');
    const eventId = await createEvent();
    const answers = await Promise.all(Array.from({ length: 40 }, () => post(impatient, `/events/${eventId}/publish`)));
    const recorded = answers.filter(({ status }) => status === 409);
    expect([recorded.length >= 30, new Set(answers.map(({ status }) => status))]).toEqual([true, new Set([409, 429])]);
    expect(await factsOf(streams.refusals(streams.rewardEvent(eventId)))).toHaveLength(recorded.length);
    expect((await post(impatient, `/events/${eventId}/pause`)).status).toBe(200);
  });
});

describe('contention', () => {
  const fire = (count: number, send: (index: number) => ReturnType<typeof claim>) =>
    Promise.all(Array.from({ length: count }, (_, index) => send(index)));
  const statuses = (answers: readonly { status: number }[]) => {
    const counts: Record<number, number> = {};
    for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
    return counts;
  };

  /** Counts outcomes. Rejections beyond the recorded ones of an account are 429. */
  const outcomes = (answers: readonly { status: number }[]) => {
    const { 201: grants = 0, 409: recorded = 0, 429: limited = 0, ...others } = statuses(answers);
    return { granted: grants, rejected: recorded + limited, ...others };
  };

  it('grants exactly 100 of 300 concurrent claims of one unit on a reward of 100', async () => {
    const eventId = await createEvent();
    const player = await newCompleted(eventId);
    const answers = await fire(300, (index) =>
      claim(player, eventId, { requestId: `r${index}`, rewardName: potion.name, amount: 1 }),
    );
    expect(outcomes(answers)).toEqual({ granted: 100, rejected: 200 });
    expect(await granted(eventId, player, potion.name)).toBe(100);
  });

  it.each([
    ['with the queue', true],
    ['without the queue', false],
  ])('grants exactly as many when two services share the files, %s', async (_, queue) => {
    const [one, two] = await Promise.all([start({ streams: { queue } }), start({ streams: { queue } })]);
    try {
      const eventId = await createEvent();
      const player = await newCompleted(eventId);
      const sendPatiently = async (index: number): ReturnType<typeof claim> => {
        const answer = await claim(
          player,
          eventId,
          { requestId: `r${index}`, rewardName: potion.name, amount: 1 },
          index % 2 ? one : two,
        );
        return answer.status === 503 ? sendPatiently(index) : answer;
      };
      await until(
        'command-service to be ready',
        async () => (await send(one.app, { path: '/health/ready' })).status,
        (value) => value === 200,
      );
      await until(
        'command-service to be ready',
        async () => (await send(two.app, { path: '/health/ready' })).status,
        (value) => value === 200,
      );
      expect(outcomes(await fire(300, sendPatiently))).toEqual({ granted: 100, rejected: 200 });
      expect(await granted(eventId, player, potion.name)).toBe(100);
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  it('grants one of 60 copies of a request to two services, and responds to all with that grant', async () => {
    const other = await start();
    try {
      const eventId = await createEvent();
      const player = await newCompleted(eventId);
      await until(
        'command-service to be ready',
        async () => (await send(other.app, { path: '/health/ready' })).status,
        (value) => value === 200,
      );
      const request = { requestId: 'same', rewardName: potion.name, amount: 20 };
      const answers = await fire(60, (index) => claim(player, eventId, request, index % 2 ? service : other));
      expect(statuses(answers)).toEqual({ 200: 59, 201: 1 });
      expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
      expect(await granted(eventId, player, potion.name)).toBe(20);
    } finally {
      await other.close();
    }
  });

  it('accepts a completion whose last login another process counted, despite a stale cache', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    await logIn(eventId, player, 2);
    // This service now has two logins in its cache.
    expect(await post(player, `/events/${eventId}/completion`)).toEqual(
      problemOf(409, 'CONDITION_NOT_MET', { progress: 2, required: 3 }),
    );
    const writer = openEventStore(settings, 'write');
    const metadata = { schemaVersion: 1, correlationId: 'c', causationId: null, actor: { service: 'another' }, at: iso(0) };
    const data = {
      eventId,
      accountId: player.accountId,
      loginId: randomUUID(),
      at: iso(0),
      day: '2026-03-01',
      progress: 3,
      conditionMet: true,
    };
    await writer.append(streams.participation(eventId, player.accountId), 2, [
      { id: randomUUID(), type: 'LoginCounted', data, metadata },
    ]);
    await writer.close();
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
  });
});

describe('intake', () => {
  it('counts a login once, even if its message arrives repeatedly', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const loginId = randomUUID();
    const at = iso(0);
    const message = {
      messageId: loginId,
      event: { type: 'LoggedIn', data: { loginId, accountId: player.accountId, at } },
      actor: { accountId: player.accountId, roles: player.roles },
      correlationId: 'c',
    };
    const copies = Array.from({ length: 5 }, () => ({ key: player.accountId, value: JSON.stringify(message) }));
    await bus.publish('logins', copies);
    await publishLogin(player);
    await until(
      '2 counted logins',
      async () => await readProgress(eventId, player),
      (value) => value === 2,
    );
    expect((await factsOf(streams.login(player.accountId, at))).filter(({ data }) => data.loginId === loginId)).toHaveLength(1);
  });

  it('judges a login by its own time', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    await publishLogin(player, iso(-2 * HOUR));
    await publishLogin(player, iso(-HOUR / 2));
    await until(
      '1 counted login',
      async () => await readProgress(eventId, player),
      (value) => value === 1,
    );
    await logIn(eventId, player, 2);
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
  });

  it('records a malformed message as a dead letter, and continues with the next', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const poison = ['not json', '{}', JSON.stringify({ messageId: randomUUID(), event: { type: 'LoggedIn', data: {} } })];
    await bus.publish(
      'logins',
      poison.map((value) => ({ key: player.accountId, value })),
    );
    await logIn(eventId, player, 3);
    const deadLetters: string[] = [];
    for await (const batch of store.subscribe({ after: START, prefixes: ['deadLetter-'] })) {
      deadLetters.push(...batch.events.map(({ data }) => (data as { payload: string }).payload));
      if (batch.caughtUp) break;
    }
    expect(deadLetters).toEqual(poison);
  });

  it('records the facts about accounts once', async () => {
    const { accountId } = newAccount('USER');
    const actor = { accountId, roles: ['USER'] };
    const messageId = randomUUID();
    const message = {
      messageId,
      event: { type: 'AccountRegistered', data: { accountId, roles: ['USER'], at: iso(0) } },
      actor,
      correlationId: 'c',
    };
    const erased = { ...message, messageId: randomUUID(), event: { type: 'AccountErased', data: { accountId, at: iso(0) } } };
    await bus.publish(
      'accounts',
      [message, message, erased].map((value) => ({ key: accountId, value: JSON.stringify(value) })),
    );
    await until(
      'two events of the account',
      async () => (await factsOf(streams.account(accountId))).length,
      (value) => value >= 2,
    );
    expect((await factsOf(streams.account(accountId))).map(({ type, data }) => [type, data.messageId])).toEqual([
      ['AccountRegistered', messageId],
      ['AccountErased', erased.messageId],
    ]);
  });
});
