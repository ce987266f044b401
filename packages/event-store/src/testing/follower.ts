import type { RecordedEvent } from '@rewards/contracts';
import type { Batch, EventStore, SubscribeOptions } from '../event-store';

/** Follows a log in the background, and keeps what it was given. */
export class Follower {
  readonly events: RecordedEvent[] = [];
  readonly batches: Batch[] = [];
  /** Settles when the iteration ends. */
  readonly ended: Promise<void>;
  private readonly stopping = new AbortController();
  private readonly waiting = new Set<() => void>();

  constructor(store: EventStore, options: Omit<SubscribeOptions, 'signal'>) {
    this.ended = this.run(store, options);
    // Met by whoever awaits it; until then it is nobody's failure.
    this.ended.catch(() => undefined);
  }

  /** Waits until the condition holds, and fails when the iteration ends before. */
  async until(condition: (follower: this) => boolean): Promise<void> {
    while (!condition(this)) {
      const step = new Promise<void>((resolve) => this.waiting.add(resolve));
      await Promise.race([step, this.ended.then(() => Promise.reject(new Error('the subscription has ended')))]);
    }
  }

  /** Waits until it was given so many events. */
  async untilEvents(count: number): Promise<readonly RecordedEvent[]> {
    await this.until(({ events }) => events.length >= count);
    return this.events;
  }

  async untilCaughtUp(): Promise<this> {
    await this.until(({ batches }) => batches.some(({ caughtUp }) => caughtUp));
    return this;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  private async run(store: EventStore, options: Omit<SubscribeOptions, 'signal'>): Promise<void> {
    for await (const batch of store.subscribe({ ...options, signal: this.stopping.signal })) {
      this.batches.push(batch);
      this.events.push(...batch.events);
      for (const resolve of this.waiting) resolve();
      this.waiting.clear();
    }
  }
}

/** Everything of the log up to its end as it is now. */
export const readAll = async (store: EventStore, options: SubscribeOptions): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const batch of store.subscribe(options)) {
    events.push(...batch.events);
    if (batch.caughtUp) break;
  }
  return events;
};
