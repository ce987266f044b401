import { Notifier } from '@rewards/async';
import { START, type Position, type Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { AuditFact } from './audit-fact';

/** Domain events in log order, and the position up to which the log was searched. */
export interface LogSlice {
  readonly facts: readonly AuditFact[];
  readonly searched: Position;
}

/** Number of recent domain events that are kept for readers that lag slightly. */
const WINDOW = 5_000;

/**
 * Follows the end of the log with one subscription for all readers, so each domain event is read and serialized once.
 * Subscribes only while there are readers. Keeps a bounded number of events; a reader that lags further reads the event store.
 */
export class LiveTail {
  private facts: AuditFact[] = [];
  /** All domain events after this position, up to `searched`, are kept. */
  private from = START;
  private searched = START;
  private readers = 0;
  private starting: Promise<void> | null = null;
  private ending = new AbortController();
  /** The error that ended the subscription; null if there is none. */
  private failure: unknown = null;
  private readonly changes = new Notifier();

  constructor(
    private readonly store: EventStore,
    private readonly upcast: Upcast,
  ) {}

  /**
   * Adds a reader, and subscribes to the log if it is the first one.
   * @returns removes the reader; call it once
   * @throws EventStoreUnavailable
   */
  async join(): Promise<() => void> {
    this.readers += 1;
    try {
      await (this.starting ??= this.start());
    } catch (error) {
      this.leave();
      throw error;
    }
    return () => this.leave();
  }

  /** Returns whether every domain event after the position is kept or has yet to be appended. */
  covers(position: Position): boolean {
    return position >= this.from;
  }

  /**
   * Returns the domain events after a covered position, `limit` at most.
   * @throws the error that ended the subscription: no retry helps, so the readers must end too
   */
  readAfter(position: Position, limit: number): LogSlice {
    if (this.failure) throw this.failure;
    const first = this.firstAfter(position);
    const facts = this.facts.slice(first, first + limit);
    const isAll = first + limit >= this.facts.length;
    return { facts, searched: isAll ? this.searched : (facts.at(-1)?.position ?? this.searched) };
  }

  /** Waits until the log was searched beyond the position, the time is over, the subscription failed, or the signal aborts. */
  async waitUntilSearchedBeyond(position: Position, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.failure || this.searched > position) return;
    await this.changes.wait({ ms: timeoutMs, signal, ref: false });
  }

  private async start(): Promise<void> {
    const { signal } = (this.ending = new AbortController());
    this.from = this.searched = await this.store.head();
    this.facts = [];
    this.failure = null;
    void this.follow(signal).catch((error: unknown) => this.fail(error, signal));
  }

  /** The subscription retries while the event store is unavailable, so its errors are permanent. The next reader subscribes again. */
  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.failure = error;
    this.starting = null;
    this.changes.notify();
  }

  private async follow(signal: AbortSignal): Promise<void> {
    for await (const { events, checkpoint } of this.store.subscribe({ after: this.searched, signal })) {
      if (signal.aborted) return;
      for (const recorded of events) this.facts.push(new AuditFact(this.upcast(recorded)));
      this.searched = checkpoint.position;
      this.trim();
      this.changes.notify();
    }
  }

  private trim(): void {
    const excess = this.facts.length - WINDOW;
    if (excess <= 0) return;
    this.from = this.facts[excess - 1]?.position ?? this.from;
    this.facts = this.facts.slice(excess);
  }

  private leave(): void {
    this.readers -= 1;
    if (this.readers > 0) return;
    this.ending.abort();
    this.starting = null;
    this.facts = [];
  }

  /** Returns the index of the first domain event after a position, by binary search. */
  private firstAfter(position: Position): number {
    let [low, high] = [0, this.facts.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.facts[middle]?.position ?? START) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
