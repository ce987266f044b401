import { randomUUID } from 'node:crypto';
import { START, streams } from '@rewards/contracts';
import { claimIdOf } from '@rewards/service-kit/derived-id';
import { openEventStore } from '@rewards/service-kit/engines';
import {
  HOUR,
  advanceClock,
  bus,
  claim,
  createEvent,
  factsOf,
  gem,
  granted,
  iso,
  logIn,
  newAccount,
  newCompleted,
  newEligible,
  newEvent,
  operator,
  post,
  potion,
  progressOf,
  publishLogin,
  sauna,
  service,
  settings,
  start,
  store,
  until,
  useCommandService,
} from './harness';

useCommandService();

/** How many facts there are in streams of these prefixes. */
const countRecorded = async (...prefixes: string[]): Promise<number> => {
  let count = 0;
  for await (const batch of store.subscribe({ after: START, prefixes })) {
    count += batch.events.length;
    if (batch.caughtUp) break;
  }
  return count;
};

describe('creating an event', () => {
  it('answers the event, its revision and its position', async () => {
    const { status, data, headers } = await post(operator, '/events', newEvent({ publish: false }));
    expect(status).toBe(201);
    expect(data).toMatchObject({
      name: '접속 이벤트',
      description: '',
      status: 'DRAFT',
      timeZone: 'Asia/Seoul',
      dayStartsAt: '00:00',
      condition: { type: 'LOGIN_COUNT', count: 3 },
      rewards: [potion, gem, sauna],
      termsVersion: 1,
      createdBy: operator.accountId,
    });
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
    expect(await post(operator, `${url}/change`, { amount: 7 })).toMatchObject({
      status: 200,
      data: { rewards: [{ amount: 7 }] },
    });
    expect(await post(operator, `${url}/withdraw`)).toMatchObject({ status: 200, data: { rewards: [] } });
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
    ['a name that nobody sees', newEvent({ name: '\u200b\u3164\ufe0f' }), 'name'],
    ['a name that turns the line around', newEvent({ name: 'a\u202eb' }), 'name'],
    ['a reward that nobody sees', newEvent({ rewards: [{ ...potion, name: '\u2800' }] }), 'rewards.0.name'],
    ['a description that turns the line around', newEvent({ description: '\u2067x' }), 'description'],
    ['a day that begins at 24:00', newEvent({ dayStartsAt: '24:00' }), 'dayStartsAt'],
    ['a publication of what nobody can complete', newEvent({ condition: { type: 'LOGIN_DAYS', count: 300 } }), 'condition.count'],
    ['no such day', newEvent({ startsAt: '2026-02-30T00:00:00Z' }), 'startsAt'],
    ['a time without its offset', newEvent({ startsAt: '2026-02-20T00:00:00' }), 'startsAt'],
    ['an end before the start', newEvent({ endsAt: iso(-2 * HOUR) }), 'endsAt'],
    ['claims that end before the event', newEvent({ claimsUntil: iso(HOUR) }), 'claimsUntil'],
    ['an unknown zone', newEvent({ timeZone: 'Mars/Olympus' }), 'timeZone'],
    ['a null zone', newEvent({ timeZone: null }), 'timeZone'],
    ['an unknown condition', newEvent({ condition: { type: 'LUCK', count: 3 } }), 'condition.type'],
    ['a count of 0', newEvent({ condition: { type: 'LOGIN_COUNT', count: 0 } }), 'condition.count'],
    ['a count in words', newEvent({ condition: { type: 'LOGIN_COUNT', count: '3' } }), 'condition.count'],
    ['a condition in a list', newEvent({ condition: [{ type: 'LOGIN_COUNT', count: 3 }] }), 'condition'],
    ['rewards of one name', newEvent({ rewards: [potion, potion] }), 'rewards'],
    ['a reward that fits in no path', newEvent({ rewards: [{ ...potion, name: '50/50' }] }), 'rewards.0.name'],
    ['a reward called ..', newEvent({ rewards: [{ ...potion, name: '..' }] }), 'rewards.0.name'],
    ['21 rewards', newEvent({ rewards: Array.from({ length: 21 }, (_, index) => ({ ...potion, name: `${index}` })) }), 'rewards'],
    ['a null reward', newEvent({ rewards: [null] }), 'rewards'],
    ['an amount of 0', newEvent({ rewards: [{ ...potion, amount: 0 }] }), 'rewards.0.amount'],
    ['an amount over the limit', newEvent({ rewards: [{ ...potion, amount: 1_000_000_001 }] }), 'rewards.0.amount'],
    ['half an amount', newEvent({ rewards: [{ ...potion, amount: 1.5 }] }), 'rewards.0.amount'],
    ['an unknown reward type', newEvent({ rewards: [{ ...potion, type: 'MONEY' }] }), 'rewards.0.type'],
    ['a bad requestId', newEvent({ requestId: 'a b' }), 'requestId'],
  ])('refuses %s and stores nothing', async (_, payload, field) => {
    const before = await countRecorded('rewardEvent-', 'refusals-');
    const { status, body, headers } = await post(operator, '/events', payload);
    expect([status, body.code, headers['content-type']]).toEqual([
      400,
      'VALIDATION_FAILED',
      'application/problem+json; charset=utf-8',
    ]);
    expect(body.errors?.map((error) => error.field)).toContain(field);
    expect(await countRecorded('rewardEvent-', 'refusals-')).toBe(before);
  });
});

describe('a creation with a requestId', () => {
  const createRequest = (overrides: object = {}) =>
    newEvent({ requestId: `create-${randomUUID()}`, publish: false, ...overrides });
  const replayed = (answer: { headers: object }) => (answer.headers as Record<string, unknown>)['idempotent-replayed'];

  it('makes one event of twenty requests at once, and answers each with it', async () => {
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

  it('lets one of twenty different requests at once create, and refuses the others', async () => {
    const request = createRequest();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        post(operator, '/events', { ...request, rewards: [{ ...potion, amount: 1 + index }] }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(19).fill(422)]);
    expect(answers.find(({ status }) => status === 422)?.body.code).toBe('REQUEST_ID_REUSED');
  });

  it('gets the first answer again after the draft was changed and published', async () => {
    const request = createRequest();
    const first = await post(operator, '/events', request);
    const url = `/events/${first.data.eventId}`;
    await post(operator, `${url}/change`, { name: 'changed', rewards: [potion] });
    await post(operator, `${url}/rewards`, gem);
    await post(operator, `${url}/publish`);
    const again = await post(operator, '/events', request);
    expect([again.status, again.data, again.headers.etag, replayed(again)]).toEqual([200, first.data, '"3"', 'true']);
    expect(await post(operator, '/events', { ...request, publish: true })).toMatchObject({ status: 422 });
    expect(await post(operator, '/events', { ...request, name: 'changed' })).toMatchObject({ status: 422 });
  });

  it('gets the status of the first answer again, whatever the time', async () => {
    const request = createRequest({ publish: true });
    const first = await post(operator, '/events', request);
    advanceClock(25 * HOUR);
    expect(await post(operator, '/events', request)).toMatchObject({ status: 200, data: first.data });
  });

  it('is the same with its defaults filled in or left out, and in another normal form', async () => {
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
    expect(await post(operator, '/events', full)).toMatchObject({ status: 200, data: first.data });
    const { rewards: _rewards, publish: _publish, ...bare } = request;
    expect(await post(operator, '/events', bare)).toMatchObject({ status: 200, data: first.data });
  });

  it('belongs to one operator', async () => {
    const request = createRequest();
    const first = await post(operator, '/events', request);
    const other = await post(newAccount('OPERATOR'), '/events', request);
    expect([other.status, other.data.eventId === first.data.eventId]).toEqual([201, false]);
  });

  it('may be named by the header Idempotency-Key, bare or quoted, beside an equal requestId or none', async () => {
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
      expect(await create(payload, key)).toMatchObject({ status: 400, body: { errors: [{ field: 'Idempotency-Key' }] } });
    }
    expect(await create({ ...body, requestId: 7 }, '7')).toMatchObject({ status: 400 });
  });
});

it('documents Idempotency-Key where a body has a requestId, and nowhere else', async () => {
  const { paths, components } = (await service.app.inject('/api-docs.json')).json() as {
    paths: Record<string, { post?: { parameters?: { name: string }[] } }>;
    components: { schemas: Record<string, { required?: string[] }> };
  };
  const documented = Object.entries(paths)
    .filter(([, { post: operation }]) => operation?.parameters?.some(({ name }) => name === 'Idempotency-Key'))
    .map(([path]) => path);
  expect(documented.sort()).toEqual(['/events', '/events/{eventId}/claims', '/events/{eventId}/clone']);
  expect(components.schemas.ClaimBody?.required).toEqual(['rewardName']);
});

describe('running an event', () => {
  it('adds rewards to a draft and publishes it', async () => {
    const { data: draft } = await post(operator, '/events', newEvent({ publish: false, rewards: [] }));
    const url = `/events/${draft.eventId}`;
    expect(await post(operator, `${url}/publish`)).toMatchObject({ status: 409, body: { code: 'NO_REWARDS' } });
    expect(await post(operator, `${url}/rewards`, potion)).toMatchObject({ status: 201, data: { rewards: [potion] } });
    expect(await post(operator, `${url}/rewards`, potion)).toMatchObject({ status: 409, body: { code: 'REWARD_EXISTS' } });
    expect(await post(operator, `${url}/publish`, {})).toMatchObject({ status: 200, data: { status: 'ACTIVE' } });
    expect(await post(operator, `${url}/publish`)).toMatchObject({ status: 409, body: { code: 'WRONG_STATE', state: 'ACTIVE' } });
    expect(await post(operator, `${url}/rewards`, gem)).toMatchObject({
      status: 409,
      body: { code: 'WRONG_STATE', state: 'ACTIVE' },
    });
    expect(await factsOf(streams.refusals(streams.rewardEvent(draft.eventId)))).toMatchObject([
      { type: 'CommandRefused', data: { command: 'PublishRewardEvent', code: 'NO_REWARDS' } },
      { type: 'CommandRefused', data: { command: 'AddReward', code: 'REWARD_EXISTS' } },
      { type: 'CommandRefused', data: { command: 'PublishRewardEvent', code: 'WRONG_STATE' } },
      { type: 'CommandRefused', data: { command: 'AddReward', code: 'WRONG_STATE' } },
    ]);
  });

  it('takes no body where none is wanted', async () => {
    const { data } = await post(operator, '/events', newEvent({ publish: false }));
    expect(await post(operator, `/events/${data.eventId}/publish`, { now: true })).toMatchObject({
      status: 400,
      body: { errors: [{ field: 'now' }] },
    });
  });

  it.each([randomUUID(), 'nothing', '%EA%B7%B9'])('does not know the event %s', async (eventId) => {
    for (const [caller, path, body] of [
      [operator, 'publish', undefined],
      [operator, 'rewards', potion],
      [newAccount('USER'), 'completion', undefined],
      [newAccount('USER'), 'claims', { requestId: 'r', rewardName: 'x', amount: 1 }],
    ] as const) {
      expect(await post(caller, `/events/${eventId}/${path}`, body)).toMatchObject({ status: 404, body: { code: 'NOT_FOUND' } });
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
      (
        await service.app.inject({
          method: 'POST',
          url: '/events',
          headers: { authorization: `Bearer ${operator.accountId}`, 'content-type': 'text/plain' },
          payload: 'x',
        })
      ).statusCode,
    ).toBe(415);
    expect(
      (
        await service.app.inject({
          method: 'GET',
          url: `/events/${randomUUID()}/claims`,
          headers: { authorization: `Bearer ${player.accountId}` },
        })
      ).statusCode,
    ).toBe(405);
    expect((await post(player, '/nowhere')).status).toBe(404);
    expect((await post(null, '/nowhere')).status).toBe(401);
  });
});

describe('completing', () => {
  it('is refused before the condition is met, granted after, and answered alike again', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const url = `/events/${eventId}/completion`;
    expect(await post(player, url)).toMatchObject({ status: 409, body: { code: 'CONDITION_NOT_MET', progress: 0, required: 3 } });
    await logIn(eventId, player, 1);
    const refused = await post(player, url);
    expect(refused).toMatchObject({ status: 409, body: { code: 'CONDITION_NOT_MET', progress: 1, required: 3 } });
    expect(refused.headers['x-position']).toMatch(/^[0-9a-f]{48}$/);
    await logIn(eventId, player, 2);
    const first = await post(player, url, {});
    expect(first).toMatchObject({ status: 200, data: { eventId, status: 'COMPLETED', rewards: [potion, gem, sauna] } });
    await claim(player, eventId, { requestId: 'r1', rewardName: potion.name, amount: 20 });
    const again = await post(player, url);
    expect([again.status, again.data, again.headers['x-position']]).toEqual([200, first.data, undefined]);
    expect(
      (await factsOf(streams.refusals(streams.participation(eventId, player.accountId)))).map(({ type, data }) => [
        type,
        data.code,
      ]),
    ).toEqual([
      ['CompletionRefused', 'CONDITION_NOT_MET'],
      ['CompletionRefused', 'CONDITION_NOT_MET'],
    ]);
  });

  it('waits for the start and ends with the claims', async () => {
    const scheduled = await createEvent({ startsAt: iso(HOUR) });
    expect(await post(newAccount('USER'), `/events/${scheduled}/completion`)).toMatchObject({
      status: 409,
      body: { code: 'EVENT_NOT_OPEN' },
    });
    const eventId = await createEvent();
    const player = await newEligible(eventId);
    advanceClock(25 * HOUR);
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
    advanceClock(40 * 24 * HOUR);
    expect(await post(newAccount('USER'), `/events/${eventId}/completion`)).toMatchObject({
      status: 409,
      body: { code: 'CLAIMS_CLOSED' },
    });
  });

  it('hides drafts from players, not from operators', async () => {
    const { data } = await post(operator, '/events', newEvent({ publish: false }));
    expect((await post(newAccount('USER'), `/events/${data.eventId}/completion`)).status).toBe(404);
    expect(await post(operator, `/events/${data.eventId}/completion`)).toMatchObject({
      status: 409,
      body: { code: 'EVENT_NOT_OPEN' },
    });
  });
});

describe('claiming', () => {
  it('grants parts and all, replays, and refuses what is against the rules', async () => {
    const eventId = await createEvent();
    const player = await newCompleted(eventId);
    const part = { requestId: 'r1', rewardName: potion.name, amount: 20 };
    const first = await claim(player, eventId, part);
    expect(first).toMatchObject({
      status: 201,
      data: { requestId: 'r1', eventId, rewardName: potion.name, type: 'ITEM', amount: 20, claimed: 20, remaining: 80 },
    });
    expect(first.headers['x-position']).toMatch(/^[0-9a-f]{48}$/);
    expect(first.data.claimId).toBe(claimIdOf({ eventId, accountId: player.accountId, requestId: 'r1' }));
    expect(first.headers.location).toBe(`/claims/${first.data.claimId}`);
    expect(first.headers['idempotent-replayed']).toBeUndefined();
    expect(await claim(player, eventId, { requestId: 'r2', rewardName: potion.name.normalize('NFD'), amount: 10 })).toMatchObject(
      { status: 201, data: { claimed: 30, remaining: 70 } },
    );

    const replay = await claim(player, eventId, part);
    expect([replay.status, replay.data, replay.headers['idempotent-replayed']]).toEqual([200, first.data, 'true']);
    expect(await claim(player, eventId, { ...part, amount: 21 })).toMatchObject({
      status: 422,
      body: { code: 'REQUEST_ID_REUSED' },
    });
    expect(await claim(player, eventId, { requestId: 'r3', rewardName: gem.name, all: true })).toMatchObject({
      status: 201,
      data: { amount: 100, remaining: 0 },
    });
    expect(await claim(player, eventId, { requestId: 'r4', rewardName: gem.name, all: true })).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_REMAINING', remaining: 0 },
    });
    expect(await claim(player, eventId, { requestId: 'r4', rewardName: potion.name, amount: 71 })).toMatchObject({
      status: 409,
      body: { code: 'INSUFFICIENT_REMAINING', remaining: 70 },
    });
    expect(await claim(player, eventId, { requestId: 'r4', rewardName: '없는 보상', amount: 1 })).toMatchObject({
      status: 404,
      body: { code: 'NO_SUCH_REWARD' },
    });
    expect((await claim(player, eventId, { requestId: 'r4', rewardName: potion.name, amount: 70 })).status).toBe(201);

    advanceClock(40 * 24 * HOUR);
    expect(await claim(player, eventId, part)).toMatchObject({ status: 200, data: first.data });
    expect(await claim(player, eventId, { requestId: 'r5', rewardName: sauna.name, amount: 1 })).toMatchObject({
      status: 409,
      body: { code: 'CLAIMS_CLOSED' },
    });

    const refusals = await factsOf(streams.refusals(streams.participation(eventId, player.accountId)));
    expect(refusals.map(({ data }) => [data.requestId, data.requested, data.type, data.code])).toEqual([
      ['r1', 21, 'ITEM', 'REQUEST_ID_REUSED'],
      ['r4', 'all', 'ITEM', 'INSUFFICIENT_REMAINING'],
      ['r4', 71, 'ITEM', 'INSUFFICIENT_REMAINING'],
      ['r4', 1, null, 'NO_SUCH_REWARD'],
      ['r5', 1, 'COUPON', 'CLAIMS_CLOSED'],
    ]);
  });

  it('needs the completion first', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const request = { requestId: 'r1', rewardName: potion.name, amount: 1 };
    expect(await claim(player, eventId, request)).toMatchObject({ status: 409, body: { code: 'NOT_COMPLETED' } });
    await logIn(eventId, player);
    expect(await claim(player, eventId, request)).toMatchObject({ status: 409, body: { code: 'NOT_COMPLETED' } });
  });

  it('is named by Idempotency-Key where the body has no requestId', async () => {
    const eventId = await createEvent();
    const player = await newCompleted(eventId);
    const body = { rewardName: potion.name, amount: 20 };
    const send = (payload: object, key: string) =>
      post(player, `/events/${eventId}/claims`, payload, service, { 'idempotency-key': key });
    const first = await send(body, 'r1');
    expect([first.status, first.data.requestId]).toEqual([201, 'r1']);
    const replay = await send(body, 'r1');
    expect([replay.status, replay.data, replay.headers['idempotent-replayed']]).toEqual([200, first.data, 'true']);
    expect(await send({ ...body, amount: 21 }, 'r1')).toMatchObject({ status: 422, body: { code: 'REQUEST_ID_REUSED' } });
    expect(await send({ ...body, requestId: 'r2' }, 'r1')).toMatchObject({ status: 400 });
    expect(await claim(player, eventId, body)).toMatchObject({ status: 400, body: { errors: [{ field: 'requestId' }] } });
  });

  it.each<[string, unknown, string]>([
    ['a reward name with a slash', { requestId: 'r', rewardName: 'a/b', amount: 1 }, 'rewardName'],
    ['a reward name that is a dot segment', { requestId: 'r', rewardName: '..', amount: 1 }, 'rewardName'],
    ['a reward name that nobody sees', { requestId: 'r', rewardName: '\u{e0041}', amount: 1 }, 'rewardName'],
    ['half a unit', '{"requestId":"r","rewardName":"x","amount":1.00000000000000000001}', 'amount'],
    ['an amount twice', '{"requestId":"r","rewardName":"x","amount":1,"amount":100}', 'amount'],
    ['several kinds in a list', [{ requestId: 'r', rewardName: 'x', amount: 1 }], 'body'],
    ['several kinds in one request', { requestId: 'r', rewards: [{ rewardName: 'x', amount: 1 }] }, 'rewards'],
    ['a list of names', { requestId: 'r', rewardName: ['x', 'y'], amount: 1 }, 'rewardName'],
    ['neither amount nor all', { requestId: 'r', rewardName: 'x' }, 'amount'],
    ['both amount and all', { requestId: 'r', rewardName: 'x', amount: 1, all: true }, 'amount'],
    ['all: false', { requestId: 'r', rewardName: 'x', all: false }, 'all'],
    ['a null amount', { requestId: 'r', rewardName: 'x', amount: null, all: true }, 'amount'],
    ['a negative amount', { requestId: 'r', rewardName: 'x', amount: -1 }, 'amount'],
    ['an amount in exponents', '{"requestId":"r","rewardName":"x","amount":1e400}', 'amount'],
    ['no requestId', { rewardName: 'x', amount: 1 }, 'requestId'],
    ['a long requestId', { requestId: 'r'.repeat(101), rewardName: 'x', amount: 1 }, 'requestId'],
    ['a query operator', { requestId: { $gt: '' }, rewardName: 'x', amount: 1 }, 'requestId'],
    ['deep nesting', `{"requestId":${'['.repeat(5_000)}${']'.repeat(5_000)}}`, 'body'],
  ])('refuses %s', async (_, payload, field) => {
    const { status, body } = await post(newAccount('USER'), `/events/${randomUUID()}/claims`, payload);
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect(body.errors?.map((error) => error.field)).toContain(field);
  });
});

describe('a rejection', () => {
  // Rejections are bounded by account.
  const staff = newAccount('OPERATOR');
  const titleOf = (body: Record<string, unknown>) => String(body.title);
  const detailOf = async (answer: ReturnType<typeof post>) => {
    const { body } = await answer;
    expect(body.detail).not.toBe(`${titleOf(body)}.`);
    return body.detail;
  };

  it('says what is wrong with this request', async () => {
    const eventId = await createEvent();
    const url = `/events/${eventId}`;
    const player = newAccount('USER');
    const one = (requestId: string, body: object) => detailOf(claim(player, eventId, { requestId, ...body }));
    await logIn(eventId, player, 1);
    expect(await detailOf(post(player, `${url}/completion`))).toBe('1 of 3 count so far.');
    expect(await one('r', { rewardName: potion.name, amount: 1 })).toBe(
      '1 of 3 count so far, so the event cannot be completed yet.',
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
    expect(await one('r6', { rewardName: potion.name, all: true })).toBe(`All of "${potion.name}" has been claimed already.`);
    expect(await one('r1', { rewardName: gem.name, amount: 1 })).toContain('The requestId "r1" belongs to an earlier request');
    expect(await one('r7', { rewardName: '비약', amount: 1 })).toBe('No reward that applies here is named "비약".');
    expect(await detailOf(post(staff, `${url}/publish`))).toBe('The event is ACTIVE, so it cannot be published.');
    expect(await detailOf(post(staff, `${url}/rewards`, potion))).toBe(
      'The event is ACTIVE, so it cannot be given another reward.',
    );
    expect(await detailOf(post(staff, `${url}/change`, { timeZone: 'UTC', dayStartsAt: '05:00' }))).toBe(
      'The event is ACTIVE, so timeZone, dayStartsAt cannot be changed any more.',
    );
    expect(await detailOf(post(staff, `${url}/change`, {}, service, { 'if-match': '"0"' }))).toContain(
      'If-Match does not name "4"',
    );
    expect(await detailOf(post(staff, `${url}/rewards/x/change`, { amount: 1 }))).toContain('is named "x"');
    await post(staff, `${url}/pause`);
    const paused = () => claim(player, eventId, { requestId: randomUUID(), rewardName: gem.name, amount: 1 });
    await until(async () => (await paused()).body.code === 'EVENT_NOT_OPEN');
    expect(await detailOf(paused())).toContain('The event is PAUSED.');
    await post(staff, `${url}/resume`);
    advanceClock(40 * 24 * HOUR);
    expect(await one('r9', { rewardName: gem.name, amount: 1 })).toMatch(/^Claims were accepted until 20.*Z\.$/);
    expect(await detailOf(post(staff, `/events/${randomUUID()}/publish`))).toContain('No event has the id');
    expect(await detailOf(post(staff, '/events/7/publish'))).toContain('The path contains "7"');
    expect(await detailOf(post(staff, '/nowhere'))).toContain('No route answers POST /nowhere');
    expect(await detailOf(post(player, '/events', {}))).toBe('This route needs the role OPERATOR or ADMIN. Your token has USER.');
    expect(await detailOf(post(player, `${url}`, {}))).toContain('not POST');
    expect(await detailOf(post(null, `${url}/claims`, {}))).toContain('Log in');
  });

  it('of drafts says what to do before they can be published', async () => {
    const { data } = await post(staff, '/events', newEvent({ rewards: [], publish: false }));
    const url = `/events/${data.eventId}`;
    expect(await detailOf(post(staff, `${url}/publish`))).toContain('Add at least one reward');
    await post(staff, `${url}/rewards`, potion);
    expect(await detailOf(post(staff, `${url}/rewards`, potion))).toContain(`A reward named "${potion.name}" exists already`);
    advanceClock(25 * HOUR);
    expect(await detailOf(post(staff, `${url}/publish`))).toBe(
      `The event ended at ${data.endsAt}. Set a later endsAt before you publish it.`,
    );
  });

  it.each<[string, string, string]>([
    ['JSON that is cut off', '{"requestId":"r', 'The body is not complete JSON: it ends at character 15'],
    [
      'a list of claims',
      '[{"requestId":"r"}]',
      'The body must be a JSON object, not a list: a request claims one reward, so send one request for each reward',
    ],
    ['what is not JSON', 'hello', 'The body is not JSON: "h" is unexpected at character 1'],
  ])('of %s says why', async (_, payload, detail) => {
    expect(await detailOf(post(newAccount('USER'), `/events/${randomUUID()}/claims`, payload))).toBe(detail);
  });

  it('is recorded 30 times at once of one account, and then 429 without a record', async () => {
    const [eventId, otherId] = [await createEvent(), await createEvent()];
    const [player, other] = [newAccount('USER'), newAccount('USER')];
    const before = await countRecorded('refusals-');
    const complete = (who: typeof player, id: string) => post(who, `/events/${id}/completion`);
    const answers = await Promise.all(Array.from({ length: 40 }, (_, index) => complete(player, index % 2 ? eventId : otherId)));
    const recorded = answers.filter(({ status }) => status === 409);
    const limited = answers.filter(({ status }) => status === 429);
    // One more is recorded for each six seconds that this takes.
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
    expect(await complete(other, eventId)).toMatchObject({ status: 409 });
    // What is not recorded does not need room for a record, and neither does what is granted.
    expect(await complete(player, randomUUID())).toMatchObject({ status: 404 });
    expect(await post(player, `/events/${eventId}/claims`, {})).toMatchObject({ status: 400 });
    await logIn(eventId, player);
    expect(await complete(player, eventId)).toMatchObject({ status: 200 });
    const request = { requestId: 'r', rewardName: potion.name, amount: 1 };
    expect((await claim(player, eventId, request)).status).toBe(201);
    expect((await claim(player, eventId, request)).status).toBe(200);
  });

  it('of an operator is bounded too', async () => {
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

  /** Rejections beyond those that are recorded of one account are 429. */
  const outcomes = (answers: readonly { status: number }[]) => {
    const { 201: grants = 0, 409: recorded = 0, 429: limited = 0, ...others } = statuses(answers);
    return { granted: grants, rejected: recorded + limited, ...others };
  };

  it('300 claims of 1 on a reward of 100 grant exactly 100', async () => {
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
  ])('so they do over two services on the same files, %s', async (_, queue) => {
    const [one, two] = await Promise.all([start({ streams: { queue } }), start({ streams: { queue } })]);
    try {
      const eventId = await createEvent();
      const player = await newCompleted(eventId);
      const send = async (index: number): ReturnType<typeof claim> => {
        const answer = await claim(
          player,
          eventId,
          { requestId: `r${index}`, rewardName: potion.name, amount: 1 },
          index % 2 ? one : two,
        );
        return answer.status === 503 ? send(index) : answer;
      };
      await until(async () => (await one.app.inject('/health/ready')).statusCode === 200);
      await until(async () => (await two.app.inject('/health/ready')).statusCode === 200);
      expect(outcomes(await fire(300, send))).toEqual({ granted: 100, rejected: 200 });
      expect(await granted(eventId, player, potion.name)).toBe(100);
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  });

  it('60 copies of one request over two services grant once and all answer with that grant', async () => {
    const other = await start();
    try {
      const eventId = await createEvent();
      const player = await newCompleted(eventId);
      await until(async () => (await other.app.inject('/health/ready')).statusCode === 200);
      const request = { requestId: 'same', rewardName: potion.name, amount: 20 };
      const answers = await fire(60, (index) => claim(player, eventId, request, index % 2 ? service : other));
      expect(statuses(answers)).toEqual({ 200: 59, 201: 1 });
      expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
      expect(await granted(eventId, player, potion.name)).toBe(20);
    } finally {
      await other.close();
    }
  });

  it('never refuses on a stale cache: another process counts the third login, then completion is asked here', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    await logIn(eventId, player, 2);
    // This service now has two logins in its cache.
    expect(await post(player, `/events/${eventId}/completion`)).toMatchObject({ status: 409, body: { progress: 2 } });
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
  it('counts a login once, however often its message arrives', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    const loginId = randomUUID();
    const at = iso(0);
    const message = {
      messageId: loginId,
      event: { type: 'LoggedIn', data: { loginId, accountId: player.accountId, at } },
      actor: player,
      correlationId: 'c',
    };
    const copies = Array.from({ length: 5 }, () => ({ key: player.accountId, value: JSON.stringify(message) }));
    await bus.publish('logins', copies);
    await publishLogin(player);
    await until(async () => (await progressOf(eventId, player)) === 2);
    expect((await factsOf(streams.login(player.accountId, at))).filter(({ data }) => data.loginId === loginId)).toHaveLength(1);
  });

  it('judges a login by its own time', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    await publishLogin(player, iso(-2 * HOUR));
    await publishLogin(player, iso(-HOUR / 2));
    await until(async () => (await progressOf(eventId, player)) === 1);
    await logIn(eventId, player, 2);
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
  });

  it('puts a message aside that can never be handled, and goes on with the next', async () => {
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

  it('records the facts of accounts once', async () => {
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
    await until(async () => (await factsOf(streams.account(accountId))).length >= 2);
    expect((await factsOf(streams.account(accountId))).map(({ type, data }) => [type, data.messageId])).toEqual([
      ['AccountRegistered', messageId],
      ['AccountErased', erased.messageId],
    ]);
  });
});
