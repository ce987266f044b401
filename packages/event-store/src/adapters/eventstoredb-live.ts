import type { AllStreamResolvedEvent, EventStoreDBClient } from '@eventstore/db-client';
import { backoff, nextTurn, Notifier, sleep } from '@rewards/async';
import type { Position, RecordedEvent } from '@rewards/contracts';
import { EventStoreUnavailable } from '../event-store';
import { endAfter, eventIdAt, lastPlace, LOG_BEGIN, placeOf, type Place } from './eventstoredb-all';
import { isUnavailable, translate } from './eventstoredb-answer';
import { toRecorded } from './eventstoredb-events';
import { Feed } from './eventstoredb-feed';
import { Joint } from './joint';

/** Recent events that are held for subscribers a little behind: as many, and of about so many characters together. */
const MAX_HELD = 10_000;
const MAX_HELD_SIZE = 16_000_000;
/** A feed that receives nothing for so long asks the server whether the log has grown. */
const QUIET_MS = 1_000;
/** The subscription stays open for so long after its last subscriber left. */
const LINGER_MS = 10_000;

export const BACKOFF = { firstMs: 20, maxMs: 1_000 };
export const pauseMs = backoff({ ...BACKOFF, jitter: 'none' });

interface Held extends Place {
  /** Null for events of the server's or the adapter's own. */
  readonly recorded: RecordedEvent | null;
  readonly size: number;
}

/** A part of what is held, as one subscriber sees it. */
export interface Stretch {
  readonly events: readonly RecordedEvent[];
  readonly searched: Place;
  /** Whether nothing that is held comes after it, and the feed is at the end of the log. */
  readonly isAtEnd: boolean;
}

/**
 * The one live subscription of a process, shared by all its subscribers. It follows the whole log without a filter, so each
 * event's position and id are known whichever streams a subscriber wants, and none of them needs a subscription of its own.
 * It holds the recent events; a subscriber further behind reads the log itself until it is covered here again.
 */
export class LiveFeed {
  /** How often the feed broke. A subscriber that sees it change verifies its own place again. */
  generation = 0;
  private held: Held[] = [];
  private heldSize = 0;
  /** Every event after it, up to `last`, is held. */
  private from: Place = LOG_BEGIN;
  /** Null before the first connection, and after the log turned out to be another one. */
  private last: Place | null = null;
  private isLive = false;
  private failure: unknown = null;
  private isRefused = false;
  private subscribers = 0;
  private running: AbortController | null = null;
  private lingering: NodeJS.Timeout | undefined;
  private readonly news = new Notifier();
  private readonly end = new Joint(() => endAfter(this.client, this.searched, this.timeoutMs));

  /** @param timeoutMs how long the server may take for one answer */
  constructor(
    private readonly client: EventStoreDBClient,
    private readonly timeoutMs: number,
  ) {}

  /** Keeps the feed running. @returns how to leave, once */
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
   * Waits until the feed is live, for as long as the server is unavailable.
   * @throws EventStoreRefused when the server rejects the subscription
   */
  async untilLive(signal: AbortSignal): Promise<void> {
    this.start();
    while (!this.isLive && !signal.aborted) {
      if (this.isRefused) throw translate(this.failure);
      await this.change(signal);
    }
  }

  /** The place that the feed has reached. */
  get place(): Place {
    return this.last ?? LOG_BEGIN;
  }

  /** Whether every event after the position is held or yet to come. */
  covers(position: Position): boolean {
    return this.last !== null && position >= this.from.position;
  }

  /** What comes after a covered place: at most `limit` events of streams with one of the prefixes. */
  after(place: Place, prefixes: readonly string[] | undefined, limit: number): Stretch {
    const events: RecordedEvent[] = [];
    let searched = place;
    let index = this.firstAfter(place.position);
    for (; index < this.held.length && events.length < limit; index += 1) {
      const entry = this.held[index] as Held;
      searched = entry;
      if (entry.recorded && isWanted(entry.recorded.stream, prefixes)) events.push(entry.recorded);
    }
    const { position, eventId } = searched;
    return { events, searched: { position, eventId }, isAtEnd: index === this.held.length && this.isLive };
  }

  /** Waits until the feed receives something, breaks, or the signal aborts. */
  change(signal: AbortSignal): Promise<void> {
    return this.news.wait({ signal });
  }

  /** Position of the last event that the log had at some time after this was called. */
  endOfLog(): Promise<Position> {
    return this.end.run();
  }

  /** @throws why the feed broke, if it has since that generation */
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
    this.isRefused = false;
    void this.run(this.running.signal);
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted; failures += 1) {
      try {
        await this.follow(signal, () => (failures = 0));
      } catch (error) {
        if (signal.aborted) return;
        this.isRefused = !isUnavailable(error);
        this.breakOff(error);
        if (this.isRefused) this.running = null;
        if (this.isRefused) return;
        await sleep(pauseMs(failures + 1), { signal });
      }
    }
  }

  /** One subscription of the server's. @throws when it breaks, or the server does not answer or refuses it */
  private async follow(signal: AbortSignal, onLive: () => void): Promise<void> {
    const from = await this.resumePosition(signal);
    if (from === null) return;
    const feed = new Feed(this.client, from);
    let heardAt = performance.now();
    let due: Position | null = null;
    try {
      while (!signal.aborted) {
        await feed.arrival(this.isLive && due === null ? QUIET_MS : this.timeoutMs, signal);
        // Lets the data that the socket holds be read.
        await nextTurn();
        const arrived = feed.take();
        if (signal.aborted) return;
        if (arrived) {
          heardAt = performance.now();
          this.hold(arrived.events);
          if (arrived.isLive) onLive();
          this.isLive = arrived.isLive;
          if (due !== null && due <= this.searched) due = null;
          this.news.notify();
        } else if (!this.isLive || due !== null) {
          if (performance.now() - heardAt >= this.timeoutMs) throw new EventStoreUnavailable('EventStoreDB sends no events');
        } else {
          // A subscription that is broken without an error looks like a log that does not grow.
          const end = await this.endOfLog();
          heardAt = performance.now();
          if (end > this.searched) due = end;
        }
      }
    } finally {
      feed.close();
    }
  }

  /**
   * Where to go on: after the last event held if the log still has it, or else at the log's end.
   * @returns null when the signal has aborted
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

  private breakOff(error: unknown): void {
    this.failure = translate(error);
    this.isLive = false;
    this.generation += 1;
    this.news.notify();
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

  /** Drops half at once, so that a full list is not copied for each event. */
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

  /** Index of the first event held after a position. */
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

const isWanted = (stream: string, prefixes: readonly string[] | undefined): boolean =>
  prefixes === undefined || prefixes.some((prefix) => stream.startsWith(prefix));
