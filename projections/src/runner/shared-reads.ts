import { childController } from '@rewards/async';
import { PREFIXES, type Checkpoint, type Position } from '@rewards/contracts';
import type { Batch, EventStore, SubscribeOptions } from '@rewards/event-store';

/** Most domain events are in these streams. A subscription without them lets the engine skip the others, which costs less. */
const BULK = PREFIXES.participation;

/** How many batches of a shared read are kept for the slower readers. A batch has up to 2,000 domain events. */
const WINDOW = 3;

/** One read of the log through which several subscriptions catch up. */
class SharedRead {
  private readonly ended = childController();
  private readonly batches: AsyncIterator<Batch>;
  /** The last batches, by their number. */
  private readonly window = new Map<number, Promise<Batch | null>>();
  /** The number of each kept batch by the place after which it begins. */
  private readonly numbers = new Map<string, number>();
  private next = 0;
  private readers = 0;

  constructor(
    store: EventStore,
    after: Position | Checkpoint,
    private readonly onEnd: () => void,
  ) {
    this.batches = store.subscribe({ after, signal: this.ended.signal })[Symbol.asyncIterator]();
    this.numbers.set(keyOf(after), 0);
  }

  /** @returns the number of the batch that begins after a position; undefined if it is no longer kept */
  numberAfter(after: Position | Checkpoint): number | undefined {
    return this.numbers.get(keyOf(after));
  }

  /** @returns a batch; null if it is no longer kept, or if the log was read to its end */
  batch(number: number): Promise<Batch | null> {
    if (number === this.next) {
      this.window.set(number, this.readNext(number));
      this.next += 1;
      this.window.delete(number - WINDOW);
    }
    return this.window.get(number) ?? Promise.resolve(null);
  }

  join(): void {
    this.readers += 1;
  }

  leave(): void {
    this.readers -= 1;
    if (this.readers > 0) return;
    this.onEnd();
    this.ended.abort();
    void this.batches.return?.(undefined);
  }

  private async readNext(number: number): Promise<Batch | null> {
    const { done, value } = await this.batches.next();
    if (done === true || value.caughtUp) return null;
    this.numbers.set(keyOf(value.checkpoint), number + 1);
    for (const [key, kept] of this.numbers) if (kept <= number - WINDOW) this.numbers.delete(key);
    return value;
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
  let shared: SharedRead | null = null;

  async function* subscribe(options: SubscribeOptions): AsyncGenerator<Batch, void, undefined> {
    const { prefixes, signal } = options;
    let { after } = options;
    if (prefixes && !prefixes.includes(BULK)) return yield* store.subscribe(options);
    const read = (shared ??= new SharedRead(store, after, () => (shared = null)));
    read.join();
    try {
      for (let number = read.numberAfter(after); number !== undefined && !signal?.aborted; number += 1) {
        const batch = await read.batch(number);
        if (!batch) break;
        after = batch.checkpoint;
        yield prefixes ? { ...batch, events: batch.events.filter(({ stream }) => startsWithAny(stream, prefixes)) } : batch;
      }
    } finally {
      read.leave();
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
