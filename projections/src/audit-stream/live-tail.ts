import { Notifier } from '@rewards/async';
import { START, type Position, type Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { AuditFact } from './audit-fact';

/** Facts in the log's order, and how far the log was searched for them. */
export interface Stretch {
  readonly facts: readonly AuditFact[];
  readonly searched: Position;
}

/** Facts that are kept for readers a little behind. */
const WINDOW = 5_000;

/**
 * The end of the log, followed once for all readers: however many there are, each fact is read and written out once.
 * It follows while somebody reads; it holds a bounded number of facts, and who fell behind those reads the log again.
 */
export class LiveTail {
  private facts: AuditFact[] = [];
  /** Everything after it, up to `searched`, is held. */
  private from = START;
  private searched = START;
  private readers = 0;
  private starting: Promise<void> | null = null;
  private ending = new AbortController();
  /** Why the log cannot be followed any further; null while it can. */
  private failure: unknown = null;
  private readonly news = new Notifier();

  constructor(
    private readonly events: EventStore,
    private readonly upcast: Upcast,
  ) {}

  /** @returns leaves again, once @throws EventStoreUnavailable */
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

  /** Whether everything after the position is held, or is yet to come. */
  covers(position: Position): boolean {
    return position >= this.from;
  }

  /**
   * What comes after a position that is covered, at most `limit` facts.
   * @throws what ended the subscription: no retry helps, so the readers end instead of waiting for what never comes
   */
  after(position: Position, limit: number): Stretch {
    if (this.failure) throw this.failure;
    const first = this.firstAfter(position);
    const facts = this.facts.slice(first, first + limit);
    const isAll = first + limit >= this.facts.length;
    return { facts, searched: isAll ? this.searched : (facts.at(-1)?.position ?? this.searched) };
  }

  /** @returns once the log was searched beyond the position, the time is over, the tail failed, or the signal aborts */
  async grown(position: Position, patienceMs: number, signal: AbortSignal): Promise<void> {
    if (this.failure || this.searched > position) return;
    await this.news.wait({ ms: patienceMs, signal, ref: false });
  }

  private async start(): Promise<void> {
    const { signal } = (this.ending = new AbortController());
    this.from = this.searched = await this.events.head();
    this.facts = [];
    this.failure = null;
    void this.follow(signal).catch((error: unknown) => this.fail(error, signal));
  }

  /** The subscription itself waits for an unavailable engine, so what it throws is permanent. The next reader starts again. */
  private fail(error: unknown, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.failure = error;
    this.starting = null;
    this.news.notify();
  }

  private async follow(signal: AbortSignal): Promise<void> {
    for await (const { events, checkpoint } of this.events.subscribe({ after: this.searched, signal })) {
      if (signal.aborted) return;
      for (const recorded of events) this.facts.push(new AuditFact(this.upcast(recorded)));
      this.searched = checkpoint.position;
      this.trim();
      this.news.notify();
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

  /** Index of the first fact after a position; the facts are in order. */
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
