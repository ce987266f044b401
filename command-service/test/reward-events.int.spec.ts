import { rewardResponse } from '@rewards/contracts/testing/sample-events';
import { randomUUID } from 'node:crypto';
import { PREFIXES, START, streams, type DomainEvent, type FieldError } from '@rewards/contracts';
import { NO_STREAM } from '@rewards/event-store';
import { openEventStore } from '@rewards/service-kit/engines';
import { dataOf, invalidOf, problemOf, send as sendTo } from '@rewards/testing/http';
import { until } from '@rewards/testing/until';
import {
  advanceClock,
  claim,
  claimOf,
  createEvent,
  eventOf,
  factsOf,
  gem,
  HOUR,
  iso,
  logIn,
  newAccount,
  newCompleted,
  newEvent,
  newEligible,
  operator,
  post,
  potion,
  readProgress,
  publishLogin,
  sauna,
  service,
  settings,
  start,
  store,
  useCommandService,
} from './harness';

useCommandService();

const DAY = 24 * HOUR;
const send = (eventId: string, command: string, body?: object, headers: Record<string, string> = {}) =>
  post(operator, `/events/${eventId}/${command}`, body, service, headers);
const newDraft = () => createEvent({ publish: false });

describe('the lifecycle of an event', () => {
  it('advances with the clock alone', async () => {
    const { data } = await post(
      operator,
      '/events',
      newEvent({ startsAt: iso(HOUR), endsAt: iso(2 * HOUR), claimsUntil: iso(3 * HOUR) }),
    );
    expect(data.status).toBe('SCHEDULED');
    for (const [offset, status] of [
      [1.5 * HOUR, 'ACTIVE'],
      [2.5 * HOUR, 'ENDED'],
      [3.5 * HOUR, 'CLOSED'],
    ] as const) {
      advanceClock(offset);
      expect(await send(data.eventId, 'restore')).toEqual(problemOf(409, 'WRONG_STATE', { state: status }));
    }
  });

  it('keeps the time for claims after an early end', async () => {
    const eventId = await createEvent();
    const player = await newEligible(eventId);
    const ended = await send(eventId, 'end');
    expect(Date.parse(ended.data.endsAt)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(ended.data.claimsUntil)).toBeGreaterThan(Date.now() + 13 * DAY);
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
    expect((await claim(player, eventId, { requestId: 'r1', rewardName: potion.name, all: true })).status).toBe(201);
    advanceClock(16 * DAY);
    expect(await claim(player, eventId, { requestId: 'r2', rewardName: gem.name, all: true })).toEqual(
      problemOf(409, 'CLAIMS_CLOSED', { claimsUntil: ended.data.claimsUntil }),
    );
  });

  it('rejects claims during a pause, except repeated requests', async () => {
    const eventId = await createEvent();
    const player = await newCompleted(eventId);
    const request = { requestId: 'r1', rewardName: potion.name, amount: 1 };
    await claim(player, eventId, request);
    await send(eventId, 'pause');
    const rejection = problemOf(409, 'EVENT_NOT_OPEN', { state: 'PAUSED' });
    await until(
      'claims to be closed',
      async () => (await claim(player, eventId, { ...request, requestId: randomUUID() })).status,
      (value) => value === 409,
    );
    expect(await claim(player, eventId, { ...request, requestId: 'r2' })).toEqual(rejection);
    expect(await post(newAccount('USER'), `/events/${eventId}/completion`)).toEqual(rejection);
    expect((await claim(player, eventId, request)).status).toBe(200);
    await send(eventId, 'resume');
    await until(
      'claims to be open',
      async () => (await claim(player, eventId, { ...request, requestId: 'r2' })).status,
      (value) => value !== 409,
    );
  });

  it('hides a deleted event from players, not from operators', async () => {
    const eventId = await createEvent();
    const player = await newCompleted(eventId);
    await send(eventId, 'delete');
    const request = { requestId: 'r1', rewardName: potion.name, amount: 1 };
    await until(
      'the event to be hidden',
      async () => (await claim(player, eventId, request)).status,
      (value) => value === 404,
    );
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(404);
    expect(await post(operator, `/events/${eventId}/completion`)).toEqual(problemOf(409, 'EVENT_NOT_OPEN', { state: 'DELETED' }));
    await send(eventId, 'restore');
    await until(
      'the claim to be granted',
      async () => (await claim(player, eventId, request)).status,
      (value) => value === 201,
    );
  });
});

describe('changing an event', () => {
  it('accepts a change to any field of a draft', async () => {
    const eventId = await newDraft();
    const change = {
      name: '새 이름',
      description: '두 줄\n설명',
      startsAt: iso(DAY),
      endsAt: iso(2 * DAY),
      claimsUntil: iso(30 * DAY),
      timeZone: 'America/New_York',
      dayStartsAt: '05:00',
      condition: { type: 'LOGIN_STREAK', count: 7, graceDays: 1 },
      rewards: [{ ...sauna, itemCode: 'COUPON-7' }],
      metadata: { image: 'events/2026-11.png', 순서: '1' },
    };
    expect(await send(eventId, 'change', change)).toEqual(dataOf(200, eventOf({ ...change, status: 'DRAFT' })));
    expect(await send(eventId, 'change', { startsAt: iso(3 * DAY) })).toEqual(invalidOf('endsAt'));
    expect(await send(eventId, 'change', {})).toEqual(dataOf(200, eventOf({ ...change, status: 'DRAFT' })));
  });

  it('accepts few changes to a published event, and never shortens it', async () => {
    const eventId = await createEvent({ endsAt: iso(DAY), claimsUntil: iso(2 * DAY) });
    const metadata = { image: 'events/2026-11.png' };
    expect(await send(eventId, 'change', { name: '새 이름', metadata, endsAt: iso(1.5 * DAY) })).toEqual(
      dataOf(200, eventOf({ name: '새 이름', metadata })),
    );
    for (const change of [{ endsAt: iso(HOUR) }, { claimsUntil: iso(1.6 * DAY) }]) {
      const [field] = Object.keys(change);
      expect(await send(eventId, 'change', change)).toEqual(invalidOf(field ?? ''));
    }
    for (const change of [
      { startsAt: iso(0) },
      { dayStartsAt: '05:00' },
      { condition: { type: 'LOGIN_DAYS', count: 1 } },
      { rewards: [] },
      { timeZone: 'UTC' },
    ]) {
      expect(await send(eventId, 'change', change)).toEqual(
        problemOf(409, 'WRONG_STATE', { state: 'ACTIVE', fields: Object.keys(change) }),
      );
    }
    expect(await send(eventId, 'change', { endsAt: iso(9 * DAY) })).toEqual(invalidOf('claimsUntil'));
  });

  it.each<[string, object, string]>([
    ['an unknown field', { publish: true }, 'publish'],
    ['a null', { name: null }, 'name'],
    ['grace days of another condition', { condition: { type: 'LOGIN_DAYS', count: 3, graceDays: 1 } }, 'condition.graceDays'],
    ['grace days below 0', { condition: { type: 'LOGIN_STREAK', count: 3, graceDays: -1 } }, 'condition.graceDays'],
    ['two rewards with the same name', { rewards: [potion, potion] }, 'rewards'],
    ['an item code with a space', { rewards: [{ ...potion, itemCode: 'ITEM 2041' }] }, 'rewards.0.itemCode'],
    ['an item code of 65 characters', { rewards: [{ ...potion, itemCode: 'x'.repeat(65) }] }, 'rewards.0.itemCode'],
    ['metadata with a number', { metadata: { order: 1 } }, 'metadata'],
    ['metadata with a null', { metadata: { order: null } }, 'metadata'],
    ['nested metadata', { metadata: { a: { b: 'c' } } }, 'metadata'],
    ['a list as metadata', { metadata: ['a'] }, 'metadata'],
    ['null as metadata', { metadata: null }, 'metadata'],
    ['metadata over 4 KiB', { metadata: { text: '가'.repeat(1_363) } }, 'metadata'],
    ['metadata with a bidirectional override', { metadata: { text: '\u202e' } }, 'metadata'],
    ['a milestone', { milestone: 3 }, 'milestone'],
  ])('rejects %s', async (_, change, field) => {
    const { status, body } = await send(await newDraft(), 'change', change);
    expect([status, body.errors?.map((error: FieldError) => error.field)]).toEqual([400, [field]]);
  });

  it('accepts metadata of exactly 4 KiB', async () => {
    const metadata = { text: '가'.repeat(1_361) };
    expect(Buffer.byteLength(JSON.stringify(metadata))).toBe(4_094);
    expect((await send(await newDraft(), 'change', { metadata: { text: `${metadata.text}ab` } })).status).toBe(200);
  });

  it('is rejected at a stale revision', async () => {
    const { data, headers } = await post(operator, '/events', newEvent({ publish: false }));
    const etag = headers.etag as string;
    expect(await send(data.eventId, 'change', { name: 'a' }, { 'if-match': etag })).toEqual(
      dataOf(200, eventOf({ name: 'a', status: 'DRAFT' })),
    );
    const stale = await send(data.eventId, 'change', { name: 'b' }, { 'if-match': etag });
    expect(stale).toEqual(problemOf(412, 'STALE_REVISION', { revision: 4 }, { 'x-position': undefined }));
    expect((await send(data.eventId, 'pause', undefined, { 'if-match': etag })).status).toBe(412);
    expect((await send(data.eventId, 'change', { name: 'b' }, { 'if-match': '"0", "4"' })).status).toBe(200);
    expect((await send(data.eventId, 'change', { name: 'c' }, { 'if-match': 'W/"5"' })).status).toBe(412);
    expect((await send(data.eventId, 'change', { name: 'c' }, { 'if-match': '*' })).status).toBe(200);
    expect(await send(data.eventId, 'change', { name: 'd' }, { 'if-match': '6' })).toEqual(invalidOf('If-Match'));
    expect((await send(randomUUID(), 'change', { name: 'd' }, { 'if-match': '"1"' })).status).toBe(404);
    expect(await factsOf(streams.refusals(streams.rewardEvent(data.eventId)))).toEqual([]);
  });

  it('accepts one of three concurrent changes to the same revision', async () => {
    const { data, headers } = await post(operator, '/events', newEvent({ publish: false }));
    const answers = await Promise.all(
      ['a', 'b', 'c'].map((name) => send(data.eventId, 'change', { name }, { 'if-match': headers.etag as string })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  });
});

describe('terms', () => {
  it('apply to a participation as at its start, with later increases and without reductions', async () => {
    const eventId = await createEvent();
    const player = await newEligible(eventId);
    const reward = (name: string, command: string, body?: object) =>
      send(eventId, `rewards/${encodeURIComponent(name)}/${command}`, body);
    expect(await reward(potion.name, 'change', { amount: 150 })).toEqual(
      dataOf(200, eventOf({ termsVersion: 2, rewards: [{ ...potion, amount: 150 }, gem, sauna] })),
    );
    expect(await reward(gem.name, 'change', { amount: 1 })).toEqual(
      dataOf(200, eventOf({ termsVersion: 3, rewards: [{ ...potion, amount: 150 }, { ...gem, amount: 1 }, sauna] })),
    );
    expect(await reward(sauna.name, 'withdraw')).toEqual(
      dataOf(
        200,
        eventOf({
          termsVersion: 4,
          rewards: [
            { ...potion, amount: 150 },
            { ...gem, amount: 1 },
          ],
        }),
      ),
    );
    expect((await post(player, `/events/${eventId}/completion`)).data.rewards).toEqual(
      [{ ...potion, amount: 150 }, gem, sauna].map(rewardResponse),
    );
    await reward(potion.name, 'change', { amount: 5 });
    expect(await claim(player, eventId, { requestId: 'r1', rewardName: potion.name, all: true })).toEqual(
      dataOf(201, claimOf(eventId, 'r1', potion, { amount: 150, claimed: 150, remaining: 0 })),
    );
    expect(await claim(player, eventId, { requestId: 'r2', rewardName: sauna.name, all: true })).toEqual(
      dataOf(201, claimOf(eventId, 'r2', sauna, { amount: 5, claimed: 5, remaining: 0 })),
    );

    const late = await newCompleted(eventId);
    expect(await claim(late, eventId, { requestId: 'r1', rewardName: sauna.name, all: true })).toEqual(
      problemOf(404, 'NO_SUCH_REWARD'),
    );
    expect(await claim(late, eventId, { requestId: 'r1', rewardName: gem.name, all: true })).toEqual(
      dataOf(201, claimOf(eventId, 'r1', gem, { amount: 1, claimed: 1, remaining: 0 })),
    );
  });

  it('reject names that no reward can have', async () => {
    const eventId = await createEvent();
    for (const name of ['%E2%80%8B', 'a%E2%80%AEb', '.hidden', '%E3%85%A4', 'x'.repeat(101)]) {
      for (const [command, body] of [
        ['change', { amount: 1 }],
        ['withdraw', undefined],
      ] as const) {
        expect(await send(eventId, `rewards/${name}/${command}`, body)).toEqual(invalidOf('name'));
      }
    }
    const draft = await newDraft();
    const added = await send(draft, 'rewards', { ...potion, name: '★' });
    expect([added.status, added.headers.location]).toEqual([201, `/events/${draft}`]);
  });

  it('reject changes to unknown rewards', async () => {
    const eventId = await createEvent();
    expect(await send(eventId, 'rewards/%EC%97%86%EC%9D%8C/change', { amount: 1 })).toEqual(
      problemOf(404, 'NO_SUCH_REWARD', { rewardName: '없음' }),
    );
    expect(await send(eventId, 'rewards/nothing/withdraw')).toEqual(problemOf(404, 'NO_SUCH_REWARD', { rewardName: 'nothing' }));
    expect(await send(eventId, `rewards/${encodeURIComponent(potion.name)}/change`, { amount: 0 })).toEqual(invalidOf('amount'));
  });
});

describe('cloning', () => {
  it('creates a draft with the same terms, once for each requestId', async () => {
    const eventId = await createEvent({ description: 'text', timeZone: 'UTC', dayStartsAt: '05:00' });
    const request = { name: '둘째', startsAt: iso(30 * DAY), endsAt: iso(40 * DAY), requestId: `clone-${randomUUID()}` };
    const first = await send(eventId, 'clone', request);
    expect(first).toEqual(
      dataOf(201, eventOf({ name: '둘째', description: 'text', status: 'DRAFT', timeZone: 'UTC', dayStartsAt: '05:00' })),
    );
    expect(first.data.eventId).not.toBe(eventId);
    await send(eventId, `rewards/${encodeURIComponent(potion.name)}/change`, { amount: 7 });
    await send(first.data.eventId, 'change', { name: 'x' });
    expect(await send(eventId, 'clone', request)).toEqual(
      dataOf(200, first.data, { etag: '"3"', 'idempotent-replayed': 'true' }),
    );
    const other = await createEvent();
    expect(await send(other, 'clone', request)).toEqual(problemOf(422, 'REQUEST_ID_REUSED'));
    expect(await send(eventId, 'clone', { ...request, name: 'x' })).toEqual(problemOf(422, 'REQUEST_ID_REUSED'));
    expect((await send(randomUUID(), 'clone', request)).status).toBe(404);
    expect(await send(eventId, 'clone', { ...request, endsAt: request.startsAt, requestId: 'other' })).toEqual(
      invalidOf('endsAt'),
    );
  });
});

describe('conditions by day', () => {
  it('count a day once, in the time zone of the event', async () => {
    const eventId = await createEvent({ startsAt: iso(-5 * DAY), condition: { type: 'LOGIN_DAYS', count: 3 } });
    const player = newAccount('USER');
    const noon = `${iso(-2 * DAY).slice(0, 10)}T03:00:00.000Z`;
    const at = (days: number, hours = 0) => new Date(Date.parse(noon) - days * DAY + hours * HOUR).toISOString();
    for (const login of [at(0), at(0, 1), at(1), at(1, 2)]) await publishLogin(player, login);
    await until(
      '2 counted logins',
      async () => await readProgress(eventId, player),
      (value) => value === 2,
    );
    expect(await post(player, `/events/${eventId}/completion`)).toEqual(
      problemOf(409, 'CONDITION_NOT_MET', { progress: 2, required: 3 }),
    );
    await publishLogin(player, at(2));
    await until(
      '3 counted logins',
      async () => await readProgress(eventId, player),
      (value) => value === 3,
    );
    expect((await post(player, `/events/${eventId}/completion`)).status).toBe(200);
  });

  it('count days from the dayStartsAt of the event', async () => {
    const noon = `${iso(-3 * DAY).slice(0, 10)}T12:00:00.000Z`;
    const at = (hours: number) => new Date(Date.parse(noon) + hours * HOUR).toISOString();
    const condition = { type: 'LOGIN_DAYS', count: 3 };
    const eventId = await createEvent({ startsAt: iso(-5 * DAY), timeZone: 'UTC', dayStartsAt: '05:00', condition });
    const midnight = await createEvent({ startsAt: iso(-5 * DAY), timeZone: 'UTC', condition });
    const player = newAccount('USER');
    // At noon, and in the following night at 4:59 and at 5:00.
    for (const login of [at(0), new Date(Date.parse(at(17)) - 60_000).toISOString(), at(17)]) await publishLogin(player, login);
    await until(
      '2 counted logins',
      async () => await readProgress(eventId, player),
      (value) => value === 2,
    );
    const days = async (id: string) =>
      (await factsOf(streams.participation(id, player.accountId))).flatMap(({ type, data }) =>
        type === 'LoginCounted' ? [data.day] : [],
      );
    const [first, second] = [at(0).slice(0, 10), at(17).slice(0, 10)];
    expect([await days(eventId), await days(midnight)]).toEqual([
      [first, second],
      [first, second],
    ]);
    expect((await factsOf(streams.participation(eventId, player.accountId))).at(-1)?.data.at).toBe(at(17));
    expect((await factsOf(streams.participation(midnight, player.accountId))).at(-1)?.data.at).not.toBe(at(17));
  });

  it('count late logins towards a streak', async () => {
    const eventId = await createEvent({ startsAt: iso(-9 * DAY), condition: { type: 'LOGIN_STREAK', count: 4, graceDays: 1 } });
    const player = newAccount('USER');
    for (const days of [5, 2]) await publishLogin(player, iso(-days * DAY));
    await until(
      '2 counted logins',
      async () => await readProgress(eventId, player),
      (value) => value === 2,
    );
    expect(await post(player, `/events/${eventId}/completion`)).toEqual(
      problemOf(409, 'CONDITION_NOT_MET', { progress: 1, required: 4 }),
    );
    await publishLogin(player, iso(-4 * DAY));
    await until(
      'the completion',
      async () => (await post(player, `/events/${eventId}/completion`)).status,
      (value) => value === 200,
    );
  });
});

describe('logins and pauses', () => {
  it('do not count logins during a pause, even if they arrive after it', async () => {
    const eventId = await createEvent();
    const player = newAccount('USER');
    await send(eventId, 'pause');
    const inPause = iso(0);
    await until('the end of the pause', async () => Date.now() > Date.parse(inPause));
    await send(eventId, 'resume');
    await publishLogin(player, inPause);
    await logIn(eventId, player, 2);
    expect(await readProgress(eventId, player)).toBe(2);
  });
});

describe('backfill', () => {
  const recordLogins = async (accounts: readonly string[], at: string) => {
    const writer = openEventStore(settings, 'write');
    await Promise.all(
      accounts.map((accountId) => {
        const loginId = randomUUID();
        const metadata = { schemaVersion: 1, correlationId: 'c', causationId: null, actor: { service: 'test' }, at };
        const event: DomainEvent = { type: 'LoggedIn', data: { loginId, accountId, at } };
        return writer.append(streams.login(accountId, at), NO_STREAM, [{ id: randomUUID(), ...event, metadata }]);
      }),
    );
    await writer.close();
  };
  const started = async (eventId: string): Promise<Map<string, number>> => {
    const logins = new Map<string, number>();
    for await (const batch of store.subscribe({ after: START, prefixes: [`${PREFIXES.participation}${eventId}`] })) {
      for (const { type, stream } of batch.events) if (type === 'LoginCounted') logins.set(stream, (logins.get(stream) ?? 0) + 1);
      if (batch.caughtUp) break;
    }
    return logins;
  };
  const isBackfilled = async (eventId: string) => (await factsOf(streams.backfill(eventId))).length > 0;

  it('counts logins from before the publication within the window, while new logins arrive', async () => {
    const before = Array.from({ length: 3_000 }, () => randomUUID());
    const tooEarly = Array.from({ length: 100 }, () => randomUUID());
    await recordLogins(before, iso(-2 * DAY));
    await recordLogins(tooEarly, iso(-8 * DAY));
    const eventId = await createEvent({ startsAt: iso(-7 * DAY), condition: { type: 'LOGIN_COUNT', count: 2 } });
    const players = before.slice(0, 20).map((accountId) => ({ accountId, roles: ['USER'] as const, authorization: '' }));
    await Promise.all(players.map((player) => publishLogin(player)));
    await until('the backfill to end', () => isBackfilled(eventId));
    await until(
      'the progress of the last player',
      async () => (await started(eventId)).get(streams.participation(eventId, before[19] ?? '')),
      (value) => value === 2,
    );
    const counted = await started(eventId);
    const countsOf = (accounts: readonly string[]) => accounts.map((id) => counted.get(streams.participation(eventId, id)));
    expect(countsOf(before.slice(0, 20))).toEqual(Array.from({ length: 20 }, () => 2));
    expect(countsOf(before.slice(20)).filter((count) => count === 1)).toHaveLength(before.length - 20);
    expect(countsOf(tooEarly).filter((count) => count !== undefined)).toEqual([]);
    expect(await factsOf(streams.backfill(eventId))).toHaveLength(1);
  });

  it('resumes in another instance, and changes nothing once it is complete', async () => {
    const accounts = Array.from({ length: 5_000 }, () => randomUUID());
    await recordLogins(accounts, iso(-20 * DAY));
    const { data } = await post(
      operator,
      '/events',
      newEvent({ startsAt: iso(-21 * DAY), endsAt: iso(-19 * DAY), claimsUntil: iso(DAY), publish: false }),
    );
    expect(await send(data.eventId, 'publish')).toEqual(problemOf(409, 'WRONG_STATE', { state: 'DRAFT', endsAt: data.endsAt }));
    await send(data.eventId, 'change', { endsAt: iso(HOUR) });
    await send(data.eventId, 'publish');
    await until(
      'the first participation',
      async () => (await started(data.eventId)).size,
      (value) => value > 0,
    );
    const another = await start();
    await until('the backfill to end', () => isBackfilled(data.eventId));
    const counted = await started(data.eventId);
    expect(accounts.filter((id) => counted.get(streams.participation(data.eventId, id)) !== 1)).toEqual([]);
    const before = await store.head();
    await another.close();
    const third = await start();
    await until(
      'command-service to be ready',
      async () => (await sendTo(third.app, { path: '/health/ready' })).status,
      (value) => value === 200,
    );
    await third.close();
    expect(await store.head()).toBe(before);
  });
});

describe('an event with a history that this version cannot read', () => {
  it('is unavailable for all its requests, while other events are not affected', async () => {
    const [broken, sound] = [await createEvent(), await createEvent()];
    const player = await newCompleted(sound);
    const writer = openEventStore(settings, 'write');
    const metadata = { schemaVersion: 1, correlationId: 'test', causationId: null, actor: { service: 'test' }, at: iso(0) };
    await writer.append(streams.rewardEvent(broken), 'any', [{ id: randomUUID(), type: 'RewardAdded', data: null, metadata }]);
    await writer.close();
    await until(
      'commands to be unavailable',
      async () => (await post(operator, `/events/${broken}/pause`)).status,
      (value) => value === 503,
    );
    await until(
      'completions to be unavailable',
      async () => (await post(player, `/events/${broken}/completion`)).status,
      (value) => value === 503,
    );
    expect(await post(player, `/events/${broken}/completion`)).toEqual(problemOf(503, 'UNAVAILABLE'));
    expect((await claim(player, sound, { requestId: 'r', rewardName: potion.name, amount: 1 })).status).toBe(201);
    expect((await post(operator, `/events/${sound}/pause`)).status).toBe(200);
    await until(
      'command-service to be ready',
      async () => (await sendTo(service.app, { path: '/health/ready' })).status,
      (value) => value === 200,
    );
  });
});

describe('a reward', () => {
  const coded = { ...potion, itemCode: 'ITEM_2041' };

  it('has the item code of the game, from creation to a granted claim', async () => {
    const eventId = await createEvent({ rewards: [coded, { ...gem, itemCode: null }] });
    expect(await send(eventId, 'change', { description: '' })).toEqual(dataOf(200, eventOf({ rewards: [coded, gem] })));
    const player = await newCompleted(eventId);
    const request = { requestId: 'r1', rewardName: potion.name, all: true, target: '루나/아델' };
    expect(await claim(player, eventId, request)).toEqual(
      dataOf(201, { ...claimOf(eventId, 'r1', coded, { amount: 100, claimed: 100, remaining: 0 }), target: '루나/아델' }),
    );
  });

  it('is added with an item code to a draft', async () => {
    const eventId = await createEvent({ publish: false, rewards: [gem] });
    expect(await send(eventId, 'rewards', coded)).toEqual(dataOf(201, eventOf({ status: 'DRAFT', rewards: [gem, coded] })));
  });

  it('on hold rejects its claims only, until it is released', async () => {
    const eventId = await createEvent();
    const player = await newCompleted(eventId);
    const reward = (command: string, body?: object) =>
      send(eventId, `rewards/${encodeURIComponent(potion.name)}/${command}`, body);
    const rewards = [potion, gem, sauna].map((one) => ({ ...rewardResponse(one), onHold: one === potion }));
    const onHold = { ...eventOf(), rewards, milestones: [{ count: 3, rewards }] };
    const request = { requestId: 'r1', rewardName: potion.name, amount: 20 };

    const held = await reward('hold', { reason: '수량 오류' });
    expect(held).toEqual(dataOf(200, onHold));
    expect(await reward('hold')).toEqual(dataOf(200, onHold, { etag: held.headers.etag, 'x-position': undefined }));
    await until(
      'the hold',
      async () => claim(player, eventId, { ...request, amount: 1, requestId: randomUUID() }),
      ({ body }) => body.code === 'REWARD_ON_HOLD',
    );
    expect((await claim(player, eventId, { requestId: 'r2', rewardName: gem.name, amount: 20 })).status).toBe(201);
    expect(await send(eventId, 'rewards/nothing/hold')).toEqual(problemOf(404, 'NO_SUCH_REWARD', { rewardName: 'nothing' }));

    expect(await reward('release', {})).toEqual(dataOf(200, eventOf()));
    await until(
      'the release',
      async () => (await claim(player, eventId, request)).status,
      (status) => status === 201,
    );
  });

  it('cannot be withdrawn if it is the last one of a published event', async () => {
    const eventId = await createEvent({ rewards: [sauna] });
    const path = `rewards/${encodeURIComponent(sauna.name)}/withdraw`;
    const rejected = await send(eventId, path);
    expect(rejected).toEqual(problemOf(409, 'NO_REWARDS'));
    expect(rejected.body.detail).toContain('cannot be withdrawn');
  });
});

describe('a pause', () => {
  it('accepts whether logins count, and a reason', async () => {
    const eventId = await createEvent();
    expect(await send(eventId, 'pause', { counting: 'CONTINUE', reason: '보상 점검' })).toEqual(
      dataOf(200, eventOf({ status: 'PAUSED' })),
    );
    expect((await factsOf(streams.rewardEvent(eventId))).at(-1)).toEqual({
      type: 'RewardEventPaused',
      data: { eventId, counting: 'CONTINUE', reason: '보상 점검', at: expect.any(String) as string },
    });
    expect((await send(eventId, 'resume')).status).toBe(200);
    expect((await send(eventId, 'pause')).status).toBe(200);
  });

  it.each<[string, object, string]>([
    ['another kind of counting', { counting: 'MAYBE' }, 'counting'],
    ['a reason that is no text', { reason: 1 }, 'reason'],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
  ])('rejects %s', async (_, body, field) => expect(await send(await createEvent(), 'pause', body)).toEqual(invalidOf(field)));

  it('that continues counting does not interrupt a streak', async () => {
    const eventId = await createEvent({ startsAt: iso(-3 * DAY), condition: { type: 'LOGIN_STREAK', count: 3 } });
    const player = newAccount('USER');
    await publishLogin(player, iso(-2 * DAY));
    await publishLogin(player, iso(-DAY));
    await send(eventId, 'pause', { counting: 'CONTINUE' });
    await publishLogin(player);
    await until(
      'the streak',
      () => readProgress(eventId, player),
      (counted) => counted === 3,
    );
  });
});

describe('an unpublished event', () => {
  it('is a draft that can be changed completely and published again', async () => {
    const eventId = await createEvent({ startsAt: iso(HOUR) });
    const player = newAccount('USER');
    expect(await send(eventId, 'unpublish')).toEqual(dataOf(200, eventOf({ status: 'DRAFT', termsVersion: 2 })));
    expect(await post(player, `/events/${eventId}/completion`)).toEqual(problemOf(404, 'NOT_FOUND'));
    expect((await send(eventId, 'change', { startsAt: iso(-HOUR), rewards: [sauna] })).status).toBe(200);
    expect(await send(eventId, 'publish')).toEqual(dataOf(200, eventOf({ termsVersion: 2, rewards: [sauna] })));
    expect(await send(eventId, 'unpublish')).toEqual(problemOf(409, 'WRONG_STATE', { state: 'ACTIVE' }));
  });
});
