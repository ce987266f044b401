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

/** One log, as the suite needs it. It may hold other events: every test names its streams anew. */
export interface EventStoreHarness {
  /** Opens one more store on the log, as another process would. */
  open(): Promise<EventStore>;
  /** Stops and starts the engine under the open stores. */
  restart(): Promise<void>;
  /** Removes the log, after its stores are closed. */
  cleanUp(): Promise<void>;
}

const TIMEOUT_MS = 30_000;

const newStream = (): string => `test-${randomUUID()}`;
const ids = (events: readonly { readonly id: string }[]): string[] => events.map(({ id }) => id);
const positions = (events: readonly { readonly position: string }[]): string[] => events.map(({ position }) => position);

const expectRising = (found: readonly string[]): void => {
  expect([...new Set(found)].sort()).toEqual(found);
};

/** Appends until the engine is back, the same each time. */
const appendPatiently = (store: EventStore, stream: string, expected: number, event: NewEvent): Promise<Appended> => {
  const attempt = () =>
    store.append(stream, expected, [event]).catch((error: unknown) => {
      if (error instanceof EventStoreUnavailable) return null;
      throw error;
    });
  return until('an append that the engine accepts', attempt) as Promise<Appended>;
};

/**
 * What every adapter of the event store keeps.
 * @param name of the engine
 * @param prepare makes a log, or finds one
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

      it('gives rising positions across streams', async () => {
        const appended: Appended[] = [];
        for (let turn = 0; turn < 20; turn += 1) appended.push(await store.append(newStream(), NO_STREAM, [newEvent()]));
        expect(positions(appended).every(isPosition)).toBe(true);
        expectRising([START, ...positions(appended)]);
      });

      it('appends several events in their order, and answers with the last one', async () => {
        const stream = newStream();
        const events = newEvents(5);
        const appended = await store.append(stream, NO_STREAM, events);
        const found = await readAll(store, { after: START, prefixes: [stream] });
        expect(ids(found)).toEqual(ids(events));
        expect(appended).toEqual({ revision: 4, position: found.at(-1)?.position, eventId: events.at(-1)?.id });
        expectRising(positions(found));
      });

      it('lets exactly one of ten racing appends at one revision through', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(3));
        const racers = newEvents(10);
        const outcomes = await Promise.allSettled(
          racers.map((event, index) => (index % 2 ? store : another).append(stream, 2, [event])),
        );
        const winner = racers[outcomes.findIndex(({ status }) => status === 'fulfilled')];
        const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []));
        expect(refused).toHaveLength(9);
        for (const reason of refused) {
          expect(reason).toBeInstanceOf(WrongExpectedRevision);
          expect(reason).toMatchObject({ stream, expected: 2, actual: 3 });
        }
        expect(ids(await store.readStream(stream, 3))).toEqual([winner?.id]);
      });

      it('refuses a first event where there is one', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(2));
        const refused = { name: 'WrongExpectedRevision', stream, expected: NO_STREAM, actual: 1 };
        await expect(store.append(stream, NO_STREAM, [newEvent()])).rejects.toMatchObject(refused);
      });

      it('refuses a revision that the stream has not reached', async () => {
        const stream = newStream();
        await expect(store.append(stream, 0, [newEvent()])).rejects.toMatchObject({ expected: 0, actual: NO_STREAM });
        await store.append(stream, NO_STREAM, [newEvent()]);
        await expect(store.append(stream, 5, [newEvent()])).rejects.toMatchObject({ expected: 5, actual: 0 });
      });

      it('leaves nothing of a refused append', async () => {
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

      it('refuses no events at all', async () => {
        const stream = newStream();
        await expect(store.append(stream, NO_STREAM, [])).rejects.toThrow(TypeError);
        await expect(store.append(stream, 'any', [])).rejects.toThrow(TypeError);
        expect(await store.readStream(stream)).toEqual([]);
      });

      it('takes a large append, and refuses one over the limit', async () => {
        const stream = newStream();
        const large = newEvent({ text: 'x'.repeat(900_000) });
        await store.append(stream, NO_STREAM, [large]);
        const tooLarge = newEvent({ text: 'x'.repeat(MAX_APPEND_BYTES) });
        await expect(store.append(stream, 0, [tooLarge])).rejects.toThrow(AppendTooLarge);
        // The limit is in bytes, and for all events of the append together.
        const half = { text: '가'.repeat(MAX_APPEND_BYTES / 6) };
        await expect(store.append(stream, 0, [newEvent(half), newEvent(half)])).rejects.toThrow(AppendTooLarge);
        expect((await store.readStream(stream)).map(({ id, data }) => ({ id, data }))).toEqual([
          { id: large.id, data: large.data },
        ]);
      });
    });

    describe('a repeated append', () => {
      it('gives the first result again, also when others have appended since', async () => {
        const stream = newStream();
        const events = newEvents(3);
        const appended = await store.append(stream, NO_STREAM, events);
        expect(await store.append(stream, NO_STREAM, events)).toEqual(appended);
        await another.append(stream, 2, newEvents(2));
        expect(await another.append(stream, NO_STREAM, events)).toEqual(appended);
        expect(await store.readStream(stream)).toHaveLength(5);
      });

      it('gives one result when both are under way at once', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, [newEvent()]);
        const event = newEvent();
        const [one, two, three] = await Promise.all([store, store, another].map((each) => each.append(stream, 0, [event])));
        expect(two).toEqual(one);
        expect(three).toEqual(one);
        expect(await store.readStream(stream)).toHaveLength(2);
      });

      it('at any revision gives the first result again', async () => {
        const stream = newStream();
        const events = newEvents(2);
        await store.append(stream, 'any', [newEvent()]);
        const appended = await store.append(stream, 'any', events);
        await store.append(stream, 'any', [newEvent()]);
        expect(await another.append(stream, 'any', events)).toEqual(appended);
        expect(await store.readStream(stream)).toHaveLength(4);
      });

      it('with other events is refused', async () => {
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

      it('comes back as it was, with all that belongs to it', async () => {
        const stream = newStream();
        const event = newEvent({ nested: { list: [1, 'two', null, true], number: 0.1 }, empty: {} });
        const { position } = await store.append(stream, NO_STREAM, [event]);
        const { id, type, data, metadata } = event;
        const expected = { id, stream, revision: 0, position, type, data, metadata };
        expect(await store.readStream(stream)).toEqual([expected]);
        expect(await readAll(store, { after: START, prefixes: [stream] })).toEqual([expected]);
      });

      it.each([
        ['any script', { name: '극한성장의 비약 🧪 é \u202e' }],
        ['control characters and NUL', { text: 'a\u0000b\u0007\n"\\' }],
        ['null', null],
        ['a bare string', 'text'],
        ['a list', [1, [2]]],
      ])('may be %s', async (_, data) => {
        expect(await roundTrip(data)).toEqual(data);
      });

      it('loses its undefined members', async () => {
        expect(await roundTrip({ kept: 1, lost: undefined })).toStrictEqual({ kept: 1 });
      });

      it('is taken as it is at the call', async () => {
        const stream = newStream();
        const data = { amount: 1 };
        const appending = store.append(stream, NO_STREAM, [newEvent(data)]);
        data.amount = 2;
        await appending;
        expect((await store.readStream(stream))[0]?.data).toEqual({ amount: 1 });
      });

      it('that is not JSON is refused, and the store goes on', async () => {
        const stream = newStream();
        const cycle: { self?: unknown } = {};
        cycle.self = cycle;
        for (const data of [undefined, () => 1, { amount: 1n }, cycle]) {
          await expect(store.append(stream, NO_STREAM, [newEvent(), { ...newEvent(), data }])).rejects.toThrow(TypeError);
        }
        expect(await store.append(stream, NO_STREAM, [newEvent()])).toMatchObject({ revision: 0 });
      });
    });

    describe('readStream', () => {
      it('finds nothing in a stream that is not there', async () => {
        expect(await store.readStream(newStream())).toEqual([]);
        expect(await store.readStream(newStream(), 7)).toEqual([]);
      });

      it('gives the same events as the log, with their positions', async () => {
        const stream = newStream();
        await store.append(stream, NO_STREAM, newEvents(3));
        expect(await another.readStream(stream)).toEqual(await readAll(store, { after: START, prefixes: [stream] }));
      });

      it('reads from a revision on', async () => {
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

      it('sees what another store was told is appended', async () => {
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

      it('gives the history, says that it has caught up, and goes on live', async () => {
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

      it('says that it has caught up where there is nothing', async () => {
        const follower = await follow({ after: await store.head(), prefixes: [newStream()] }).untilCaughtUp();
        expect(follower.events).toEqual([]);
      });

      it('resumes after a position, which is not given again', async () => {
        const stream = newStream();
        const events = newEvents(4);
        await store.append(stream, NO_STREAM, events);
        const all = await readAll(store, { after: START, prefixes: [stream] });
        for (const [index, { position }] of all.entries()) {
          expect(ids(await readAll(store, { after: position, prefixes: [stream] }))).toEqual(ids(events.slice(index + 1)));
        }
      });

      it('resumes after a checkpoint, which names the log and the event at its position', async () => {
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

      it('ends with a mismatch where the log does not hold what the checkpoint points to', async () => {
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

      it('gives all streams in the order in which they were appended to', async () => {
        const after = await store.head();
        const streams = [newStream(), newStream(), newStream()];
        const appended: NewEvent[] = [];
        for (let turn = 0; turn < 30; turn += 1) {
          const event = newEvent();
          await (turn % 2 ? store : another).append(streams[turn % 3] as string, 'any', [event]);
          appended.push(event);
        }
        const found = await readAll(store, { after });
        expect(ids(found.filter(({ stream }) => streams.includes(stream)))).toEqual(ids(appended));
        expectRising(positions(found));
      });

      it('gives only the streams with one of the prefixes, and says how far it searched', async () => {
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

      it('never claims to have searched less than it gave', async () => {
        const stream = newStream();
        const follower = follow({ after: START });
        for (let revision = 0; revision < 20; revision += 1) await store.append(stream, revision - 1, [newEvent()]);
        await follower.until('the last event of the stream', ({ events }) =>
          events.some((event) => event.stream === stream && event.revision === 19),
        );
        for (const { events, checkpoint } of follower.batches)
          expect(events.every(({ position }) => position <= checkpoint.position)).toBe(true);
      });

      it('waits for a slow reader, and withholds nothing from it', async () => {
        const stream = newStream();
        const appended = newEvents(60);
        await store.append(stream, NO_STREAM, appended.slice(0, 1));
        const found: string[] = [];
        for await (const { events } of store.subscribe({ after: START, prefixes: [stream] })) {
          found.push(...ids(events));
          for (const event of appended.slice(found.length, found.length + 20)) await store.append(stream, 'any', [event]);
          if (found.length === appended.length) break;
        }
        expect(found).toEqual(ids(appended));
      });

      it('ends when it is aborted: before the start, in the history, while it waits', async () => {
        const before = new Follower(store, { after: START });
        await before.stop();

        await store.append(newStream(), NO_STREAM, [newEvent()]);
        const aborting = new AbortController();
        const given: Batch[] = [];
        for await (const batch of store.subscribe({ after: START, signal: aborting.signal })) {
          given.push(batch);
          aborting.abort();
        }
        expect(given).toHaveLength(1);

        const waiting = await new Follower(store, { after: await store.head(), prefixes: [newStream()] }).untilCaughtUp();
        await waiting.stop();
      });

      it('may be left and taken up again', async () => {
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

      it('misses nothing and repeats nothing while many append', async () => {
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
        const told = stored.filter(({ id }) => acknowledged.has(id));
        expect(told).toHaveLength(acknowledged.size);
        for (const { id, revision, position } of told) expect(acknowledged.get(id)).toEqual({ revision, position, eventId: id });
      });

      it('goes on after the engine was away, without a gap or a repetition', async () => {
        const stream = newStream();
        const events = newEvents(6);
        const follower = await follow({ after: START, prefixes: [stream] }).untilCaughtUp();
        await store.append(stream, NO_STREAM, [events[0] as NewEvent]);
        const restarting = harness.restart();
        for (const [index, event] of events.slice(1).entries()) await appendPatiently(store, stream, index, event);
        await restarting;
        await follower.untilEvents(events.length);
        await another.append(stream, events.length - 1, [newEvent()]);
        expect(ids(await follower.untilEvents(events.length + 1)).slice(0, -1)).toEqual(ids(events));
      });
    });

    describe('the log', () => {
      it('has the position of its last event as its head', async () => {
        const { position } = await store.append(newStream(), NO_STREAM, newEvents(3));
        const head = await another.head();
        expect(isPosition(head)).toBe(true);
        expect(head >= position).toBe(true);
      });

      it('tells which event is at a position', async () => {
        const { position, eventId } = await store.append(newStream(), NO_STREAM, newEvents(2));
        expect(await another.eventIdAt(position)).toBe(eventId);
        expect(await another.eventIdAt(START)).toBeNull();
        expect(await another.eventIdAt(formatPosition(2n ** 64n - 1n))).toBeNull();
      });

      it('counts the events between two positions, or says that it cannot', async () => {
        const before = await store.head();
        const { position } = await store.append(newStream(), NO_STREAM, newEvents(3));
        expect([3, null]).toContain(another.eventsBetween(before, position));
        expect([0, null]).toContain(another.eventsBetween(position, position));
      });

      it('has an id that stays', async () => {
        const id = await store.logId();
        expect(id).not.toBe('');
        expect(await another.logId()).toBe(id);
      });

      it('goes on in a store that is opened again', async () => {
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

    it('a closed store has finished its appends, ends its subscriptions and answers nothing more', async () => {
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
