import { Semaphore } from '@rewards/async';
import type { Position, Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { placeInLog } from '@rewards/service-kit/place-in-log';
import { reject } from '../projections.problems';
import { AuditFact, prefixesFor, type AuditStreamFilter } from './audit-fact';
import { caughtUpFrame, heartbeatFrame, type EndReason } from './frames';
import { LiveTail, type LogSlice } from './live-tail';

export interface AuditStreamOptions {
  readonly heartbeatMs?: number;
  readonly maxReaders?: number;
  readonly maxReadersPerAccount?: number;
}

/** The place after which a stream starts. */
export interface StreamStart {
  /** A position of the log or an `X-Position`. */
  readonly place: string;
  /** Name of the request field that contains the place. */
  readonly field: string;
}

/** An open stream. Its frames end when the signal aborts; the caller then calls `close`. */
export interface OpenedStream {
  /** Chunks of Server-Sent Events, produced on demand. */
  readonly frames: AsyncIterable<string>;
  readonly close: () => void;
}

const HEARTBEAT_MS = 10_000;
const SHUTTING_DOWN: EndReason = 'SHUTTING_DOWN';
/** Limits the memory of all readers, as the memory of each one is bounded. */
const MAX_READERS = 250;
const MAX_READERS_PER_ACCOUNT = 10;
/** Concurrent reads of history. The limit keeps many readers from delaying the read models, which share the thread. */
const HISTORY_SLOTS = 2;
/** Maximum number of domain events in one read of the tail. */
const FACTS_PER_SLICE = 100;
/**
 * Minimum length of a full chunk, in characters. A chunk ends after the event with which it reaches this length, so each chunk
 * moves its reader forward.
 */
const CHUNK_LENGTH = 32_768;

/** Streams the history of the log and then its new domain events, from any place in the log. */
export class AuditStreams {
  private readonly tail: LiveTail;
  private readonly slots = new Semaphore(HISTORY_SLOTS);
  /** The account of each open stream. */
  private readonly readers = new Map<AbortController, string>();
  private isEnding = false;

  constructor(
    private readonly store: EventStore,
    private readonly upcast: Upcast,
    private readonly options: AuditStreamOptions = {},
  ) {
    this.tail = new LiveTail(store, upcast);
  }

  /** Ends all open streams, and each stream that is opened later. */
  endAll(): void {
    this.isEnding = true;
    for (const ended of this.readers.keys()) ended.abort(SHUTTING_DOWN);
  }

  /**
   * Opens a stream for an account.
   * @param ended aborting it ends the stream; `end` aborts it
   * @throws Rejected if too many streams are open or the log has no such place; EventStoreUnavailable
   */
  async open(filter: AuditStreamFilter, start: StreamStart, accountId: string, ended: AbortController): Promise<OpenedStream> {
    this.requireCapacity(accountId);
    this.readers.set(ended, accountId);
    try {
      const after = await placeInLog(this.store, start.place, start.field);
      const leave = await this.tail.join();
      if (this.isEnding) ended.abort(SHUTTING_DOWN);
      const close = () => {
        if (this.readers.delete(ended)) leave();
      };
      return { frames: this.frames(filter, after, ended.signal), close };
    } catch (error) {
      this.readers.delete(ended);
      throw error;
    }
  }

  private requireCapacity(accountId: string): void {
    const { maxReaders = MAX_READERS, maxReadersPerAccount = MAX_READERS_PER_ACCOUNT } = this.options;
    const own = [...this.readers.values()].filter((reader) => reader === accountId).length;
    if (own >= maxReadersPerAccount) reject('TOO_MANY_STREAMS_OF_ACCOUNT', { open: own });
    if (this.readers.size >= maxReaders) reject('TOO_MANY_STREAMS', { open: this.readers.size });
  }

  private async *frames(filter: AuditStreamFilter, after: Position, signal: AbortSignal): AsyncGenerator<string> {
    const { heartbeatMs = HEARTBEAT_MS } = this.options;
    const end = await this.store.head();
    let hasCaughtUp = false;
    let sentAt = performance.now();
    for await (const { facts, searched } of this.slices(filter, after, signal)) {
      const matching = facts.filter((fact) => fact.matches(filter));
      yield* chunksOf(matching);
      const isCaughtUp: boolean = !hasCaughtUp && searched >= end;
      if (isCaughtUp) yield caughtUpFrame(searched);
      else if (matching.length === 0 && performance.now() - sentAt >= heartbeatMs) yield heartbeatFrame(searched);
      else if (matching.length === 0) continue;
      hasCaughtUp ||= isCaughtUp;
      sentAt = performance.now();
    }
  }

  /** Reads the log after a position: from the event store until the tail covers the position, then from the tail. */
  private async *slices(filter: AuditStreamFilter, after: Position, signal: AbortSignal): AsyncGenerator<LogSlice> {
    const { heartbeatMs = HEARTBEAT_MS } = this.options;
    let position = after;
    while (!signal.aborted) {
      if (!this.tail.covers(position)) {
        for await (const slice of this.history(filter, position, signal)) {
          yield slice;
          position = slice.searched;
          if (this.tail.covers(position)) break;
        }
      }
      while (!signal.aborted && this.tail.covers(position)) {
        const slice = this.tail.readAfter(position, FACTS_PER_SLICE);
        if (slice.searched > position) position = slice.searched;
        yield { ...slice, searched: position };
        await this.tail.waitUntilSearchedBeyond(position, heartbeatMs, signal);
      }
    }
  }

  private async *history(filter: AuditStreamFilter, after: Position, signal: AbortSignal): AsyncGenerator<LogSlice> {
    const end = await this.store.head();
    const batches = this.store.subscribe({ after, prefixes: prefixesFor(filter), signal })[Symbol.asyncIterator]();
    try {
      for (;;) {
        const step = await this.slots.run(() => batches.next());
        if (step.done) return;
        const { events, checkpoint, caughtUp } = step.value;
        const searched = checkpoint.position;
        const facts = events.map((recorded) => new AuditFact(this.upcast(recorded)));
        yield { facts, searched: caughtUp && end > searched ? end : searched };
        if (caughtUp) return;
      }
    } finally {
      await batches.return?.(undefined);
    }
  }
}

function* chunksOf(facts: readonly AuditFact[]): Generator<string> {
  let chunk = '';
  for (const { frame } of facts) {
    chunk += frame;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk) yield chunk;
}
