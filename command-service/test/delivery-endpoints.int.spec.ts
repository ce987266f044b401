import { randomUUID } from 'node:crypto';
import { REWARD_TYPES, START, streams } from '@rewards/contracts';
import { dataOf, invalidOf, problemOf, send } from '@rewards/testing/http';
import type { Sender } from '../src/delivery/sender';
import {
  add,
  admin,
  callers,
  factsOfEndpoint,
  given,
  NOW,
  operator,
  post,
  receiver,
  REFUSED_HOST,
  secrets,
  service,
  setClock,
  start,
  store,
  typesOf,
  useDeliveryService,
  webhook,
} from './delivery-harness';

const A_POSITION = expect.stringMatching(/^[0-9a-f]{48}$/) as string;
const AN_ID = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
const A_SECRET = expect.stringMatching(/^whsec_[A-Za-z0-9+/]{43}=$/) as string;
const A_KEY = expect.stringMatching(/^whpk_[A-Za-z0-9+/]{43}=$/) as string;
const DAY_LATER = '2026-11-21T00:00:00.001Z';

const settingsOf = (id: unknown, changes: object = {}) => ({
  id,
  name: webhook.name,
  kind: 'WEBHOOK',
  url: webhook.url,
  rewardTypes: null,
  maxPerSecond: 500,
  timeoutMs: 10_000,
  state: 'ACTIVE',
  since: NOW,
  reason: null,
  ...changes,
});
const NO_DELIVERIES = { pending: 0, parked: 0, oldestPendingAt: null, lastDeliveredAt: null };
const addedOf = (id: unknown, changes: object = {}) => ({
  ...settingsOf(id),
  ...NO_DELIVERIES,
  secret: A_SECRET,
  publicKey: A_KEY,
  ...changes,
});

describe('POST /delivery-endpoints', () => {
  useDeliveryService('each');
  const path = '/delivery-endpoints';

  it('adds a webhook, whose secret only this response has', async () => {
    const { data, headers } = await given()
      .when({ path, as: admin, body: webhook })
      .thenResponds(dataOf(201, addedOf(AN_ID), { 'x-position': A_POSITION }), {
        stream: streams.deliveryEndpoints(),
        event: {
          type: 'DeliveryEndpointAdded',
          data: {
            endpointId: AN_ID,
            ...webhook,
            maxPerSecond: 500,
            timeoutMs: 10_000,
            secretId: AN_ID,
            by: admin.accountId,
            at: NOW,
          },
        },
      });
    expect(headers.location).toBe(`/delivery-endpoints/${data.id}`);
    const log = JSON.stringify(await store.readStream(streams.deliveryEndpoints()));
    for (const part of [data.secret, data.publicKey]) expect(log).not.toContain(part.slice('whsec_'.length));
  });

  it('adds an endpoint of the bus, which has no url and no secret', async () => {
    const body = { name: 'Bus', kind: 'BUS', rewardTypes: ['POINT', 'ITEM'], maxPerSecond: 7, timeoutMs: 100 };
    const shown = { ...body, rewardTypes: ['ITEM', 'POINT'], url: null, secret: null, publicKey: null };
    expect(await post(admin, path, body)).toEqual(dataOf(201, addedOf(AN_ID, shown)));
  });

  it('accepts a place in the log that it has, and no other', async () => {
    await add({ rewardTypes: ['ITEM'], from: 'now' });
    const position = await store.head();
    await add({ rewardTypes: ['POINT'], from: position });
    await add({ rewardTypes: ['COUPON'], from: START });
    const froms = (await store.readStream(streams.deliveryEndpoints())).map(({ data }) => (data as { from?: string }).from);
    expect(froms).toEqual([undefined, position, START]);
    const notAnEvent = `${position.slice(0, -1)}${position.endsWith('f') ? 'e' : 'f'}`;
    for (const from of ['f'.repeat(32), notAnEvent, 'yesterday', '', null, 5])
      expect(await post(admin, path, { ...webhook, from })).toEqual(invalidOf('from'));
  });

  it('rejects an address to which webhooks may not go, before it looks at other endpoints', async () => {
    await given(factsOfEndpoint().added())
      .when({ path, as: admin, body: { ...webhook, url: `https://${REFUSED_HOST}/` } })
      .thenResponds(problemOf(422, 'ADDRESS_REFUSED', { host: REFUSED_HOST }));
  });

  it('rejects a type that another endpoint accepts, and a second endpoint for all other types', async () => {
    const items = await add({ rewardTypes: ['ITEM'] });
    const others = await add();
    expect(await post(admin, path, { ...webhook, rewardTypes: ['POINT', 'ITEM'] })).toEqual(
      problemOf(409, 'TYPE_TAKEN', { rewardType: 'ITEM', endpointId: items }),
    );
    expect(await post(admin, path, webhook)).toEqual(problemOf(409, 'TYPE_TAKEN', { rewardType: null, endpointId: others }));
    expect(await typesOf()).toHaveLength(2);
  });

  it('lets one of two concurrent additions for a type through, also of two instances', async () => {
    const other = await start();
    try {
      for (const type of REWARD_TYPES) {
        const body = { ...webhook, rewardTypes: [type] };
        const answers = await Promise.all([service, other, service, other].map((at) => post(admin, path, body, {}, at)));
        expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
      }
      expect(await typesOf()).toHaveLength(REWARD_TYPES.length);
    } finally {
      await other.close();
    }
  });

  it('answers a repeated request with the first answer and its secret, also after a change and a removal', async () => {
    const body = { ...webhook, rewardTypes: ['ITEM', 'POINT'], requestId: 'endpoint-1' };
    const first = await post(admin, path, body);
    const { id } = first.data;
    const replay = dataOf(200, first.data, { 'idempotent-replayed': 'true' });
    expect(first).toEqual(dataOf(201, addedOf(AN_ID, { rewardTypes: ['ITEM', 'POINT'] }), { 'x-position': A_POSITION }));
    const { requestId: _requestId, ...rest } = body;
    expect(await post(admin, path, { ...rest, rewardTypes: ['POINT', 'ITEM'] }, { 'idempotency-key': 'endpoint-1' })).toEqual(
      replay,
    );
    expect((await post(admin, `${path}/${id}/change`, { name: 'Other' })).status).toBe(200);
    expect(await post(admin, path, body)).toEqual(replay);
    expect((await post(admin, `${path}/${id}/remove`)).status).toBe(200);
    expect(await post(admin, path, body)).toEqual(replay);
    expect(await typesOf()).toEqual(['DeliveryEndpointAdded', 'DeliveryEndpointChanged', 'DeliveryEndpointRemoved']);
    expect(await post(admin, path, { ...body, name: 'Other' })).toEqual(problemOf(422, 'REQUEST_ID_REUSED'));
    // The same requestId of another administrator is another request.
    expect((await post(callers.person('ADMIN'), path, body)).status).toBe(201);
  });

  it('adds one endpoint for concurrent copies of a request', async () => {
    const body = { ...webhook, requestId: 'copies' };
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(admin, path, body)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(await typesOf()).toHaveLength(1);
  });
});

describe('the commands on an endpoint', () => {
  useDeliveryService('each');
  const pathOf = (id: string, command: string) => `/delivery-endpoints/${id}/${command}`;

  it('changes only what differs', async () => {
    const id = await add({ rewardTypes: ['ITEM'] });
    const { endpointId, changed } = factsOfEndpoint(id);
    const change = { url: 'https://new.example.com/', rewardTypes: null, maxPerSecond: 9 };
    await given()
      .when({ path: pathOf(endpointId, 'change'), as: admin, body: { name: webhook.name, ...change } })
      .thenResponds(dataOf(200, settingsOf(id, change), { 'x-position': A_POSITION }), changed(change));
    await given()
      .when({ path: pathOf(id, 'change'), as: admin, body: change })
      .thenResponds(dataOf(200, settingsOf(id, change), { 'x-position': undefined }));
    await given()
      .when({ path: pathOf(id, 'change'), as: admin, body: {} })
      .thenResponds(dataOf(200, settingsOf(id, change)));
  });

  it('rejects a change to what is taken, refused, invalid, or not of its kind', async () => {
    const id = await add({ rewardTypes: ['ITEM'] });
    const bus = await add({ kind: 'BUS', url: undefined, rewardTypes: ['POINT'] });
    const change = (body: object, of = id) => given().when({ path: pathOf(of, 'change'), as: admin, body });
    await change({ rewardTypes: ['POINT'] }).thenResponds(problemOf(409, 'TYPE_TAKEN', { rewardType: 'POINT', endpointId: bus }));
    await change({ url: `https://${REFUSED_HOST}/` }).thenResponds(problemOf(422, 'ADDRESS_REFUSED', { host: REFUSED_HOST }));
    await change({ url: 'gopher://x' }).thenResponds(invalidOf('url'));
    await change({ url: webhook.url }, bus).thenResponds(invalidOf('url'));
    await change({ url: null }).thenResponds(invalidOf('url'));
    await change({ kind: 'BUS' }).thenResponds(invalidOf('kind'));
    await change({ from: 'now' }).thenResponds(invalidOf('from'));
  });

  it('pauses and resumes, recorded with the operator; a repetition changes nothing', async () => {
    const id = await add();
    const { paused, resumed } = factsOfEndpoint(id);
    const at = '2026-11-20T01:00:00.000Z';
    setClock(at);
    const isPaused = dataOf(200, settingsOf(id, { state: 'PAUSED', since: at }));
    await given()
      .when({ method: 'POST', path: pathOf(id, 'pause'), as: operator })
      .thenResponds(isPaused, paused(operator.accountId, at));
    await given()
      .when({ method: 'POST', path: pathOf(id, 'pause'), as: operator })
      .thenResponds(isPaused);
    const isActive = dataOf(200, settingsOf(id, { since: at }));
    await given()
      .when({ method: 'POST', path: pathOf(id, 'resume'), as: operator })
      .thenResponds(isActive, resumed(operator.accountId, at));
    await given()
      .when({ method: 'POST', path: pathOf(id, 'resume'), as: operator })
      .thenResponds(isActive);
  });

  it('resumes a disabled endpoint, which cannot be paused', async () => {
    const { endpointId, added, disabled, resumed } = factsOfEndpoint();
    await given(added(), disabled())
      .when({ method: 'POST', path: pathOf(endpointId, 'pause'), as: operator })
      .thenResponds(problemOf(409, 'ENDPOINT_STATE', { state: 'DISABLED' }));
    await given()
      .when({ method: 'POST', path: pathOf(endpointId, 'resume'), as: admin })
      .thenResponds(dataOf(200, settingsOf(endpointId, { name: 'Mailbox' })), resumed());
  });

  it('removes an endpoint, after which it does not exist and its type is free', async () => {
    const id = await add({ rewardTypes: ['ITEM'] });
    await given()
      .when({ method: 'POST', path: pathOf(id, 'remove'), as: admin })
      .thenResponds(dataOf(200, { id }, { 'x-position': A_POSITION }), factsOfEndpoint(id).removed());
    for (const command of ['change', 'pause', 'resume', 'rotate-secret', 'remove', 'test'])
      await given()
        .when({ method: 'POST', path: pathOf(id, command), as: admin })
        .thenResponds(problemOf(404, 'NOT_FOUND'));
    await add({ rewardTypes: ['ITEM'] });
  });

  it('answers 404 for ids that are unknown or malformed', async () => {
    for (const id of [randomUUID(), 'x'])
      for (const command of ['change', 'pause', 'resume', 'rotate-secret', 'remove', 'test'])
        expect(await post(admin, pathOf(id, command))).toEqual(problemOf(404, 'NOT_FOUND'));
  });

  it('rotates the secret once in 24 hours', async () => {
    const first = await post(admin, '/delivery-endpoints', webhook);
    const { id } = first.data;
    const rotated = await post(admin, pathOf(id, 'rotate-secret'));
    const until = '2026-11-21T00:00:00.000Z';
    expect(rotated).toEqual(dataOf(200, { id, secret: A_SECRET, publicKey: A_KEY, until }, { 'x-position': A_POSITION }));
    expect(rotated.data.secret).not.toBe(first.data.secret);
    expect(await post(admin, pathOf(id, 'rotate-secret'))).toEqual(problemOf(409, 'ROTATION_RUNNING', { until }));
    setClock(DAY_LATER);
    const again = await post(admin, pathOf(id, 'rotate-secret'));
    expect(again.status).toBe(200);
    expect([first.data.secret, rotated.data.secret]).not.toContain(again.data.secret);
    expect(await typesOf()).toEqual(['DeliveryEndpointAdded', 'DeliverySecretRotated', 'DeliverySecretRotated']);
  });

  it('replaces a lost secret at once, even while two sign', async () => {
    const id = await add();
    expect((await post(admin, pathOf(id, 'rotate-secret'))).status).toBe(200);
    const stored = await secrets.collection({ name: 'secrets', indexes: [] });
    for (const { id: secretId, version } of await stored.scan(null, 10)) await stored.delete(secretId, version);
    const restarted = await start();
    try {
      const parts = async () => {
        const { status, body } = await send(restarted.app, { path: '/health/ready' });
        return [status, body.data.parts.endpointSecrets];
      };
      expect(await parts()).toEqual([200, 'down']);
      const rotated = await post(admin, pathOf(id, 'rotate-secret'), undefined, {}, restarted);
      expect(rotated).toEqual(dataOf(200, expect.objectContaining({ id, secret: A_SECRET }), { 'x-position': A_POSITION }));
      expect(await parts()).toEqual([200, 'up']);
    } finally {
      await restarted.close();
    }
  });

  it('answers a repeated rotation with the same secret', async () => {
    const id = await add();
    const rotate = (requestId: string) => post(admin, pathOf(id, 'rotate-secret'), { requestId });
    const first = await rotate('rotation-1');
    expect(first.status).toBe(200);
    expect(await rotate('rotation-1')).toEqual(dataOf(200, first.data, { 'idempotent-replayed': 'true' }));
    setClock(DAY_LATER);
    expect((await rotate('rotation-2')).status).toBe(200);
    expect(await rotate('rotation-1')).toEqual(problemOf(422, 'REQUEST_ID_REUSED'));
    expect(await typesOf()).toHaveLength(3);
  });

  it('does not rotate what an endpoint of the bus does not have', async () => {
    const id = await add({ kind: 'BUS', url: undefined });
    await given()
      .when({ method: 'POST', path: pathOf(id, 'rotate-secret'), as: admin })
      .thenResponds(problemOf(409, 'ENDPOINT_STATE', { state: 'ACTIVE' }));
  });

  it.each(['WEBHOOK', 'BUS'] as const)('tests an endpoint of the kind %s in every state, and records nothing', async (kind) => {
    const { endpointId, added, paused, disabled } = factsOfEndpoint();
    const test = () => given().when({ method: 'POST', path: pathOf(endpointId, 'test'), as: admin });
    await given(added({ kind }))
      .when({ method: 'POST', path: pathOf(endpointId, 'test'), as: admin })
      .thenResponds(dataOf(200, { status: 200, tookMs: 3, error: null }));
    receiver.outcome = { kind: 'rejected', status: 404, tookMs: 5, error: 'The receiver answered 404.' };
    await given(paused())
      .when({ method: 'POST', path: pathOf(endpointId, 'test'), as: admin })
      .thenResponds(dataOf(200, { status: 404, tookMs: 5, error: 'The receiver answered 404.' }));
    await given(disabled())
      .when({ method: 'POST', path: pathOf(endpointId, 'test'), as: admin })
      .thenResponds(dataOf(200, { status: 404, tookMs: 5, error: 'The receiver answered 404.' }));
    receiver.outcome = {
      kind: 'retry',
      status: null,
      tookMs: 6,
      error: 'No answer.',
      retryAfterSeconds: null,
      isEndpointDown: true,
    };
    await test().thenResponds(dataOf(200, { status: null, tookMs: 6, error: 'No answer.' }));
    expect(receiver.sent.map((sent) => sent.kind)).toEqual([kind, kind, kind, kind]);
    const [{ message, endpoint }] = receiver.sent as [(typeof receiver.sent)[0]];
    expect(endpoint.endpointId).toBe(endpointId);
    expect(message).toEqual({ id: AN_ID, type: 'delivery.test', accountId: null, at: NOW, body: expect.any(String) as string });
    const nothing = Object.fromEntries(
      [
        ...['claimId', 'eventId', 'eventName', 'cycle', 'milestone', 'accountId', 'target'],
        ...['rewardName', 'type', 'itemCode', 'amount', 'claimedAt', 'position'],
      ].map((member) => [member, null]),
    );
    expect(JSON.parse(message.body)).toEqual({
      type: 'delivery.test',
      timestamp: NOW,
      data: { deliveryId: message.id, ...nothing },
    });
    expect(new Set(receiver.sent.map((sent) => sent.message.id)).size).toBe(4);
  });
});

describe('a test of an endpoint', () => {
  useDeliveryService();

  it('ends although the receiver does not answer in time', async () => {
    const id = await add();
    let isAborted = false;
    const silent: Sender = {
      send: (_endpoint, _message, signal) =>
        new Promise(() => {
          signal.addEventListener('abort', () => (isAborted = true));
        }),
      release: () => undefined,
      close: async () => undefined,
    };
    const impatient = await start({ senders: { WEBHOOK: silent, BUS: silent }, testMs: 10 });
    try {
      expect(await post(admin, `/delivery-endpoints/${id}/test`, undefined, {}, impatient)).toEqual(
        dataOf(200, { status: null, tookMs: 10, error: 'The receiver did not answer the test within 0.01 s.' }),
      );
      expect(isAborted).toBe(true);
    } finally {
      await impatient.close();
    }
  });
});

describe('an invalid endpoint', () => {
  useDeliveryService();

  it.each([
    ['name', { name: ' ' }],
    ['name', { name: 'x'.repeat(101) }],
    ['kind', { kind: 'MAIL' }],
    ['url', { url: undefined }],
    ['url', { url: null }],
    ['url', { url: '' }],
    ['url', { url: 5 }],
    ['url', { url: `https://game.example.com/${'x'.repeat(2_048)}` }],
    ['url', { url: 'http://game.example.com' }],
    ['url', { kind: 'BUS' }],
    ['rewardTypes', { rewardTypes: [] }],
    ['rewardTypes', { rewardTypes: ['ITEM', 'ITEM'] }],
    ['rewardTypes', { rewardTypes: ['GOLD'] }],
    ['rewardTypes', { rewardTypes: 'ITEM' }],
    ['maxPerSecond', { maxPerSecond: 0 }],
    ['maxPerSecond', { maxPerSecond: 10_001 }],
    ['timeoutMs', { timeoutMs: 99 }],
    ['timeoutMs', { timeoutMs: 60_001 }],
    ['secret', { secret: 'whsec_x' }],
    ['requestId', { requestId: 'not allowed' }],
  ])('rejects an invalid %s: %j', async (field, change) => {
    await given()
      .when({ path: '/delivery-endpoints', as: admin, body: { ...webhook, ...change } })
      .thenResponds(invalidOf(field));
  });
});

describe('who may manage endpoints', () => {
  useDeliveryService();
  const others = [null, callers.person('USER'), callers.person('AUDITOR'), operator];
  const statusOf = (caller: (typeof others)[number]) => (caller === null ? 401 : 403);

  it('only lets administrators add, change, rotate, remove and test', async () => {
    for (const caller of others) {
      expect((await post(caller, '/delivery-endpoints', webhook)).status).toBe(statusOf(caller));
      for (const command of ['change', 'rotate-secret', 'remove', 'test'])
        expect((await post(caller, `/delivery-endpoints/${randomUUID()}/${command}`)).status).toBe(statusOf(caller));
    }
  });

  it('also lets operators pause and resume', async () => {
    for (const command of ['pause', 'resume']) {
      for (const caller of others.slice(0, 3))
        expect((await post(caller, `/delivery-endpoints/${randomUUID()}/${command}`)).status).toBe(statusOf(caller));
      expect((await post(operator, `/delivery-endpoints/${randomUUID()}/${command}`)).status).toBe(404);
    }
  });
});
