import { fork } from 'node:child_process';
import { once } from 'node:events';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { status } from '@grpc/grpc-js';
import { formatPosition, parsePosition, START } from '@rewards/contracts';
import {
  AppendTooLarge,
  EventStoreRejected,
  EventStoreUnavailable,
  MAX_APPEND_BYTES,
  NO_STREAM,
  type EventStore,
  type NewEvent,
} from '../event-store';
import { eventStoreContract } from '../testing/event-store.contract';
import { EventStoreDbDouble } from '../testing/eventstoredb-double';
import { eventStoreDbFacts } from '../testing/eventstoredb.facts';
import { Follower, readAll } from '../testing/follower';
import { newEvent, newEvents } from '../testing/new-event';
import { findEventStoreDb } from '../testing/real-eventstoredb';
import { reportSkipped } from '@rewards/testing/report-skipped';
import { openEventStoreDb, type EventStoreDbOptions } from './eventstoredb';

const prepareDouble = async () => {
  const double = await EventStoreDbDouble.start();
  const { url } = double;
  return {
    url,
    open: async () => openEventStoreDb({ url }),
    restart: () => double.restart(),
    cleanUp: () => double.stop(),
  };
};

eventStoreContract('EventStoreDB (double)', prepareDouble);
eventStoreDbFacts('double', prepareDouble);

const prepareReal = findEventStoreDb();
if (prepareReal) {
  const prepare = () => prepareReal((url) => openEventStoreDb({ url }));
  eventStoreContract('EventStoreDB', prepare);
  eventStoreDbFacts('server', prepare);
} else {
  reportSkipped('event-store contract on EventStoreDB', 'no EVENTSTORE_URL, no Docker');
}

const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);

/** Creates an event whose JSON data and metadata have this size together. */
const eventOfSize = (bytes: number): NewEvent => {
  const event = newEvent({ text: '' });
  const empty = JSON.stringify(event.data).length + JSON.stringify(event.metadata).length;
  return { ...event, data: { text: 'x'.repeat(bytes - empty) } };
};

describe('event store on EventStoreDB', () => {
  jest.setTimeout(30_000);

  let double: EventStoreDbDouble;
  const stores: EventStore[] = [];
  const followers: Follower[] = [];

  const open = (options: Omit<EventStoreDbOptions, 'url'> = {}): EventStore => {
    const store = openEventStoreDb({ url: double.url, ...options });
    stores.push(store);
    return store;
  };

  const follow = (store: EventStore, options: ConstructorParameters<typeof Follower>[1]): Follower => {
    const follower = new Follower(store, options);
    followers.push(follower);
    return follower;
  };

  beforeEach(async () => {
    double = await EventStoreDbDouble.start();
  });

  afterEach(async () => {
    double.thaw();
    for (const follower of followers.splice(0)) await follower.stop();
    for (const store of stores.splice(0)) await store.close();
    await double.stop();
  });

  describe('the connection string', () => {
    it('is rejected if it is invalid, and is not part of the error message', () => {
      for (const url of ['mongodb://admin:secret@host', 'esdb://admin:secret@host:port?tls=false']) {
        expect(() => openEventStoreDb({ url })).toThrow(TypeError);
        expect(() => openEventStoreDb({ url })).not.toThrow(/secret/);
      }
    });

    it('is rejected if it makes the client report wrong revisions', () => {
      expect(() => openEventStoreDb({ url: `${double.url}&throwOnAppendFailure=false` })).toThrow(TypeError);
    });

    it('must be the same for all open stores of a process', async () => {
      const store = open();
      expect(() => openEventStoreDb({ url: 'esdb://127.0.0.1:1?tls=false' })).toThrow(
        'already connected to another EventStoreDB',
      );
      const second = open();
      await store.close();
      await second.ping();
      await second.close();
      await openEventStoreDb({ url: 'esdb://127.0.0.1:1?tls=false' }).close();
    });
  });

  describe('an append', () => {
    const unanswered = Array.from({ length: 3 }, () => 'written and not answered' as const);

    it.each([
      ['after it was written', 'unavailable after writing' as const],
      ['before it was written', 'unavailable before writing' as const],
    ])('is retried if it fails %s, and is stored once', async (_, fault) => {
      const store = open();
      const events = newEvents(2);
      double.failAppends(fault, fault, fault);
      const appended = await store.append('stream', NO_STREAM, events);
      expect(appended).toMatchObject({ revision: 1 });
      expect(ids(await store.readStream('stream'))).toEqual(ids(events));
      expect((await readAll(store, { after: START })).at(-1)?.position).toBe(appended.position);
    });

    it('at any revision is also stored once', async () => {
      const store = open();
      await store.append('stream', 'any', [newEvent()]);
      double.failAppends('unavailable after writing');
      expect(await store.append('stream', 'any', [newEvent()])).toMatchObject({ revision: 1 });
      expect(await store.readStream('stream')).toHaveLength(2);
    });

    it('returns its first result when it is retried after a lost acknowledgement and a later append', async () => {
      const store = open({ timeoutMs: 300, retryForMs: 0 });
      const event = newEvent();
      double.failAppends('written and not answered');
      await expect(store.append('stream', NO_STREAM, [event])).rejects.toThrow(EventStoreUnavailable);
      await store.append('stream', 0, [newEvent()]);
      expect(await store.append('stream', NO_STREAM, [event])).toMatchObject({ revision: 0 });
      expect(await store.readStream('stream')).toHaveLength(2);
    });

    it('retries while the server is down, up to the retry limit', async () => {
      const store = open({ retryForMs: 300 });
      await store.append('stream', NO_STREAM, [newEvent()]);
      await double.goDown();
      const event = newEvent();
      const began = performance.now();
      await expect(store.append('stream', 0, [event])).rejects.toThrow(EventStoreUnavailable);
      expect(performance.now() - began).toBeLessThan(3_000);
      await double.comeBack();
      expect(await store.append('stream', 0, [event])).toMatchObject({ revision: 1 });
    });

    it('ends within the time limit of one call, including retries', async () => {
      const store = open({ timeoutMs: 600, retryForMs: 60_000 });
      await store.append('stream', NO_STREAM, [newEvent()]);
      const disturbances: readonly (() => void | Promise<void>)[] = [
        () => double.failAppends(...unanswered),
        () => double.goDown(),
      ];
      for (const disturb of disturbances) {
        await disturb();
        const began = performance.now();
        await expect(store.append('stream', 'any', [newEvent()])).rejects.toThrow(EventStoreUnavailable);
        expect(performance.now() - began).toBeLessThan(1_500);
      }
    });

    it('succeeds when the server comes back within the retry limit', async () => {
      const store = open();
      await store.append('stream', NO_STREAM, [newEvent()]);
      await double.goDown();
      const appending = store.append('stream', 0, [newEvent()]);
      await double.comeBack();
      expect(await appending).toMatchObject({ revision: 1 });
    });

    it('may begin before the server is available', async () => {
      await double.goDown();
      const store = open();
      const appending = store.append('stream', NO_STREAM, [newEvent()]);
      await double.comeBack();
      expect(await appending).toMatchObject({ revision: 0 });
    });

    it('to a frozen server times out, and succeeds when it is retried later', async () => {
      const store = open({ timeoutMs: 300, retryForMs: 0 });
      await store.append('stream', NO_STREAM, [newEvent()]);
      double.freeze();
      const events = newEvents(40);
      const outcomes = await Promise.allSettled(events.map((event, index) => store.append(`s-${index}`, NO_STREAM, [event])));
      for (const outcome of outcomes) {
        expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(EventStoreUnavailable) as unknown });
      }
      double.thaw();
      for (const [index, event] of events.entries()) {
        expect(await store.append(`s-${index}`, NO_STREAM, [event])).toMatchObject({ revision: 0 });
        expect(await store.readStream(`s-${index}`)).toHaveLength(1);
      }
    });

    it('is rejected by the size limit of the server, which counts more than the JSON', async () => {
      const store = open();
      await expect(store.append('stream', NO_STREAM, [eventOfSize(MAX_APPEND_BYTES)])).rejects.toThrow(AppendTooLarge);
      expect(await store.append('stream', NO_STREAM, [eventOfSize(MAX_APPEND_BYTES - 1_000)])).toMatchObject({ revision: 0 });
    });

    it('is not affected by failed reads', async () => {
      const store = open();
      await store.append('stream', NO_STREAM, [newEvent()]);
      double.refuseReads(2);
      await expect(store.readStream('stream')).rejects.toThrow(EventStoreUnavailable);
      await expect(store.head()).rejects.toThrow(EventStoreUnavailable);
      await store.append('stream', 0, [newEvent()]);
      expect(double.appendStreamsStarted).toBe(1);
    });
  });

  it('uses separate TCP connections for appends, reads and subscriptions, whatever the connection string sets', async () => {
    for (const option of ['', '&keepAliveTimeout=20000', '&keepAliveInterval=-1&keepAliveTimeout=-1']) {
      const store = openEventStoreDb({ url: `${double.url}${option}` });
      await store.append('stream', 'any', [newEvent()]);
      await store.ping();
      const follower = await new Follower(store, { after: START }).untilCaughtUp();
      expect(double.connections).toBe(3);
      await follower.stop();
      await store.close();
      double.dropConnections();
    }
  });

  it('rejects a server without positions in stream reads, and names the required version', async () => {
    const store = open();
    await store.logId();
    double.sendsPositions = false;
    const another = open();
    for (const call of [() => another.logId(), () => another.ping(), () => another.readStream('eventLog')]) {
      await expect(call()).rejects.toThrow(EventStoreRejected);
      await expect(call()).rejects.toThrow('version 23.10 or later');
    }
    await expect(follow(another, { after: START }).ended).rejects.toThrow(EventStoreRejected);
    followers.length = 0;
  });

  it('reports the time limit in readable units', async () => {
    const store = open({ timeoutMs: 1_234, retryForMs: 0 });
    await store.ping();
    double.freeze();
    const appends = newEvents(20).map((event) => store.append('stream', 'any', [event]));
    for (const outcome of await Promise.allSettled([store.ping(), ...appends]))
      expect(outcome).toMatchObject({ reason: { message: 'EventStoreDB did not answer within 1.2 s' } });
  });

  it('reads an event without metadata, as another program may write it', async () => {
    const store = open();
    const client = EventStoreDBClient.connectionString(double.url);
    const { id } = newEvent();
    await client.appendToStream('foreign', jsonEvent({ id, type: 'Foreign', data: { a: 1 } }));
    expect(await store.readStream('foreign')).toMatchObject([
      { id, stream: 'foreign', revision: 0, type: 'Foreign', data: { a: 1 }, metadata: {} },
    ]);
    await client.dispose();
  });

  it('survives failing appends, reads and connections without a crash of the process', async () => {
    const child = fork(
      require.resolve('../../../testing/src/run-typescript.cjs'),
      [require.resolve('../testing/append-storm.process.ts')],
      { execArgv: [] },
    );
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('times out reads of a frozen server', async () => {
    const store = open({ timeoutMs: 300, retryForMs: 0 });
    await store.append('stream', NO_STREAM, [newEvent()]);
    await store.ping();
    double.freeze();
    await expect(store.readStream('stream')).rejects.toThrow(EventStoreUnavailable);
    await expect(store.head()).rejects.toThrow(EventStoreUnavailable);
    await expect(store.logId()).rejects.toThrow(EventStoreUnavailable);
    await expect(store.ping()).rejects.toThrow(EventStoreUnavailable);
    double.thaw();
    expect(await store.readStream('stream')).toHaveLength(1);
    expect(await store.logId()).not.toBe('');
  });

  it('rejects reads while the server is down, and reads again when it is back', async () => {
    const store = open();
    await store.append('stream', NO_STREAM, [newEvent()]);
    await double.goDown();
    await expect(store.ping()).rejects.toThrow(EventStoreUnavailable);
    await expect(store.readStream('stream')).rejects.toThrow(EventStoreUnavailable);
    await double.comeBack();
    expect(await store.readStream('stream')).toHaveLength(1);
  });

  describe('a subscription', () => {
    const lost = ({ batches }: Follower): boolean =>
      batches.some(({ caughtUp }, index) => !caughtUp && batches[index - 1]?.caughtUp);
    const isLive = ({ batches }: Follower): boolean => batches.at(-1)?.caughtUp === true;

    it.each<[string, () => void | Promise<void>]>([
      ['its connection breaks', () => double.dropConnections()],
      ['the server ends it', () => double.dropSubscriptions()],
      ['the server restarts', () => double.restart()],
    ])('resumes at its checkpoint when %s, and reports the interruption', async (_, disturb) => {
      const store = open();
      const events = newEvents(20);
      await store.append('s-0', NO_STREAM, events.slice(0, 10));
      const follower = await follow(store, { after: START, prefixes: ['s-'] }).untilCaughtUp();
      await disturb();
      await follower.until('the lost connection', lost);
      const interruption = follower.batches.find(({ caughtUp }, index) => !caughtUp && follower.batches[index - 1]?.caughtUp);
      expect(interruption).toMatchObject({ events: [], checkpoint: { position: expect.any(String) as unknown } });
      await follower.until('the live subscription', isLive);
      await store.append('s-1', NO_STREAM, events.slice(10));
      expect(ids(await follower.untilEvents(20))).toEqual(ids(events));
      expect(follower.batches.at(-1)).toMatchObject({ caughtUp: true });
    });

    it('delivers every event exactly once during repeated disturbances', async () => {
      const store = open();
      const follower = follow(store, { after: START, prefixes: ['s-'] });
      const disturbances: readonly (() => void | Promise<void>)[] = [
        () => double.dropSubscriptions(),
        () => double.dropConnections(),
        () => double.refuseReads(2),
        () => double.restart(),
      ];
      const appended: string[] = [];
      for (let turn = 0; turn < 40; turn += 1) {
        const events = newEvents(5);
        await store.append(`${turn % 3 ? 's' : 'other'}-${turn}`, NO_STREAM, events);
        if (turn % 3) appended.push(...ids(events));
        if (turn % 5 === 4) await disturbances[(turn / 5) & 3]?.();
      }
      expect(ids(await follower.untilEvents(appended.length))).toEqual(appended);
    });

    it('reports that it is no longer caught up while the server is frozen', async () => {
      const store = open({ timeoutMs: 300 });
      const follower = await follow(store, { after: START }).untilCaughtUp();
      double.freeze();
      await follower.until('the lost connection', lost);
      double.thaw();
      await follower.until('the live subscription', isLive);
      await store.append('stream', NO_STREAM, [newEvent()]);
      await follower.untilEvents(1);
    });

    it('is reopened after the server stopped sending without an error and the log has grown', async () => {
      const store = open({ timeoutMs: 300 });
      const follower = await follow(store, { after: START }).untilCaughtUp();
      double.muteSubscriptions();
      const event = newEvent();
      await store.append('stream', NO_STREAM, [event]);
      expect(ids(await follower.untilEvents(1))).toEqual([event.id]);
    });

    it('may begin before the server is available', async () => {
      await double.goDown();
      const store = open();
      const follower = follow(store, { after: START });
      await double.comeBack();
      const event = newEvent();
      await store.append('stream', NO_STREAM, [event]);
      expect(ids(await follower.untilEvents(1))).toEqual([event.id]);
    });

    it('with a filter without matches moves its checkpoint to the head, in history and live', async () => {
      const store = open();
      await store.append('other', NO_STREAM, newEvents(100));
      const follower = await follow(store, { after: START, prefixes: ['wanted-'] }).untilCaughtUp();
      expect(follower.batches.at(-1)?.checkpoint.position).toBe(await store.head());
      for (let turn = 0; turn < 3; turn += 1) {
        const { position } = await store.append(`other-${turn}`, NO_STREAM, newEvents(1 + turn * 30));
        await follower.until('the last position', ({ batches }) => (batches.at(-1)?.checkpoint.position as string) >= position);
      }
      expect(follower.batches.at(-1)).toMatchObject({ caughtUp: true });
      expect(follower.events).toEqual([]);
      expect(lost(follower)).toBe(false);
      expect((await store.head()) >= (follower.batches.at(-1)?.checkpoint.position as string)).toBe(true);
    });

    it('with an empty list of prefixes moves its checkpoint and delivers nothing', async () => {
      const store = open();
      await store.logId();
      const { position } = await store.append('stream', NO_STREAM, [newEvent()]);
      const follower = await follow(store, { after: START, prefixes: [] }).untilCaughtUp();
      expect(follower.batches).toMatchObject([{ events: [], checkpoint: { position }, caughtUp: true }]);
    });

    it('never reports a checkpoint past undelivered events, even for a slow reader', async () => {
      const store = open();
      const wanted: { readonly id: string; readonly position: string }[] = [];
      for (let turn = 0; turn < 30; turn += 1) {
        await store.append(`other-${turn}`, NO_STREAM, newEvents(40));
        const [event] = newEvents(1) as [NewEvent];
        const { position } = await store.append(`wanted-${turn}`, NO_STREAM, [event, ...newEvents(turn * 2)]);
        wanted.push({ id: event.id, position });
      }
      const delivered = new Set<string>();
      for await (const { events, checkpoint, caughtUp } of store.subscribe({ after: START, prefixes: ['wanted-'] })) {
        for (const { id } of events) delivered.add(id);
        for (const { id, position } of wanted) if (position <= checkpoint.position) expect(delivered.has(id)).toBe(true);
        if (caughtUp) break;
        await store.ping();
      }
      expect(wanted.every(({ id }) => delivered.has(id))).toBe(true);
    });

    it('with a slow reader makes the server wait, and delays nothing else', async () => {
      const store = open();
      const total = 4_000;
      const text = 'x'.repeat(1_000);
      for (let start = 0; start < total; start += 500) {
        const events = Array.from({ length: 500 }, () => newEvent({ text }));
        await store.append('stream', start - 1, events);
      }
      let delivered = 0;
      for await (const { events } of store.subscribe({ after: START, prefixes: ['stream'] })) {
        if (delivered === 0) {
          let before = -1;
          while (before < double.eventsSent) {
            before = double.eventsSent;
            expect(await store.readStream('stream', total - 10)).toHaveLength(10);
          }
          await store.append('other', 'any', [newEvent()]);
          expect(double.eventsSent).toBeLessThan(total / 2);
        }
        delivered += events.length;
        if (delivered === total) break;
      }
      expect(delivered).toBe(total);
    });

    it('is shared by all live subscribers of a process, even if the log grows fast', async () => {
      const store = open();
      const subscribers = Array.from({ length: 30 }, (_, index) => follow(store, { after: START, prefixes: [`s-${index}`] }));
      for (const follower of subscribers) await follower.untilCaughtUp();
      const started = double.subscriptionsStarted;
      expect(double.openSubscriptions).toBe(1);
      let end = '';
      for (let turn = 0; turn < 60; turn += 1)
        end = (await store.append(`s-${turn % 40}`, 'any', [newEvent(), newEvent()])).position;
      for (const [index, follower] of subscribers.entries()) {
        await follower.until('the last position', ({ batches }) => (batches.at(-1)?.checkpoint.position ?? START) >= end);
        expect(follower.events.every(({ stream }) => stream.startsWith(`s-${index}`))).toBe(true);
      }
      expect(double.subscriptionsStarted).toBe(started);
    });

    describe('while other streams grow', () => {
      /** Longer than the time after which a feed without events checks the end of the log. */
      const LOAD_MS = 1_500;
      /** A subscriber that lags by more events than the feed holds opens a subscription of its own. */
      const FEWER_THAN_HELD = 5_000;

      const quietFollowers = async (store: EventStore): Promise<Follower[]> => {
        for (let turn = 0; turn < 10; turn += 1) await store.append('old', 'any', newEvents(200));
        const quiet = Array.from({ length: 8 }, (_, index) => follow(store, { after: START, prefixes: [`quiet-${index}`] }));
        for (const follower of quiet) await follower.untilCaughtUp();
        return quiet;
      };

      const appendWhile = async (store: EventStore, isNeeded: () => boolean): Promise<void> => {
        const appendInTurns = async (_: unknown, index: number): Promise<void> => {
          while (isNeeded()) await store.append(`other-${index}`, 'any', [newEvent()]);
        };
        await Promise.all(Array.from({ length: 30 }, appendInTurns));
      };

      it('opens no subscription and reads no end of the log, however long nothing matches', async () => {
        const store = open();
        await quietFollowers(store);
        expect(double.backwardReads).toBe(1);
        const started = double.subscriptionsStarted;
        const began = performance.now();
        await appendWhile(store, () => performance.now() - began < LOAD_MS);
        expect(double.subscriptionsStarted).toBe(started);
        expect(double.backwardReads).toBe(1);
      });

      it('is reopened once after the server stopped sending without an error', async () => {
        const store = open({ timeoutMs: 2_000 });
        const [follower] = await quietFollowers(store);
        const started = double.subscriptionsStarted;
        double.muteSubscriptions();
        let appended = 0;
        const loading = appendWhile(store, () => double.subscriptionsStarted === started && (appended += 1) < FEWER_THAN_HELD);
        const event = newEvent();
        await store.append('quiet-0', NO_STREAM, [event]);
        await loading;
        expect(ids(await (follower as Follower).untilEvents(1))).toEqual([event.id]);
        expect(double.subscriptionsStarted).toBe(started + 1);
      });
    });

    it('has the id of the event at its position in each checkpoint', async () => {
      const store = open();
      for (let turn = 0; turn < 40; turn += 1)
        await store.append(`${turn % 8 ? 'other' : 's'}-${turn}`, NO_STREAM, newEvents(40));
      const follower = await follow(store, { after: START, prefixes: ['s-'] }).untilCaughtUp();
      const { position } = await store.append('other', NO_STREAM, [newEvent()]);
      await follower.until('the last position', ({ batches }) => batches.at(-1)?.checkpoint.position === position);
      for (const { checkpoint } of follower.batches) expect(await store.eventIdAt(checkpoint.position)).toBe(checkpoint.eventId);
    });

    it('that lags reads the held events, or the log if they are no longer held', async () => {
      const store = open();
      const appended: string[] = [];
      const append = async (count: number, text = ''): Promise<void> => {
        const events = Array.from({ length: count }, () => newEvent({ text }));
        await store.append('s', 'any', events);
        appended.push(...ids(events));
      };
      const reader = store.subscribe({ after: START, prefixes: ['s'] })[Symbol.asyncIterator]();
      const delivered: string[] = [];
      const readAll = async (): Promise<void> => {
        while (delivered.length < appended.length) delivered.push(...ids((await reader.next()).value?.events ?? []));
        expect(delivered).toEqual(appended);
      };
      await append(1);
      await readAll();
      await append(700);
      await readAll();
      const started = double.subscriptionsStarted;
      // More than is held for a reader that does not read.
      const other = await follow(store, { after: START }).untilCaughtUp();
      for (let turn = 0; turn < 40; turn += 1) await append(1, 'x'.repeat(1_000_000));
      await other.until('every appended event', ({ events }) => events.length === appended.length);
      await append(3);
      await readAll();
      expect(double.subscriptionsStarted).toBeGreaterThan(started);
      await reader.return?.(undefined);
    }, 60_000);

    it('stays responsive while 250 other readers stall after their first batch', async () => {
      const store = open({ timeoutMs: 2_000 });
      for (let start = 0; start < 2_000; start += 500) await store.append('s', start - 1, newEvents(500));
      const stalled = Array.from({ length: 250 }, () =>
        store.subscribe({ after: START, prefixes: ['s'] })[Symbol.asyncIterator](),
      );
      await Promise.all(stalled.map((reader) => reader.next()));

      expect(double.openSubscriptions).toBeLessThanOrEqual(5);
      expect(double.connections).toBe(3);
      const live = await follow(store, { after: await store.head() }).untilCaughtUp();
      await store.append('s', 'any', [newEvent()]);
      await live.untilEvents(1);
      expect(await readAll(store, { after: START, prefixes: ['s'] })).toHaveLength(2_001);
      await store.ping();
      for (const reader of stalled) await reader.return?.(undefined);
    });

    it('ends with EventStoreRejected if the server rejects it, and is not retried', async () => {
      for (const code of [status.INVALID_ARGUMENT, status.NOT_FOUND, status.PERMISSION_DENIED, status.UNKNOWN]) {
        const store = open();
        const follower = await follow(store, { after: START }).untilCaughtUp();
        double.rejectsAllWith = code;
        double.dropSubscriptions();
        await expect(follower.ended).rejects.toThrow(EventStoreRejected);
        await expect(follow(store, { after: START }).ended).rejects.toThrow(EventStoreRejected);
        followers.length = 0;
        double.rejectsAllWith = null;
        await readAll(store, { after: START });
      }
    });

    it.each([
      ['between two events', ({ commit }: { commit: bigint }) => formatPosition(commit + 1n), 'NO_EVENT'],
      ['with another prepare position', ({ commit }: { commit: bigint }) => formatPosition(commit, commit - 1n), 'NO_EVENT'],
      ['past the end', ({ commit }: { commit: bigint }) => formatPosition(commit + 1_000_000n), 'PAST_END'],
    ])('that starts from a place %s ends with a mismatch', async (_, placeFrom, reason) => {
      const store = open();
      const { position } = await store.append('stream', NO_STREAM, [newEvent()]);
      await store.append('stream', 0, [newEvent()]);
      const { ended } = follow(store, { after: placeFrom(parsePosition(position)) });
      await expect(ended).rejects.toMatchObject({ name: 'CheckpointMismatch', reason });
      followers.length = 0;
    });

    it('reads the end of the log once per process, and a ping never does', async () => {
      const store = open({ timeoutMs: 10_000 });
      const { position } = await store.append('stream', NO_STREAM, [newEvent()]);
      await follow(store, { after: START }).untilCaughtUp();
      expect(double.backwardReads).toBe(1);
      double.delayBackwardReads(3_600_000);
      await store.ping();
      for (const after of [START, position]) await follow(store, { after, prefixes: ['stream'] }).untilCaughtUp();
      expect(await readAll(store, { after: START })).toHaveLength(1);
      expect(double.backwardReads).toBe(1);
    });

    it('ends immediately when its store is closed, even if the server is frozen', async () => {
      const store = open({ timeoutMs: 5_000 });
      const follower = await follow(store, { after: START }).untilCaughtUp();
      double.freeze();
      const began = performance.now();
      await store.close();
      await follower.ended;
      expect(performance.now() - began).toBeLessThan(2_000);
    });
  });
});
