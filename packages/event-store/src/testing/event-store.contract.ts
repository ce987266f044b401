import { randomUUID } from 'node:crypto';
import { formatPosition, isPosition, parsePosition, START, type Position } from '@rewards/contracts';
import { until } from '@rewards/testing/until';
import {
  AppendTooLarge,
  EventStoreUnavailable,
  MAX_APPEND_BYTES,
  NO_STREAM,
  WrongExpectedRevision,
  type Appended,
  type Batch,
  type EventStore,
  type MismatchReason,
  type NewEvent,
  type SubscribeOptions,
} from '../event-store';
import { Follower, readAll } from './follower';
import { newEvent, newEvents } from './new-event';

/** A log under test. It may have other events, because every test uses new stream names. */
export interface EventStoreHarness {
  /** Opens another store on the log, as another process would. */
  open(): Promise<EventStore>;
  /** Restarts the engine while the stores are open. */
  restart(): Promise<void>;
  /** Removes the log after its stores were closed. */
  cleanUp(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

const newStream = (): string => `test-${randomUUID()}`;
const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);
const positions = (events: readonly { readonly position: string }[]): string[] => events.map(({ position }) => position);

const expectRising = (values: readonly string[]): void => {
  expect([...new Set(values)].sort()).toEqual(values);
};

/** Retries an append until the engine is available. */
const appendWithRetry = (store: EventStore, stream: string, expected: number, event: NewEvent): Promise<Appended> => {
  const attempt = () =>
    store.append(stream, expected, [event]).catch((error: unknown) => {
      if (error instanceof EventStoreUnavailable) return null;
      throw error;
    });
  return until('an append that the engine accepts', attempt) as Promise<Appended>;
};

/**
 * Tests that every adapter of the event store must pass.
 * @param name name of the engine
 * @param prepare creates or finds a log
 */
export const eventStoreContract = (name: string, prepare: () => Promise<EventStoreHarness>): void => {
  describe(`event store contract: ${name}`, () => {
    jest.setTimeout(TIMEOUT_MS);

    let harness: EventStoreHarness;
    let store: EventStore;
    let another: EventStore;

    beforeAll(async () => {
      harness = await prepare();
      store = await harness.open();
      another = await harness.open();
    });

    afterAll(async () => {
      await store.close();
      await another.close();
      await harness.cleanUp();
    });

    describe('append', () => {
      it('counts revisions from 0 in each stream', async () => {
        const [stream, other] = [newStream(), newStream()];
        expect((await store.append(stream, NO_STREAM, [newEvent()])).revision).toBe(0);
        expect((await store.append(stream, 0, [newEvent()])).revision).toBe(1);
        expect((await store.append(other, NO_STREAM, [newEvent()])).revision).toBe(0);
        expect((await store.append(stream, 1, [newEvent()])).revision).toBe(2);
      });

      it('assigns rising positions across streams', async () => {
        const appended: Appended[] = [];
        for (let turn = 0; turn < 20; turn += 1) appended.push(await store.append(newStream(), NO_STREAM, [newEvent()]));
        expect(positions(appended).every(isPosition)).toBe(true);
        expectRising([START, ...positions(appended)]);
      });

      it('appends several events in order, and returns the last one', async () => {
        const stream = newStream();
        const events = newEvents(5);
        const appended = await store.append(stream, NO_STREAM, events);
        const found = await readAll(store, { after: START, prefixes: [stream] });
        expect(ids(found)).toEqual(ids(events));
        expect(appended).toEqual({ revision: 4, position: found.at(-1)?.position, eventId: events.at(-1)?.id });
        expectRising(positions(found));
      });

      it('accepts exactly one of ten concurrent appends at one revision', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(3));
        const candidates = newEvents(10);
        const outcomes = await Promise.allSettled(
          candidates.map((event, index) => (index % 2 ? store : another).append(stream, 2, [event])),
        );
        const winner = candidates[outcomes.findIndex(({ status }) => status === 'fulfilled')];
        const reasons = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
        expect(reasons).toHaveLength(9);
        for (const reason of reasons) {
          expect(reason).toBeInstanceOf(WrongExpectedRevision);
          expect(reason).toMatchObject({ stream, expected: 2, actual: 3 });
        }
        expect(ids(await store.readStream(stream, 3))).toEqual([winner?.id]);
      });

      it('rejects a first event in a stream that has events', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(2));
        const conflict = { name: 'WrongExpectedRevision', stream, expected: NO_STREAM, actual: 1 };
        await expect(store.append(stream, NO_STREAM, [newEvent()])).rejects.toMatchObject(conflict);
      });

      it('rejects a revision that the stream has not reached', async () => {
        const stream = newStream();
        await expect(store.append(stream, 0, [newEvent()])).rejects.toMatchObject({ expected: 0, actual: NO_STREAM });
        await store.append(stream, NO_STREAM, [newEvent()]);
        await expect(store.append(stream, 5, [newEvent()])).rejects.toMatchObject({ expected: 5, actual: 0 });
      });

      it('stores nothing of a rejected append', async () => {
        const stream = newStream();
        const first = newEvent();
        await store.append(stream, NO_STREAM, [first]);
        await expect(store.append(stream, NO_STREAM, newEvents(3))).rejects.toThrow(WrongExpectedRevision);
        expect(ids(await store.readStream(stream))).toEqual([first.id]);
        expect(ids(await readAll(store, { after: START, prefixes: [stream] }))).toEqual([first.id]);
      });

      it('appends at any revision', async () => {
        const stream = newStream();
        const events = newEvents(20);
        const appended = await Promise.all(
          events.map((event, index) => (index % 2 ? store : another).append(stream, 'any', [event])),
        );
        const read = await store.readStream(stream);
        expect(read).toHaveLength(20);
        expect(appended.map(({ revision }) => read[revision]?.id)).toEqual(ids(events));
        expect(await store.append(stream, 'any', newEvents(2))).toMatchObject({ revision: 21 });
      });

      it('rejects an empty append', async () => {
        const stream = newStream();
        await expect(store.append(stream, NO_STREAM, [])).rejects.toThrow(TypeError);
        await expect(store.append(stream, 'any', [])).rejects.toThrow(TypeError);
        expect(await store.readStream(stream)).toEqual([]);
      });

      it('accepts a large append, and rejects one over the limit', async () => {
        const stream = newStream();
        const large = newEvent({ text: 'x'.repeat(900_000) });
        await store.append(stream, NO_STREAM, [large]);
        const tooLarge = newEvent({ text: 'x'.repeat(MAX_APPEND_BYTES) });
        await expect(store.append(stream, 0, [tooLarge])).rejects.toThrow(AppendTooLarge);
        // The limit is in bytes, for all events of the append together.
        const half = { text: '가'.repeat(MAX_APPEND_BYTES / 6) };
        await expect(store.append(stream, 0, [newEvent(half), newEvent(half)])).rejects.toThrow(AppendTooLarge);
        expect((await store.readStream(stream)).map(({ id, data }) => ({ id, data }))).toEqual([
          { id: large.id, data: large.data },
        ]);
      });
    });

    describe('a background append', () => {
      const background = { priority: 'background' } as const;

      it('has the same results as an interactive one', async () => {
        const stream = newStream();
        const events = newEvents(2);
        const appended = await store.append(stream, NO_STREAM, events, background);
        expect(appended).toMatchObject({ revision: 1, eventId: events[1]?.id });
        expect(await store.append(stream, NO_STREAM, events)).toEqual(appended);
        await expect(store.append(stream, 0, [newEvent()], background)).rejects.toThrow(WrongExpectedRevision);
        expect(ids(await store.readStream(stream))).toEqual(ids(events));
      });

      it('is overtaken by interactive ones', async () => {
        let acknowledged = 0;
        const pending = newEvents(600).map(async (event) => {
          await store.append(newStream(), NO_STREAM, [event], background);
          acknowledged += 1;
        });
        const interactive = newEvents(10).map(async (event) => store.append(newStream(), NO_STREAM, [event]));
        await Promise.all(interactive);
        expect(acknowledged).toBeLessThan(200);
        await Promise.all(pending);
      });

      it('is not starved by interactive ones', async () => {
        let isPending = true;
        const appendInTurns = async (): Promise<void> => {
          while (isPending) await store.append(newStream(), NO_STREAM, [newEvent()]);
        };
        const interactive = Array.from({ length: 20 }, appendInTurns);
        await Promise.all(newEvents(50).map((event) => store.append(newStream(), NO_STREAM, [event], background)));
        isPending = false;
        await Promise.all(interactive);
      });
    });

    describe('a repeated append', () => {
      it('returns the first result again, even after later appends', async () => {
        const stream = newStream();
        const events = newEvents(3);
        const appended = await store.append(stream, NO_STREAM, events);
        expect(await store.append(stream, NO_STREAM, events)).toEqual(appended);
        await another.append(stream, 2, newEvents(2));
        expect(await another.append(stream, NO_STREAM, events)).toEqual(appended);
        expect(await store.readStream(stream)).toHaveLength(5);
      });

      it('returns one result for concurrent copies', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, [newEvent()]);
        const event = newEvent();
        const [one, two, three] = await Promise.all([store, store, another].map((each) => each.append(stream, 0, [event])));
        expect(two).toEqual(one);
        expect(three).toEqual(one);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('returns the first result again at any revision', async () => {
        const stream = newStream();
        const events = newEvents(2);
        await store.append(stream, 'any', [newEvent()]);
        const appended = await store.append(stream, 'any', events);
        await store.append(stream, 'any', [newEvent()]);
        expect(await another.append(stream, 'any', events)).toEqual(appended);
        expect(await store.readStream(stream)).toHaveLength(4);
      });

      it('is rejected if its events differ', async () => {
        const stream = newStream();
        const [first, second] = newEvents(2) as [NewEvent, NewEvent];
        await store.append(stream, NO_STREAM, [first]);
        await expect(store.append(stream, NO_STREAM, [second])).rejects.toThrow(WrongExpectedRevision);
        await expect(store.append(stream, NO_STREAM, [first, second])).rejects.toThrow(WrongExpectedRevision);
        expect(await store.readStream(stream)).toHaveLength(1);
      });
    });

    describe('data', () => {
      const roundTrip = async (data: unknown): Promise<unknown> => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, [newEvent(data)]);
        return (await store.readStream(stream))[0]?.data;
      };

      it('is read as it was appended, with all fields of the event', async () => {
        const stream = newStream();
        const event = newEvent({ nested: { list: [1, 'two', null, true], number: 0.1 }, empty: {} });
        const { position } = await store.append(stream, NO_STREAM, [event]);
        const { id, type, data, metadata } = event;
        const expected = { id, stream, revision: 0, position, type, data, metadata };
        expect(await store.readStream(stream)).toEqual([expected]);
        expect(await readAll(store, { after: START, prefixes: [stream] })).toEqual([expected]);
      });

      it.each([
        ['text in any script', { name: '극한성장의 비약 🧪 é \u202e' }],
        ['text with control characters and NUL', { text: 'a\u0000b\u0007\n"\\' }],
        ['null', null],
        ['a bare string', 'text'],
        ['a list', [1, [2]]],
      ])('can be %s', async (_, data) => {
        expect(await roundTrip(data)).toEqual(data);
      });

      it('is stored without its undefined members', async () => {
        expect(await roundTrip({ kept: 1, lost: undefined })).toStrictEqual({ kept: 1 });
      });

      it('is copied when append is called', async () => {
        const stream = newStream();
        const data = { amount: 1 };
        const appending = store.append(stream, NO_STREAM, [newEvent(data)]);
        data.amount = 2;
        await appending;
        expect((await store.readStream(stream))[0]?.data).toEqual({ amount: 1 });
      });

      it('is rejected if it is not JSON, and the store accepts later appends', async () => {
        const stream = newStream();
        const cycle: { self?: unknown } = {};
        cycle.self = cycle;
        for (const data of [undefined, () => 1, { amount: 1n }, cycle]) {
          await expect(store.append(stream, NO_STREAM, [newEvent(), { ...newEvent(), data }])).rejects.toThrow(TypeError);
        }
        expect(await store.append(stream, NO_STREAM, [newEvent()])).toMatchObject({ revision: 0 });
      });
    });

    describe('readLast', () => {
      it('returns null for a stream that does not exist', async () => {
        expect(await store.readLast(newStream())).toBeNull();
      });

      it('returns the last event of a stream, also of another store', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(3));
        await another.append(`${stream}-other`, NO_STREAM, newEvents(5));
        expect(await another.readLast(stream)).toEqual((await store.readStream(stream))[2]);
      });
    });

    describe('readStream', () => {
      it('returns no events for a stream that does not exist', async () => {
        expect(await store.readStream(newStream())).toEqual([]);
        expect(await store.readStream(newStream(), 7)).toEqual([]);
      });

      it('returns the same events and positions as a subscription', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(3));
        expect(await another.readStream(stream)).toEqual(await readAll(store, { after: START, prefixes: [stream] }));
      });

      it('reads from a given revision', async () => {
        const stream = newStream();
        const events = newEvents(5);
        await store.append(stream, NO_STREAM, events);
        expect(ids(await store.readStream(stream, 3))).toEqual(ids(events.slice(3)));
        expect(await store.readStream(stream, 5)).toEqual([]);
        expect(await store.readStream(stream, 99)).toEqual([]);
      });

      it('reads a long stream to its end', async () => {
        const stream = newStream();
        const events = newEvents(2_500);
        for (let start = 0; start < events.length; start += 500) {
          await store.append(stream, start - 1, events.slice(start, start + 500));
        }
        const read = await store.readStream(stream);
        expect(ids(read)).toEqual(ids(events));
        expect(read.map(({ revision }) => revision)).toEqual(events.map((_, index) => index));
      });

      it('returns events that another store has acknowledged', async () => {
        const stream = newStream();
        for (let revision = 0; revision < 20; revision += 1) {
          await another.append(stream, revision - 1, [newEvent()]);
          expect(await store.readStream(stream)).toHaveLength(revision + 1);
        }
      });
    });

    describe('subscribe', () => {
      const followers: Follower[] = [];

      const follow = (options: ConstructorParameters<typeof Follower>[1], on = store): Follower => {
        const follower = new Follower(on, options);
        followers.push(follower);
        return follower;
      };

      afterEach(async () => {
        for (const follower of followers.splice(0)) await follower.stop();
      });

      it('delivers the history, reports that it has caught up, and continues live', async () => {
        const stream = newStream();
        const history = newEvents(3);
        await store.append(stream, NO_STREAM, history);
        const follower = await follow({ after: START, prefixes: [stream] }).untilCaughtUp();
        expect(ids(follower.events)).toEqual(ids(history));
        for (const [index, event] of newEvents(3).entries()) {
          await (index % 2 ? store : another).append(stream, 2 + index, [event]);
          expect(ids(await follower.untilEvents(4 + index)).at(-1)).toBe(event.id);
        }
        expect(follower.batches.at(-1)).toMatchObject({ caughtUp: true });
      });

      it('reports that it has caught up if there are no events', async () => {
        const follower = await follow({ after: await store.head(), prefixes: [newStream()] }).untilCaughtUp();
        expect(follower.events).toEqual([]);
      });

      it('resumes after a position, and does not deliver its event again', async () => {
        const stream = newStream();
        const events = newEvents(4);
        await store.append(stream, NO_STREAM, events);
        const all = await readAll(store, { after: START, prefixes: [stream] });
        for (const [index, { position }] of all.entries()) {
          expect(ids(await readAll(store, { after: position, prefixes: [stream] }))).toEqual(ids(events.slice(index + 1)));
        }
      });

      it('resumes after a checkpoint, which has the ids of the log and of the event at its position', async () => {
        const stream = newStream();
        const events = newEvents(3);
        const { position } = await store.append(stream, NO_STREAM, events);
        const { checkpoint } = (await follow({ after: START, prefixes: [stream] }).untilCaughtUp()).batches.at(-1) as Batch;
        expect(checkpoint.logId).toBe(await store.logId());
        expect(checkpoint.position >= position).toBe(true);
        expect(checkpoint.eventId).toBe(await another.eventIdAt(checkpoint.position));

        await another.append(stream, 2, [newEvent()]);
        const resumed = await follow({ after: checkpoint, prefixes: [stream] }).untilEvents(1);
        expect(resumed.map(({ revision }) => revision)).toEqual([3]);
      });

      it('ends with a mismatch if the log does not have the event of the checkpoint', async () => {
        const logId = await store.logId();
        const { position, eventId } = await store.append(newStream(), NO_STREAM, [newEvent()]);
        await store.append(newStream(), NO_STREAM, [newEvent()]);
        const pastEnd = formatPosition(parsePosition(await store.head()).commit + 1_000_000_000n);
        const betweenEvents = `${position.slice(0, -1)}${position.endsWith('0') ? '1' : '0'}` as Position;
        const reasons: [SubscribeOptions['after'], MismatchReason][] = [
          [{ logId: randomUUID(), position, eventId }, 'OTHER_LOG'],
          [{ logId: randomUUID(), position: START, eventId: null }, 'OTHER_LOG'],
          [{ logId, position, eventId: randomUUID() }, 'OTHER_EVENT'],
          [{ logId, position: pastEnd, eventId }, 'PAST_END'],
          [pastEnd, 'PAST_END'],
          [formatPosition(2n ** 64n - 1n), 'PAST_END'],
          [betweenEvents, 'NO_EVENT'],
        ];
        for (const [after, reason] of reasons) {
          const { ended } = follow({ after });
          await expect(ended).rejects.toMatchObject({ name: 'CheckpointMismatch', reason });
        }
        await readAll(store, { after: { logId, position, eventId } });
        await readAll(store, { after: { logId, position, eventId: null } });
        followers.length = 0;
      });

      it('delivers all streams in the order of the appends', async () => {
        const after = await store.head();
        const streams = [newStream(), newStream(), newStream()];
        const appended: NewEvent[] = [];
        for (let turn = 0; turn < 30; turn += 1) {
          const event = newEvent();
          await (turn % 2 ? store : another).append(streams[turn % 3] as string, 'any', [event]);
          appended.push(event);
        }
        const delivered = await readAll(store, { after });
        expect(ids(delivered.filter(({ stream }) => streams.includes(stream)))).toEqual(ids(appended));
        expectRising(positions(delivered));
      });

      it('delivers only streams with one of the prefixes, and a checkpoint past the others', async () => {
        const after = await store.head();
        const kind = newStream();
        const wanted = [`${kind}-a-1`, `${kind}-b-`, `${kind}-a-`, `${kind}-a-비약`];
        const unwanted = [`${kind}-`, `${kind}-a`, `${kind}-c-1`, `${kind}-A-1`, `x${kind}-a-1`, `${kind}.a-1`];
        for (const stream of [...wanted, ...unwanted]) await store.append(stream, NO_STREAM, [newEvent()]);
        const { position: end } = await store.append(`${kind}-c-1`, 0, [newEvent()]);

        const follower = await follow({ after, prefixes: [`${kind}-a-`, `${kind}-b-`] }).untilCaughtUp();
        expect(follower.events.map(({ stream }) => stream)).toEqual(wanted);
        const searched = follower.batches.map(({ checkpoint }) => checkpoint.position);
        expect([...searched].sort()).toEqual(searched);
        expect((searched.at(-1) as string) >= end).toBe(true);
      });

      it('has no event past the checkpoint of its batch', async () => {
        const stream = newStream();
        const follower = follow({ after: START });
        for (let revision = 0; revision < 20; revision += 1) await store.append(stream, revision - 1, [newEvent()]);
        await follower.until('the last event of the stream', ({ events }) =>
          events.some((event) => event.stream === stream && event.revision === 19),
        );
        for (const { events, checkpoint } of follower.batches)
          expect(events.every(({ position }) => position <= checkpoint.position)).toBe(true);
      });

      it('delivers every event to a slow reader', async () => {
        const stream = newStream();
        const appended = newEvents(60);
        await store.append(stream, NO_STREAM, appended.slice(0, 1));
        const delivered: string[] = [];
        for await (const { events } of store.subscribe({ after: START, prefixes: [stream] })) {
          delivered.push(...ids(events));
          for (const event of appended.slice(delivered.length, delivered.length + 20)) await store.append(stream, 'any', [event]);
          if (delivered.length === appended.length) break;
        }
        expect(delivered).toEqual(ids(appended));
      });

      it('ends when it is aborted before it starts, in the history, or while it waits', async () => {
        const before = new Follower(store, { after: START });
        await before.stop();

        await store.append(newStream(), NO_STREAM, [newEvent()]);
        const aborting = new AbortController();
        const batches: Batch[] = [];
        for await (const batch of store.subscribe({ after: START, signal: aborting.signal })) {
          batches.push(batch);
          aborting.abort();
        }
        expect(batches).toHaveLength(1);

        const waiting = await new Follower(store, { after: await store.head(), prefixes: [newStream()] }).untilCaughtUp();
        await waiting.stop();
      });

      it('can be ended and started again', async () => {
        const stream = newStream();
        const events = newEvents(3);
        await store.append(stream, NO_STREAM, events);
        for (let turn = 0; turn < 3; turn += 1) {
          for await (const batch of store.subscribe({ after: START, prefixes: [stream] })) {
            if (batch.events.length > 0) break;
          }
        }
        expect(ids(await readAll(store, { after: START, prefixes: [stream] }))).toEqual(ids(events));
      });

      it('delivers every event exactly once during concurrent appends', async () => {
        const kind = newStream();
        const after = await store.head();
        const everything = follow({ after }, another);
        const filtered = follow({ after, prefixes: [kind] });
        const acknowledged = new Map<string, Appended>();
        const write = async (writer: number): Promise<void> => {
          for (let turn = 0; turn < 50; turn += 1) {
            const events = newEvents(1 + (turn % 3));
            const appended = await (writer % 2 ? store : another).append(`${kind}-${(writer + turn) % 20}`, 'any', events);
            acknowledged.set(events.at(-1)?.id as string, appended);
          }
        };
        await Promise.all(Array.from({ length: 12 }, (_, writer) => write(writer)));

        const total = 12 * (16 * 6 + 1 + 2);
        const live = await filtered.untilEvents(total);
        const isOurs = ({ stream }: { readonly stream: string }): boolean => stream.startsWith(kind);
        await everything.until('every event of the writers', ({ events }) => events.filter(isOurs).length >= total);

        const stored = await readAll(store, { after, prefixes: [kind] });
        expect(stored).toHaveLength(total);
        expectRising(positions(stored));
        expect(live).toEqual(stored);
        expect(everything.events.filter(isOurs)).toEqual(stored);
        const lastOfAppends = stored.filter(({ id }) => acknowledged.has(id));
        expect(lastOfAppends).toHaveLength(acknowledged.size);
        for (const { id, revision, position } of lastOfAppends)
          expect(acknowledged.get(id)).toEqual({ revision, position, eventId: id });
      });

      it('delivers every event exactly once across a restart of the engine', async () => {
        const stream = newStream();
        const events = newEvents(6);
        const follower = await follow({ after: START, prefixes: [stream] }).untilCaughtUp();
        await store.append(stream, NO_STREAM, [events[0] as NewEvent]);
        const restarting = harness.restart();
        for (const [index, event] of events.slice(1).entries()) await appendWithRetry(store, stream, index, event);
        await restarting;
        await follower.untilEvents(events.length);
        await another.append(stream, events.length - 1, [newEvent()]);
        expect(ids(await follower.untilEvents(events.length + 1)).slice(0, -1)).toEqual(ids(events));
      });
    });

    describe('the log', () => {
      it('has a head at or past the last acknowledged event', async () => {
        const { position } = await store.append(newStream(), NO_STREAM, newEvents(3));
        const head = await another.head();
        expect(isPosition(head)).toBe(true);
        expect(head >= position).toBe(true);
      });

      it('returns the id of the event at a position', async () => {
        const { position, eventId } = await store.append(newStream(), NO_STREAM, newEvents(2));
        expect(await another.eventIdAt(position)).toBe(eventId);
        expect(await another.eventIdAt(START)).toBeNull();
        expect(await another.eventIdAt(formatPosition(2n ** 64n - 1n))).toBeNull();
      });

      it('reads the events at some positions in the order of the log, and omits positions without an event', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(3));
        const [first, , third] = await store.readStream(stream);
        if (!first || !third) throw new Error('no events');
        const nowhere = formatPosition(2n ** 64n - 1n);
        expect(await another.eventsAt([third.position, nowhere, first.position, START])).toEqual([first, third]);
        expect(await another.eventsAt([])).toEqual([]);
      });

      it('counts the events between two positions, or returns null', async () => {
        const before = await store.head();
        const { position } = await store.append(newStream(), NO_STREAM, newEvents(3));
        expect([3, null]).toContain(another.eventsBetween(before, position));
        expect([0, null]).toContain(another.eventsBetween(position, position));
      });

      it('has a permanent id', async () => {
        const id = await store.logId();
        expect(id).not.toBe('');
        expect(await another.logId()).toBe(id);
      });

      it('is complete in a store that is opened again', async () => {
        const stream = newStream();
        const [id, events] = [await store.logId(), newEvents(4)];
        const first = await harness.open();
        await first.append(stream, NO_STREAM, events.slice(0, 2));
        const [{ position }] = (await readAll(first, { after: START, prefixes: [stream] })) as unknown as [
          { position: Position },
        ];
        await first.close();

        const second = await harness.open();
        await second.append(stream, 1, events.slice(2));
        expect(ids(await second.readStream(stream))).toEqual(ids(events));
        expect(ids(await readAll(second, { after: position, prefixes: [stream] }))).toEqual(ids(events.slice(1)));
        expect(await second.logId()).toBe(id);
        await second.close();
      });

      it('answers a ping', async () => {
        await expect(store.ping()).resolves.toBeUndefined();
      });
    });

    it('completes pending appends, ends subscriptions and rejects later calls when a store is closed', async () => {
      const stream = newStream();
      const closing = await harness.open();
      const follower = await new Follower(closing, { after: await closing.head(), prefixes: [stream] }).untilCaughtUp();
      const appending = closing.append(stream, NO_STREAM, [newEvent()]);
      await closing.close();
      await closing.close();
      expect(await appending).toMatchObject({ revision: 0 });
      await follower.ended;

      await expect(closing.append(stream, 0, [newEvent()])).rejects.toThrow(EventStoreUnavailable);
      await expect(closing.readStream(stream)).rejects.toThrow(EventStoreUnavailable);
      await expect(closing.head()).rejects.toThrow(EventStoreUnavailable);
      await expect(closing.ping()).rejects.toThrow(EventStoreUnavailable);
      expect(await store.readStream(stream)).toHaveLength(1);
    });
  });
};
