import { childController, sleep } from '@rewards/async';
import { PREFIXES, type Checkpoint, type Position } from '@rewards/contracts';
import type { Batch, EventStore, SubscribeOptions } from '@rewards/event-store';

/** Most domain events are in these streams. A subscription without them lets the engine skip the others, which costs less. */
const BULK = PREFIXES.participation;
/** How long the first subscription at a place waits for others. All read models start within this time. */
const GATHER_MS = 100;
/** How many batches of a shared read are kept for the slower readers. A batch has up to 2,000 domain events. */
const WINDOW = 3;

/** One read of the log through which several subscriptions catch up. */
class SharedRead {
  private readonly ended = childController();
  private readonly batches: AsyncIterator<Batch>;
  /** The last batches, by their number. */
  private readonly window = new Map<number, Promise<Batch | null>>();
  private next = 0;

  constructor(
    store: EventStore,
    options: Omit<SubscribeOptions, 'signal'>,
    private readers: number,
  ) {
    this.batches = store.subscribe({ ...options, signal: this.ended.signal })[Symbol.asyncIterator]();
  }

  /** @returns a batch; null if it is no longer kept, or if the log was read to its end */
  batch(number: number): Promise<Batch | null> {
    if (number === this.next) {
      this.window.set(number, this.read());
      this.next += 1;
      this.window.delete(number - WINDOW);
    }
    return this.window.get(number) ?? Promise.resolve(null);
  }

  leave(): void {
    this.readers -= 1;
    if (this.readers > 0) return;
    this.ended.abort();
    void this.batches.return?.(undefined);
  }

  private async read(): Promise<Batch | null> {
    const { done, value } = await this.batches.next();
    return done === true || value.caughtUp ? null : value;
  }
}

/** Two checkpoints at the same position may be of different logs. */
const keyOf = (place: Position | Checkpoint): string =>
  typeof place === 'string' ? place : [place.position, place.eventId, place.logId].join(' ');

/**
 * Lets subscriptions that begin at the same place read the log once while they catch up: the engine reads and parses each domain event
 * once for all of them. A subscription leaves the shared read for one of its own when it has caught up or becomes too slow.
 */
export const sharingReads = (store: EventStore): EventStore => {
  const gathering = new Map<string, { readonly members: SubscribeOptions[]; readonly read: Promise<SharedRead | null> }>();

  /** @returns the read that the subscription shares; null if no other one begins at its place */
  const join = (options: SubscribeOptions): Promise<SharedRead | null> => {
    const { after } = options;
    const key = keyOf(after);
    const gathered = gathering.get(key);
    if (gathered) {
      gathered.members.push(options);
      return gathered.read;
    }
    const members = [options];
    const read = sleep(GATHER_MS).then(() => {
      gathering.delete(key);
      if (members.length === 1) return null;
      const prefixes = members.every((member) => member.prefixes) && new Set(members.flatMap((member) => member.prefixes ?? []));
      return new SharedRead(store, { after, ...(prefixes && { prefixes: [...prefixes] }) }, members.length);
    });
    gathering.set(key, { members, read });
    return read;
  };

  async function* subscribe(options: SubscribeOptions): AsyncGenerator<Batch, void, undefined> {
    const { prefixes, signal } = options;
    let { after } = options;
    const read = !prefixes || prefixes.includes(BULK) ? await join(options) : null;
    try {
      for (let number = 0; read && !signal?.aborted; number += 1) {
        const batch = await read.batch(number);
        if (!batch) break;
        after = batch.checkpoint;
        yield prefixes ? { ...batch, events: batch.events.filter(({ stream }) => startsWithAny(stream, prefixes)) } : batch;
      }
    } finally {
      read?.leave();
    }
    yield* store.subscribe({ ...options, after });
  }

  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'subscribe') return subscribe;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? (value as (...parameters: unknown[]) => unknown).bind(target) : value;
    },
  });
};

const startsWithAny = (stream: string, prefixes: readonly string[]): boolean =>
  prefixes.some((prefix) => stream.startsWith(prefix));
