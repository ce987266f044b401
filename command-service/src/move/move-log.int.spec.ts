import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { START } from '@rewards/contracts';
import { EventStoreUnavailable, NO_STREAM, type EventStore } from '@rewards/event-store';
import { openEmbeddedEventStore } from '@rewards/event-store/adapters/embedded';
import { moveLog, TargetMismatch } from './move-log';

let directory: string;
let from: EventStore;
let to: EventStore;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'move-'));
  from = openEmbeddedEventStore({ file: join(directory, 'from.db') });
  to = openEmbeddedEventStore({ file: join(directory, 'to.db') });
});
afterEach(async () => {
  await Promise.all([from.close(), to.close()]);
  rmSync(directory, { recursive: true });
});

const metadata = {
  schemaVersion: 1,
  correlationId: 'c',
  causationId: null,
  actor: { service: 'spec' },
  at: '2026-01-01T00:00:00.000Z',
};
const append = (store: EventStore, stream: string, expected: number) =>
  store.append(stream, expected, [{ id: randomUUID(), type: 'Noted', data: { text: '극한성장의 비약' }, metadata }]);

const fill = async (): Promise<void> => {
  await append(from, 'a', NO_STREAM);
  await append(from, 'b', NO_STREAM);
  await append(from, 'a', 0);
};
const orderOf = async (store: EventStore): Promise<readonly string[]> => {
  const order: string[] = [];
  for await (const { events, caughtUp } of store.subscribe({ after: START })) {
    order.push(...events.map(({ stream, revision, id }) => `${stream} ${revision} ${id}`));
    if (caughtUp) break;
  }
  return order;
};
const overriding = (store: EventStore, replacement: EventStore['append']): EventStore =>
  new Proxy(store, {
    get: (target, name) => {
      if (name === 'append') return replacement;
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
const counting = (store: EventStore) => {
  let [appends, most, inFlight] = [0, 0, 0];
  const append: EventStore['append'] = async (...args) => {
    appends += 1;
    most = Math.max(most, (inFlight += 1));
    return store.append(...args).finally(() => (inFlight -= 1));
  };
  return { store: overriding(store, append), most: () => most, appends: () => appends };
};
const move = (onMoved: (events: number) => void = () => undefined) => moveLog(from, to, onMoved);

describe('moving the log', () => {
  it('keeps streams, revisions, ids and order', async () => {
    await fill();
    expect(await move()).toBe(3);
    for (const stream of ['a', 'b']) expect(await to.readStream(stream)).toEqual(await from.readStream(stream));
    for await (const { events } of to.subscribe({ after: START })) {
      expect(events.map(({ stream, revision }) => `${stream}${revision}`)).toEqual(['a0', 'b0', 'a1']);
      break;
    }
  });

  it('keeps the order with several appends in flight, and combines consecutive events of one stream', async () => {
    for (let turn = 0; turn < 120; turn += 1) {
      const stream = `s${turn % 7}`;
      const next = (await from.readStream(stream)).length;
      for (let more = 0; more < 1 + (turn % 3); more += 1) await append(from, stream, next + more - 1);
    }
    const { store, most, appends } = counting(to);
    const reported: number[] = [];
    expect(await moveLog(from, store, (events) => reported.push(events))).toBe(240);
    expect([appends(), most()]).toEqual([120, 15]);
    expect(reported.at(-1)).toBe(240);
    expect(reported).toEqual(reported.toSorted((one, other) => one - other));
    expect(await orderOf(to)).toEqual(await orderOf(from));
  });

  it('keeps the order when appends fail, whether or not they were written', async () => {
    for (let turn = 0; turn < 100; turn += 1) await append(from, `s${turn}`, NO_STREAM);
    let calls = 0;
    const store = overriding(to, async (...append) => {
      calls += 1;
      const isLost = calls % 17 === 0;
      if (isLost && calls % 2) throw new EventStoreUnavailable('lost before');
      const appended = await to.append(...append);
      if (isLost) throw new EventStoreUnavailable('lost after');
      return appended;
    });
    await expect(moveLog(from, store, () => undefined)).resolves.toBe(100);
    expect(await orderOf(to)).toEqual(await orderOf(from));
  });

  it('rejects a target that records events in another order than they were sent', async () => {
    await fill();
    let first: Promise<unknown> | null = null;
    const store = overriding(to, async (...append) => {
      if (first) return to.append(...append);
      first = Promise.resolve();
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return to.append(...append);
    });
    await append(from, 'c', NO_STREAM);
    await expect(moveLog(from, store, () => undefined)).rejects.toThrow('another order');
  });

  it('finishes an interrupted move, and changes nothing when repeated', async () => {
    await fill();
    await expect(
      move(() => {
        throw new Error('interrupted');
      }),
    ).rejects.toThrow('interrupted');
    expect(await move()).toBe(3);
    expect(await move()).toBe(3);
    expect(await to.readStream('a')).toHaveLength(2);
  });

  it('accepts an empty log', async () => expect(await move()).toBe(0));

  it('rejects a target with other events', async () => {
    await fill();
    await append(to, 'a', NO_STREAM);
    await expect(move()).rejects.toThrow(TargetMismatch);
    expect(await to.readStream('b')).toEqual([]);
  });

  it('rejects a target that continues after the end of the source', async () => {
    await fill();
    await move();
    await append(to, 'c', NO_STREAM);
    await expect(move()).rejects.toThrow(TargetMismatch);
  });
});
