import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { upcast, type Aggregate, type DomainEvent, type RecordedEvent, type Upcast } from '@rewards/contracts';
import { openEmbeddedEventStore } from './adapters/embedded';
import { EventStoreUnavailable, NO_STREAM, type EventStore } from './event-store';
import { StreamHandler, TooMuchContention, type CommandMetadata, type DecideAtRevision } from './handle';
import { ENTRY_BYTES, StateCache } from './state-cache';
import { newEvent } from './testing/new-event';

/** Upcasts an earlier event version, in which the data was the bare amount. */
const upcastBare: Upcast = <Event extends DomainEvent>(recorded: RecordedEvent) =>
  upcast<Event>(
    recorded.type === 'Granted' && typeof recorded.data === 'number'
      ? { ...recorded, data: { requestId: 'unknown', amount: recorded.data } }
      : recorded,
  );

type CounterEvent = DomainEvent<'Granted', { readonly requestId: string; readonly amount: number }> | DomainEvent<'Closed', null>;

interface Counter {
  readonly granted: number;
  readonly requests: ReadonlySet<string>;
  readonly isClosed: boolean;
}

class CounterRejected extends Error {
  constructor(readonly granted: number) {
    super(`rejected after ${granted}`);
  }
}

const counter: Aggregate<Counter, CounterEvent> = {
  initial: { granted: 0, requests: new Set(), isClosed: false },
  evolve: (state, event) =>
    event.type === 'Closed'
      ? { ...state, isClosed: true }
      : {
          ...state,
          granted: state.granted + event.data.amount,
          requests: new Set([...state.requests, event.data.requestId]),
        },
};

const LIMIT = 100;

const grant =
  (requestId: string = randomUUID(), amount = 1) =>
  ({ requests, granted, isClosed }: Counter): CounterEvent[] => {
    if (requests.has(requestId)) return [];
    if (isClosed || granted + amount > LIMIT) throw new CounterRejected(granted);
    return [{ type: 'Granted', data: { requestId, amount } }];
  };

/** Closes the counter, which is allowed from an amount of three. */
const close = ({ granted }: Counter): CounterEvent[] => {
  if (granted < 3) throw new CounterRejected(granted);
  return [{ type: 'Closed', data: null }];
};

const metadata: CommandMetadata = {
  correlationId: 'c-1',
  causationId: null,
  actor: { service: 'test' },
  at: '2026-01-01T00:00:00.000Z',
};

describe('StreamHandler', () => {
  jest.setTimeout(60_000);

  let directory: string;
  let store: EventStore;
  let stream: string;
  const stores: EventStore[] = [];

  const open = (): EventStore => {
    const opened = openEmbeddedEventStore({ file: join(directory, 'events.db') });
    stores.push(opened);
    return opened;
  };

  /** Wraps the store so that an action runs before each append. */
  const beforeAppend = (action: () => Promise<unknown>): EventStore => ({
    ...bound(store),
    append: async (...parameters) => {
      await action();
      return store.append(...parameters);
    },
  });

  const bound = (target: EventStore): EventStore => ({
    append: (...parameters) => target.append(...parameters),
    readStream: (...parameters) => target.readStream(...parameters),
    readLast: (...parameters) => target.readLast(...parameters),
    eventIdAt: (...parameters) => target.eventIdAt(...parameters),
    eventsAt: (...parameters) => target.eventsAt(...parameters),
    subscribe: (...parameters) => target.subscribe(...parameters),
    head: () => target.head(),
    eventsBetween: (...parameters) => target.eventsBetween(...parameters),
    logId: () => target.logId(),
    ping: () => target.ping(),
    close: () => target.close(),
  });

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'handle-'));
    store = open();
    stream = `counter-${randomUUID()}`;
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    for (const opened of stores.splice(0)) await opened.close();
    rmSync(directory, { recursive: true });
  });

  it.each([{ priority: 'background' } as const, undefined])('appends with the options %j', async (options) => {
    const append = jest.spyOn(store, 'append');
    await new StreamHandler(store, counter).handle(stream, grant(), metadata, options);
    expect(append.mock.calls.map(([, , , used]) => used)).toEqual([options]);
  });

  it('records a decision with the metadata of the command, and returns the new state', async () => {
    const handler = new StreamHandler(store, counter);
    const handled = await handler.handle(stream, grant('r-1', 5), metadata);
    const [recorded, ...others] = await store.readStream(stream);
    expect(handled).toMatchObject({ state: { granted: 5 }, revision: 0, recorded: true });
    const { type, data } = recorded ?? {};
    expect({ type, data }).toEqual({ type: 'Granted', data: { requestId: 'r-1', amount: 5 } });
    expect(recorded?.metadata).toEqual({ ...metadata, schemaVersion: 1 });
    expect(others).toEqual([]);
  });

  it('records nothing for a repeated request', async () => {
    const handler = new StreamHandler(store, counter);
    await handler.handle(stream, grant('r-1'), metadata);
    const handled = await handler.handle(stream, grant('r-1'), metadata);
    expect(handled).toMatchObject({ state: { granted: 1 }, revision: 0, recorded: false, token: null });
    expect(await store.readStream(stream)).toHaveLength(1);
  });

  it('records nothing for a rejected command', async () => {
    const handler = new StreamHandler(store, counter);
    await expect(handler.handle(stream, close, metadata)).rejects.toThrow(CounterRejected);
    expect(await store.readStream(stream)).toEqual([]);
  });

  it('records all events of one decision in one append', async () => {
    const handler = new StreamHandler(store, counter);
    const handled = await handler.handle(
      stream,
      (state) => [...grant('r-1', 3)(state), { type: 'Closed', data: null }],
      metadata,
    );
    expect(handled).toMatchObject({ state: { granted: 3, isClosed: true }, revision: 1 });
  });

  it('upcasts the events that it reads', async () => {
    await store.append(stream, NO_STREAM, [newEvent(7, 'Granted')]);
    expect((await new StreamHandler(store, counter, { upcast: upcastBare }).load(stream)).state.granted).toBe(7);
  });

  describe('with a cached state', () => {
    it('reads the stream only for the first of several grants', async () => {
      const reads = jest.spyOn(store, 'readStream');
      const handler = new StreamHandler(store, counter);
      await handler.handle(stream, grant(), metadata);
      expect(reads).toHaveBeenCalledTimes(1);
      for (let turn = 0; turn < 5; turn += 1) await handler.handle(stream, grant(), metadata);
      expect(reads).toHaveBeenCalledTimes(1);
    });

    it('reads the stream for every command if the cache holds nothing', async () => {
      const reads = jest.spyOn(store, 'readStream');
      const handler = new StreamHandler(store, counter, { cache: new StateCache(0) });
      for (let turn = 0; turn < 3; turn += 1) await handler.handle(stream, grant(), metadata);
      expect(reads).toHaveBeenCalledTimes(3);
    });

    it('keeps the states that were used last, up to a number of bytes', async () => {
      const reads = jest.spyOn(store, 'readStream');
      const cache = new StateCache(4 * (ENTRY_BYTES + 1_500));
      const handler = new StreamHandler(store, counter, { cache });
      const longId = () => `${'x'.repeat(1_000)}-${randomUUID()}`;
      const streams = Array.from({ length: 20 }, () => `counter-${randomUUID()}`);
      for (const each of streams) await handler.handle(each, grant(longId()), metadata);
      expect(cache.bytes).toBeLessThanOrEqual(4 * (ENTRY_BYTES + 1_500));
      const readsOfAll = reads.mock.calls.length;
      for (const each of streams.slice(-4)) await handler.handle(each, grant(), metadata);
      expect(reads).toHaveBeenCalledTimes(readsOfAll);
      // A state grows with every event, and displaces others.
      for (let turn = 0; turn < 3; turn += 1) await handler.handle(streams[19] as string, grant(longId()), metadata);
      await handler.handle(streams[16] as string, grant(), metadata);
      expect(reads).toHaveBeenCalledTimes(readsOfAll + 1);
    });

    it('never gets the state of another aggregate from a shared cache', async () => {
      const cache = new StateCache();
      await new StreamHandler(store, counter, { cache }).handle(stream, grant(), metadata);
      const other: Aggregate<{ readonly events: number }, CounterEvent> = {
        initial: { events: 0 },
        evolve: ({ events }) => ({ events: events + 1 }),
      };
      expect((await new StreamHandler(store, other, { cache }).load(stream)).state).toEqual({ events: 1 });
    });

    it('decides a rejection again on the current state before it rejects', async () => {
      const [here, there] = [new StreamHandler(store, counter), new StreamHandler(open(), counter)];
      await here.handle(stream, grant(), metadata);
      await expect(here.handle(stream, close, metadata)).rejects.toMatchObject({ granted: 1 });
      await there.handle(stream, grant(), metadata);
      await there.handle(stream, grant(), metadata);

      const decidedOn: number[] = [];
      const handled = await here.handle(
        stream,
        (state) => {
          decidedOn.push(state.granted);
          return close(state);
        },
        metadata,
      );
      // Rejected on the cached state, then accepted on the current state.
      expect(decidedOn).toEqual([1, 3]);
      expect(handled).toMatchObject({ state: { isClosed: true }, revision: 3, recorded: true });
    });

    it('rejects with details from the current state, not from the cache', async () => {
      const [here, there] = [new StreamHandler(store, counter), new StreamHandler(open(), counter)];
      await here.handle(stream, grant(), metadata);
      await there.handle(stream, grant(), metadata);
      await expect(here.handle(stream, close, metadata)).rejects.toMatchObject({ granted: 2 });
    });

    it('decides again on the current state if a decision on the cached state has no events', async () => {
      const makeEven: DecideAtRevision<Counter, CounterEvent> = ({ granted }) =>
        granted % 2 === 0 ? [] : [{ type: 'Granted', data: { requestId: 'even', amount: 1 } }];
      const [here, there] = [new StreamHandler(store, counter), new StreamHandler(open(), counter)];
      await here.handle(stream, grant('r-1', 2), metadata);
      await there.handle(stream, grant('r-2', 1), metadata);
      expect(await here.handle(stream, makeEven, metadata)).toMatchObject({ state: { granted: 4 }, recorded: true });
    });

    it('records nothing for a request that another handler has granted', async () => {
      const [here, there] = [new StreamHandler(store, counter), new StreamHandler(open(), counter)];
      await here.handle(stream, grant('r-1'), metadata);
      await there.handle(stream, grant('r-2', 5), metadata);
      const conflicts = jest.fn();
      const handled = await new StreamHandler(store, counter, { onConflict: conflicts }).handle(
        stream,
        grant('r-2', 5),
        metadata,
      );
      expect(handled).toMatchObject({ state: { granted: 6 }, recorded: false });
      expect(await here.handle(stream, grant('r-2', 5), metadata)).toMatchObject({ state: { granted: 6 }, recorded: false });
      expect(await store.readStream(stream)).toHaveLength(2);
    });

    it('decides again after a version conflict on the cached state', async () => {
      const onConflict = jest.fn();
      const [here, there] = [new StreamHandler(store, counter, { onConflict }), new StreamHandler(open(), counter)];
      await here.handle(stream, grant('r-1', 60), metadata);
      await there.handle(stream, grant('r-2', 40), metadata);
      await expect(here.handle(stream, grant('r-3', 30), metadata)).rejects.toMatchObject({ granted: 100 });
      expect(onConflict).toHaveBeenCalledTimes(1);
      expect(await store.readStream(stream)).toHaveLength(2);
    });
  });

  describe('with concurrent commands', () => {
    /** Retries after contention, as a client does. */
    const sendUntilDecided = async (
      handler: StreamHandler<Counter, CounterEvent>,
      requestId: string,
    ): Promise<'granted' | 'rejected'> => {
      for (;;) {
        try {
          await handler.handle(stream, grant(requestId), metadata);
          return 'granted';
        } catch (error) {
          if (error instanceof CounterRejected) return 'rejected';
          if (!(error instanceof TooMuchContention)) throw error;
        }
      }
    };

    it.each([
      ['one handler', { queue: true }, 1],
      ['one handler without its queue', { queue: false }, 1],
      ['two handlers on two stores', { queue: true }, 2],
      ['two handlers without queues', { queue: false }, 2],
      ['two handlers without queues and caches', { queue: false, cache: new StateCache(0) }, 2],
    ])('grants exactly 100 of 300 through %s', async (_, options, count) => {
      const handlers = Array.from({ length: count }, () => new StreamHandler(open(), counter, options));
      const outcomes = await Promise.all(
        Array.from({ length: 300 }, (_unused, index) =>
          sendUntilDecided(handlers[index % count] as StreamHandler<Counter, CounterEvent>, `r-${index}`),
        ),
      );
      expect(outcomes.filter((outcome) => outcome === 'granted')).toHaveLength(100);
      const recorded = await store.readStream(stream);
      expect(recorded).toHaveLength(100);
      expect((await new StreamHandler(store, counter).load(stream)).state.granted).toBe(100);
    });

    it('grants a repeated request once, and returns that grant to all callers', async () => {
      const handlers = [store, open()].map((each) => new StreamHandler(each, counter, { queue: false }));
      const handled = await Promise.all(
        Array.from({ length: 60 }, (_, index) =>
          (handlers[index % 2] as StreamHandler<Counter, CounterEvent>).handle(stream, grant('r-1'), metadata),
        ),
      );
      expect(handled.filter(({ recorded }) => recorded)).toHaveLength(1);
      for (const { state } of handled) expect(state.requests).toContain('r-1');
      expect(await store.readStream(stream)).toHaveLength(1);
    });

    it('accepts 300 commands on different streams', async () => {
      const handler = new StreamHandler(store, counter);
      const commands = Array.from({ length: 300 }, (_, index) => handler.handle(`${stream}-${index}`, grant(), metadata));
      expect((await Promise.all(commands)).every(({ revision }) => revision === 0)).toBe(true);
    });
  });

  it('throws TooMuchContention after ten version conflicts, and records nothing', async () => {
    jest.spyOn(Math, 'random').mockReturnValue(0);
    const [onConflict, onRetry] = [jest.fn(), jest.fn()];
    const rival = new StreamHandler(open(), counter);
    const contended = beforeAppend(() => rival.handle(stream, grant(), metadata));
    const handler = new StreamHandler(contended, counter, { onConflict, onRetry });
    await expect(handler.handle(stream, grant('mine'), metadata)).rejects.toThrow(TooMuchContention);
    expect(onConflict).toHaveBeenCalledTimes(10);
    expect(onRetry).toHaveBeenCalledTimes(9);
    const { state } = await rival.load(stream);
    expect(state.granted).toBe(10);
    expect(state.requests).not.toContain('mine');
  });

  it('rejects after a version conflict if the new state breaks a rule', async () => {
    const rival = new StreamHandler(open(), counter);
    const contended = beforeAppend(() => rival.handle(stream, grant('r-1', 100), metadata));
    await expect(new StreamHandler(contended, counter).handle(stream, grant(), metadata)).rejects.toMatchObject({ granted: 100 });
  });

  describe('with an unavailable engine', () => {
    it('throws EventStoreUnavailable, and handles a later command', async () => {
      const unavailable = beforeAppend(() => Promise.reject(new EventStoreUnavailable('unavailable')));
      const handler = new StreamHandler(unavailable, counter);
      await expect(handler.handle(stream, grant('r-1'), metadata)).rejects.toThrow(EventStoreUnavailable);
      jest.spyOn(unavailable, 'append').mockImplementation((...parameters) => store.append(...parameters));
      expect(await handler.handle(stream, grant('r-1'), metadata)).toMatchObject({ state: { granted: 1 }, recorded: true });
    });

    it('records nothing again if the acknowledgement of the first attempt was lost', async () => {
      const handler = new StreamHandler(store, counter);
      await handler.handle(stream, grant('r-1'), metadata);
      const append = store.append.bind(store);
      const appendSpy = jest.spyOn(store, 'append').mockImplementationOnce(async (...parameters) => {
        await append(...parameters);
        throw new EventStoreUnavailable('the acknowledgement was lost');
      });
      await expect(handler.handle(stream, grant('r-2'), metadata)).rejects.toThrow(EventStoreUnavailable);
      appendSpy.mockRestore();
      expect(await handler.handle(stream, grant('r-2'), metadata)).toMatchObject({ state: { granted: 2 }, recorded: false });
      expect(await store.readStream(stream)).toHaveLength(2);
    });
  });

  it('throws an unexpected error of a decision to the caller, and handles later commands', async () => {
    const handler = new StreamHandler(store, counter);
    const broken: DecideAtRevision<Counter, CounterEvent> = () => {
      throw new RangeError('unexpected');
    };
    await expect(handler.handle(stream, broken, metadata)).rejects.toThrow(RangeError);
    expect(await handler.handle(stream, grant(), metadata)).toMatchObject({ revision: 0 });
  });
});
