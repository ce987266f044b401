import type { RecordedEvent } from '@rewards/contracts';
import { until } from '@rewards/testing/until';
import type { Batch, EventStore, SubscribeOptions } from '../event-store';

/** Follows a log in the background, and keeps the batches and events. */
export class Follower {
  readonly events: RecordedEvent[] = [];
  readonly batches: Batch[] = [];
  /** Settles when the iteration ends. */
  readonly ended: Promise<void>;
  private readonly stopping = new AbortController();
  private isEnded = false;

  constructor(store: EventStore, options: Omit<SubscribeOptions, 'signal'>) {
    this.ended = this.run(store, options);
    const end = (): void => void (this.isEnded = true);
    // Its error reaches the caller that awaits it.
    this.ended.then(end, end);
  }

  /** Waits until a condition holds. @throws if the iteration ends before that */
  async until(name: string, condition: (follower: this) => boolean): Promise<void> {
    await until(name, () => this.isEnded || condition(this));
    if (condition(this)) return;
    await this.ended;
    throw new Error(`${name}: the subscription has ended`);
  }

  /** Waits until this number of events was delivered. */
  async untilEvents(count: number): Promise<readonly RecordedEvent[]> {
    await this.until(`${count} events`, ({ events }) => events.length >= count);
    return this.events;
  }

  async untilCaughtUp(): Promise<this> {
    await this.until('the end of the log', ({ batches }) => batches.some(({ caughtUp }) => caughtUp));
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
    }
  }
}

/** Reads all events up to the current end of the log. */
export const readAll = async (store: EventStore, options: SubscribeOptions): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const batch of store.subscribe(options)) {
    events.push(...batch.events);
    if (batch.caughtUp) break;
  }
  return events;
};
