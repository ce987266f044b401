import type { AllStreamResolvedEvent, EventStoreDBClient } from '@eventstore/db-client';
import { backoff, nextTurn, Notifier, sleep } from '@rewards/async';
import type { Position, RecordedEvent } from '@rewards/contracts';
import { EventStoreUnavailable } from '../event-store';
import { endAfter, eventIdAt, lastPlace, LOG_BEGIN, placeOf, type Place } from './eventstoredb-all';
import { isUnavailable, translate } from './eventstoredb-errors';
import { toRecorded } from './eventstoredb-events';
import { Feed } from './eventstoredb-feed';
import { CoalescedTask } from './coalesced-task';

/** Maximum number of recent events held for lagging subscribers, and their approximate total size in characters. */
const MAX_HELD = 10_000;
const MAX_HELD_SIZE = 16_000_000;
/** Time without events after which the feed checks whether the log has grown. */
const QUIET_MS = 1_000;
/** How long the subscription stays open after its last subscriber left. */
const LINGER_MS = 10_000;

export const BACKOFF = { firstMs: 20, maxMs: 1_000 };
export const pauseMs = backoff({ ...BACKOFF, jitter: 'none' });

interface Held extends Place {
  /** Null for internal events of the server or the adapter. */
  readonly recorded: RecordedEvent | null;
  readonly size: number;
}

/** A part of the held events, filtered for one subscriber. */
export interface HeldSlice {
  readonly events: readonly RecordedEvent[];
  readonly searched: Place;
  /** Whether no held event follows, and the feed is at the end of the log. */
  readonly isAtEnd: boolean;
}

/**
 * The only live subscription of a process, shared by all its subscribers. It follows the whole log without a filter, so it has the
 * position and id of every event, and no subscriber needs its own subscription. It holds the recent events. A subscriber that lags
 * further behind replays the log until the feed covers its position again.
 */
export class LiveFeed {
  /** Number of times the feed broke. A subscriber verifies its place again when it changes. */
  generation = 0;
  private held: Held[] = [];
  private heldSize = 0;
  /** Every event after this place, up to `last`, is held. */
  private from: Place = LOG_BEGIN;
  /** Place that the feed has reached. Null before the first connection and after a stop. */
  private last: Place | null = null;
  private isLive = false;
  private failure: unknown = null;
  private isRejected = false;
  private subscribers = 0;
  private running: AbortController | null = null;
  private lingering: NodeJS.Timeout | undefined;
  private readonly changes = new Notifier();
  private readonly end = new CoalescedTask(() => endAfter(this.client, this.searched, this.timeoutMs));

  /** @param timeoutMs time limit for one answer of the server, in milliseconds */
  constructor(
    private readonly client: EventStoreDBClient,
    private readonly timeoutMs: number,
  ) {}

  /** Adds a subscriber and keeps the feed running. @returns a function that removes the subscriber; call it once */
  join(): () => void {
    this.subscribers += 1;
    clearTimeout(this.lingering);
    this.start();
    return () => {
      this.subscribers -= 1;
      if (this.subscribers === 0) this.lingering = setTimeout(() => this.stop(), LINGER_MS).unref();
    };
  }

  stop(): void {
    clearTimeout(this.lingering);
    this.running?.abort();
    this.running = null;
    this.isLive = false;
    this.last = null;
    this.held = [];
    this.heldSize = 0;
  }

  /**
   * Waits until the feed is live, without a time limit while the server is unavailable.
   * @throws EventStoreRejected if the server rejects the subscription
   */
  async untilLive(signal: AbortSignal): Promise<void> {
    this.start();
    while (!this.isLive && !signal.aborted) {
      if (this.isRejected) throw translate(this.failure);
      await this.waitForChange(signal);
    }
  }

  /** Place that the feed has reached. */
  get place(): Place {
    return this.last ?? LOG_BEGIN;
  }

  /** Whether the feed holds, or will receive, every event after a position. */
  covers(position: Position): boolean {
    return this.last !== null && position >= this.from.position;
  }

  /** @returns the held events after a covered place: up to `limit` events of streams with one of the prefixes */
  after(place: Place, prefixes: readonly string[] | undefined, limit: number): HeldSlice {
    const events: RecordedEvent[] = [];
    let searched = place;
    let index = this.firstAfter(place.position);
    for (; index < this.held.length && events.length < limit; index += 1) {
      const entry = this.held[index] as Held;
      searched = entry;
      if (entry.recorded && matches(entry.recorded.stream, prefixes)) events.push(entry.recorded);
    }
    const { position, eventId } = searched;
    return { events, searched: { position, eventId }, isAtEnd: index === this.held.length && this.isLive };
  }

  /** Waits until the feed receives something or breaks, or the signal aborts. */
  waitForChange(signal: AbortSignal): Promise<void> {
    return this.changes.wait({ signal });
  }

  /** Position of the last event in the log, read after the call. */
  endOfLog(): Promise<Position> {
    return this.end.run();
  }

  /** @throws the error that broke the feed, if it has broken since that generation */
  assertGeneration(generation: number): void {
    if (this.generation === generation) return;
    throw this.failure ?? new EventStoreUnavailable('the live subscription broke');
  }

  private get searched(): Position {
    return this.place.position;
  }

  private start(): void {
    if (this.running) return;
    this.running = new AbortController();
    this.isRejected = false;
    void this.run(this.running.signal);
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.follow(signal, () => (failures = 0));
      } catch (error) {
        if (signal.aborted) return;
        this.isRejected = !isUnavailable(error);
        this.onBroken(error);
        if (this.isRejected) this.running = null;
        if (this.isRejected) return;
        await sleep(pauseMs(failures + 1), { signal });
      }
    }
  }

  /** Runs one subscription. @throws if it breaks, or the server does not answer or rejects it */
  private async follow(signal: AbortSignal, onLive: () => void): Promise<void> {
    const from = await this.resumePosition(signal);
    if (from === null) return;
    const feed = new Feed(this.client, from);
    let lastReceivedAt = performance.now();
    let awaited: Position | null = null;
    try {
      while (!signal.aborted) {
        await feed.waitForArrival(this.isLive && awaited === null ? QUIET_MS : this.timeoutMs, signal);
        // Lets the process read pending data of the socket.
        await nextTurn();
        const arrived = feed.take();
        if (signal.aborted) return;
        if (arrived) {
          lastReceivedAt = performance.now();
          this.hold(arrived.events);
          if (arrived.isLive) onLive();
          this.isLive = arrived.isLive;
          if (awaited !== null && awaited <= this.searched) awaited = null;
          this.changes.notify();
        } else if (!this.isLive || awaited !== null) {
          if (performance.now() - lastReceivedAt >= this.timeoutMs)
            throw new EventStoreUnavailable(`EventStoreDB sent no events for ${this.timeoutMs} ms`);
        } else {
          // A subscription that broke without an error looks the same as a log that does not grow.
          const end = await this.endOfLog();
          lastReceivedAt = performance.now();
          if (end > this.searched) awaited = end;
        }
      }
    } finally {
      feed.close();
    }
  }

  /**
   * Finds the position to resume after: the last event received if the log still has it, otherwise the end of the log.
   * @returns null if the signal has aborted
   */
  private async resumePosition(signal: AbortSignal): Promise<Position | null> {
    const { last } = this;
    if (last && (await eventIdAt(this.client, last.position, this.timeoutMs)) === last.eventId) return last.position;
    const end = await lastPlace(this.client, this.timeoutMs);
    if (signal.aborted) return null;
    this.from = this.last = end;
    this.held = [];
    this.heldSize = 0;
    return end.position;
  }

  private onBroken(error: unknown): void {
    this.failure = translate(error);
    this.isLive = false;
    this.generation += 1;
    this.changes.notify();
  }

  private hold(events: readonly AllStreamResolvedEvent[]): void {
    for (const event of events) {
      const place = placeOf(event);
      if (!place) continue;
      const recorded = toRecorded(event);
      const size = recorded ? JSON.stringify(recorded).length : 0;
      this.held.push({ ...place, recorded, size });
      this.heldSize += size;
      this.last = place;
    }
    this.trim();
  }

  /** Drops half of the events at once, so that a full list is not copied for each event. */
  private trim(): void {
    if (this.held.length <= MAX_HELD && this.heldSize <= MAX_HELD_SIZE) return;
    let excess = 0;
    let count = this.held.length;
    for (const { size } of this.held) {
      if (count <= MAX_HELD / 2 && this.heldSize <= MAX_HELD_SIZE / 2) break;
      this.heldSize -= size;
      count -= 1;
      excess += 1;
    }
    this.from = this.held[excess - 1] ?? this.from;
    this.held = this.held.slice(excess);
  }

  /** Index of the first held event after a position. */
  private firstAfter(position: Position): number {
    let [low, high] = [0, this.held.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.held[middle] as Held).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const matches = (stream: string, prefixes: readonly string[] | undefined): boolean =>
  prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));
