import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { formatPosition, START } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { AccessTokenVerifier, createLogger, type Settings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { send } from '@rewards/testing/http';
import { removeData, testSettings } from '@rewards/testing/settings';
import { createTestTokens } from '@rewards/testing/tokens';
import { until } from '@rewards/testing/until';
import { createProjections, type Projections, type ProjectionsOptions } from '../src/projections';
import { ELIXIR, factsOfEvent, factsOfParticipation } from '@rewards/contracts/testing/sample-events';
import { appendFacts } from '@rewards/event-store/testing/append-facts';
import { history } from '@rewards/contracts/testing/sample-history';
import { SseReader } from '../src/testing/sse-reader';

const eventId = '00000000-0000-4000-8000-000000000001';
const accountId = '00000000-0000-4000-8000-00000000000b';
const event = factsOfEvent(eventId);
const one = factsOfParticipation(eventId, accountId);

describe('GET /audit/stream', () => {
  const tokens = createTestTokens();
  const verifier = new AccessTokenVerifier(tokens.keySource);
  const auditor = tokens.sign({ accountId, roles: ['AUDITOR'] });
  let settings: Settings;
  let store: EventStore;
  let service: Projections;
  const readers: SseReader[] = [];

  const start = async (auditStream: ProjectionsOptions['auditStream'] = {}, stallMs = 30_000) => {
    service = await createProjections(settings, createLogger('projections', 'silent'), {
      identify: (authorization) => verifier.identify(authorization),
      auditStream,
      stallMs,
      projections: [],
    });
    await service.app.listen(0, '127.0.0.1');
  };
  const open = async (query = '', headers: Record<string, string> = {}, token = auditor): Promise<SseReader> => {
    const reader = await SseReader.open(service.app, `/audit/stream${query}`, { authorization: `Bearer ${token}`, ...headers });
    readers.push(reader);
    return reader;
  };

  beforeEach(() => {
    settings = testSettings();
    store = openEventStore(settings, 'write');
  });

  afterEach(async () => {
    for (const reader of readers.splice(0)) reader.close();
    await service.close();
    await store.close();
    removeData(settings);
  });

  it('replays the history, reports once that it has caught up, and follows the log', async () => {
    await appendFacts(store, [event.created(), event.added(ELIXIR), one.started()]);
    const end = await store.head();
    await start();
    const reader = await open();
    await reader.waitForEvent('caught-up');
    const { 'content-type': type, 'x-request-id': requestId } = reader.answer.headers;
    expect([type, typeof requestId]).toEqual(['text/event-stream; charset=utf-8', 'string']);
    expect(reader.events.map(({ event: name }) => name)).toEqual(['message', 'message', 'message', 'caught-up']);
    expect(reader.lastEventId).toBe(end);
    const last = await appendFacts(store, [one.counted(1), one.claimRefused()]);
    await reader.waitForCount(5);
    expect(reader.facts.map(({ type }) => type)).toEqual([
      'RewardEventCreated',
      'RewardAdded',
      'ParticipationStarted',
      'LoginCounted',
      'ClaimRefused',
    ]);
    expect(reader.events.at(-1)).toEqual({
      event: 'message',
      id: last,
      data: {
        position: last,
        stream: `refusals-${one.stream}`,
        revision: 0,
        type: 'ClaimRefused',
        at: '2026-11-07T00:00:00.000Z',
        actor: { service: 'test' },
        accountId,
        eventId,
        data: one.claimRefused().event.data,
        correlationId: 'request',
        causationId: null,
      },
    });
    expect(reader.events.filter(({ event: name }) => name === 'caught-up')).toHaveLength(1);
  });

  it('resumes after `after` or, if sent, after Last-Event-ID, without loss or repetition', async () => {
    await appendFacts(store, history(2, 30));
    await start();
    const whole = await open();
    await whole.waitForEvent('caught-up');
    const positions = whole.facts.map(({ position }) => position);
    for (const index of [0, 99, 300, positions.length - 1]) {
      const after = positions[index] ?? START;
      const [byQuery, byHeader] = [
        await open(`?after=${after}`),
        await open(`?after=${positions[5]}`, { 'last-event-id': after }),
      ];
      await Promise.all([byQuery.waitForEvent('caught-up'), byHeader.waitForEvent('caught-up')]);
      for (const reader of [byQuery, byHeader]) {
        expect(reader.facts.map(({ position }) => position)).toEqual(positions.slice(index + 1));
      }
    }
  });

  it('filters history and new events, and sends the searched position to a filter without matches', async () => {
    const otherEvent = factsOfEvent(accountId);
    await appendFacts(store, [event.created(), otherEvent.created(), one.started(), one.claimRefused()]);
    await start({ heartbeatMs: 20 });
    const quiet = await open(`?type=MessageDiscarded`);
    const byEvent = await open(`?eventId=${eventId}`);
    const byAccount = await open(`?accountId=${accountId}&type=ClaimRefused`);
    await Promise.all([quiet, byEvent, byAccount].map((reader) => reader.waitForEvent('caught-up')));
    const last = await appendFacts(store, [otherEvent.added(ELIXIR), event.added(ELIXIR), one.claimRefused({ requestId: 'r2' })]);
    await Promise.all([byEvent.waitForCount(5), byAccount.waitForCount(2)]);
    await until(
      'the last event',
      () => quiet.lastEventId,
      (id) => id === last,
    );
    expect(quiet.facts).toEqual([]);
    expect(byEvent.facts.map(({ type }) => type)).toEqual([
      'RewardEventCreated',
      'ParticipationStarted',
      'ClaimRefused',
      'RewardAdded',
      'ClaimRefused',
    ]);
    expect(byAccount.facts.map(({ type }) => type)).toEqual(['ClaimRefused', 'ClaimRefused']);
  });

  it('answers 400 if `after` or Last-Event-ID is a place that the log does not have', async () => {
    const position = await appendFacts(store, [event.created(), event.added(ELIXIR)]);
    const token = position + ((await store.eventIdAt(position)) ?? '').replaceAll('-', '').slice(0, 16);
    await start();
    const pastEnd = formatPosition(3);
    const between = formatPosition(2, 1);
    const otherEvent = position + '0'.repeat(16);
    for (const place of [pastEnd, between, otherEvent, 'f'.repeat(32), position.slice(1)]) {
      for (const reader of [await open(`?after=${place}`), await open('', { 'last-event-id': place })]) {
        expect({ place, status: reader.answer.statusCode }).toEqual({ place, status: 400 });
      }
    }
    for (const reader of [await open(`?after=${START}`), await open('', { 'last-event-id': '' })]) {
      await reader.waitForEvent('caught-up');
      expect(reader.facts).toHaveLength(2);
    }
    for (const reader of [await open(`?after=${token}`), await open('', { 'last-event-id': token })]) {
      await reader.waitForEvent('caught-up');
      expect(reader.facts).toEqual([]);
    }
  });

  it('sends only ids that a reader can resume after, also in heartbeats and the caught-up frame', async () => {
    await start({ heartbeatMs: 20 });
    const quiet = await open('?type=MessageDiscarded');
    await quiet.waitForEvent('caught-up');
    for (let count = 0; count < 5; count += 1) {
      const position = await appendFacts(store, [event.changed({ name: `name ${count}` })]);
      await until(
        'the last event',
        () => quiet.lastEventId,
        (id) => id >= position,
      );
      const resumed = await open('', { 'last-event-id': quiet.lastEventId });
      expect(resumed.answer.statusCode).toBe(200);
    }
    quiet.close();
    const empty = await open('?type=MessageDiscarded', { 'last-event-id': quiet.lastEventId });
    await empty.waitForEvent('caught-up');
    expect(empty.lastEventId).toBe(quiet.lastEventId);
  });

  it.each([
    ['?after=x', 400],
    ['?after=', 400],
    [`?after=${'F'.repeat(32)}`, 400],
    ['?type=NothingOfThatName', 400],
    ['?eventId=x', 400],
    ['?accountId=x', 400],
    ['?from=2026-11-01T00:00:00Z', 400],
    [`?type=a&type=b`, 400],
  ])('answers the query %s with %i', async (query, status) => {
    await start();
    expect((await open(query)).answer.statusCode).toBe(status);
  });

  it('rejects a malformed Last-Event-ID, players, and requests without a valid token', async () => {
    await start();
    expect((await open('', { 'last-event-id': 'x' })).answer.statusCode).toBe(400);
    const player = tokens.sign({ accountId, roles: ['USER'] });
    expect((await open('', {}, player)).answer.statusCode).toBe(403);
    expect((await open('', {}, 'nothing')).answer.statusCode).toBe(401);
  });

  it('ends with the reason TOKEN_EXPIRED when the token expires', async () => {
    await start();
    const reader = await open('', {}, tokens.sign({ accountId, roles: ['AUDITOR'] }, { expiresIn: 1 }));
    await reader.waitForEnd();
    expect(reader.events.at(-1)).toEqual({ event: 'end', id: null, data: { reason: 'TOKEN_EXPIRED' } });
  });

  it('ends when auth-service lists the account of its token as erased', async () => {
    const erased: string[] = [];
    const jwks = { keys: [tokens.jwk] };
    const authService = createServer(({ url }, response) =>
      response.end(JSON.stringify(url === '/internal/erased-accounts' ? { data: erased } : jwks)),
    ).listen(0, '127.0.0.1');
    await once(authService, 'listening');
    const auth = `http://127.0.0.1:${(authService.address() as AddressInfo).port}`;
    const withAuth = { ...settings, instances: { ...settings.instances, auth: [auth] } };
    service = await createProjections(withAuth, createLogger('projections', 'silent'), { projections: [] });
    await service.app.listen(0, '127.0.0.1');
    const reader = await open();
    const other = await open('', {}, tokens.sign({ accountId: eventId, roles: ['AUDITOR'] }));
    await Promise.all([reader.waitForEvent('caught-up'), other.waitForEvent('caught-up')]);
    erased.push(accountId);
    await reader.waitForEnd();
    expect(reader.events.at(-1)).toEqual({ event: 'end', id: null, data: { reason: 'ACCOUNT_ERASED' } });
    expect((await open()).answer.statusCode).toBe(401);
    expect(other.events.map(({ event: name }) => name)).toEqual(['caught-up']);
    authService.closeAllConnections();
    authService.close();
  });

  it('ends when the service shuts down, without delaying the shutdown', async () => {
    await start();
    const reader = await open();
    await reader.waitForEvent('caught-up');
    await service.close();
    await reader.waitForEnd();
    expect(reader.events.at(-1)).toEqual({ event: 'end', id: null, data: { reason: 'SHUTTING_DOWN' } });
    await start();
  });

  it('ends the stream of a client that does not read, and does not delay others', async () => {
    const changed = event.changed({ description: 'x'.repeat(50_000) });
    for (let part = 0; part < 30; part += 1) await appendFacts(store, Array<typeof changed>(20).fill(changed));
    await start({ maxReaders: 2 }, 500);
    const slow = await open();
    slow.answer.pause();
    const fast = await open();
    await fast.waitForCount(600);
    const next = await appendFacts(store, [event.published()]);
    await until(
      'the last event',
      () => fast.lastEventId,
      (id) => id === next,
    );
    await until(
      'a free stream',
      async () => (await open()).answer.statusCode,
      (status) => status === 200,
    );
    slow.answer.resume();
    await slow.waitForEnd();
    expect(slow.facts.length).toBeLessThan(600);
  });

  it('frees the slots of clients that stop reading while the log is idle, and keeps those of slow readers', async () => {
    await start({ maxReaders: 10, heartbeatMs: 100 }, 500);
    const slow = await open();
    await slow.waitForEvent('caught-up');
    const stalled = [];
    for (let count = 1; count < 10; count += 1) stalled.push(await open());
    for (const { answer } of stalled) answer.pause();
    expect((await open()).answer.statusCode).toBe(503);
    slow.answer.pause();
    const reading = setInterval(() => void slow.answer.read(), 200);
    try {
      for (let freed = 0; freed < stalled.length; freed += 1) {
        await until(
          'a free stream',
          async () => (await open()).answer.statusCode,
          (status) => status === 200,
        );
      }
    } finally {
      clearInterval(reading);
    }
    expect(slow.answer.destroyed).toBe(false);
    expect((await open()).answer.statusCode).toBe(503);
  });

  const anotherAuditor = () => tokens.sign({ accountId: randomUUID(), roles: ['AUDITOR'] });

  it('serves 10 streams to one account, and answers 503 to more until one of them ends', async () => {
    await start();
    const own = [];
    for (let count = 0; count < 10; count += 1) own.push(await open());
    const { statusCode, headers } = (await open()).answer;
    expect({ statusCode, retryAfter: headers['retry-after'] }).toEqual({ statusCode: 503, retryAfter: '1' });
    expect((await open('', {}, anotherAuditor())).answer.statusCode).toBe(200);
    expect((await open('?after=x')).answer.statusCode).toBe(400);
    own[0]?.close();
    await until(
      'a free stream',
      async () => (await open()).answer.statusCode,
      (status) => status === 200,
    );
  });

  it('uses one slot for each connection with pipelined streams, and frees it when the client disconnects', async () => {
    await start({ maxReaders: 3 });
    const { port } = service.app.getHttpServer().address() as AddressInfo;
    const request = `GET /audit/stream HTTP/1.1\r\nHost: p\r\nAuthorization: Bearer ${auditor}\r\n\r\n`;
    const sockets = await Promise.all(
      [1, 2].map(async () => {
        const socket = connect(port, '127.0.0.1', () => socket.write(request.repeat(5)));
        await once(socket, 'data');
        return socket;
      }),
    );
    const other = await open();
    await other.waitForEvent('caught-up');
    for (const socket of sockets) socket.resetAndDestroy();
    await until(
      'a free stream',
      async () => (await open()).answer.statusCode,
      (status) => status === 200,
    );
  });

  it('answers HEAD without opening a stream', async () => {
    await start({ maxReaders: 1 });
    const as = { authorization: `Bearer ${auditor}` };
    for (let index = 0; index < 3; index += 1) {
      const { status, headers } = await send(service.app, { method: 'HEAD', path: '/audit/stream', as });
      expect([status, headers['content-type']]).toEqual([200, 'text/event-stream; charset=utf-8']);
    }
    expect((await open()).answer.statusCode).toBe(200);
  });

  it('serves 200 concurrent readers, each with every event in order, and rejects more than the maximum', async () => {
    await appendFacts(store, history(2, 20));
    await start({ maxReaders: 200 });
    const many = await Promise.all(
      Array.from({ length: 200 }, (_, index) => open(index % 2 ? `?eventId=${eventId}` : '', {}, anotherAuditor())),
    );
    expect((await open()).answer.statusCode).toBe(503);
    await appendFacts(
      store,
      Array.from({ length: 50 }, (_, index) => event.changed({ name: `name ${index}` })),
    );
    const all = many.filter((_, index) => index % 2 === 0);
    for (const [index, reader] of many.entries()) await reader.waitForCount(index % 2 ? 50 : 8 + 400 + 50);
    const [first] = all;
    for (const reader of all) expect(reader.facts).toEqual(first?.facts);
    const positions = first?.facts.map(({ position }) => position) ?? [];
    expect(positions).toEqual(positions.toSorted());

    many[0]?.close();
    await until(
      'a free stream',
      async () => (await open()).answer.statusCode,
      (status) => status === 200,
    );
  }, 60_000);
});
