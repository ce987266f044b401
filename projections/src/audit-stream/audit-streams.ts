import { Semaphore } from '@rewards/async';
import type { Position, Upcast } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { placeInLog } from '@rewards/service-kit/place-in-log';
import { reject } from '../projections.problems';
import { AuditFact, prefixesFor, type AuditStreamFilter } from './audit-fact';
import { caughtUpFrame, heartbeatFrame, type EndReason } from './frames';
import { LiveTail, type Stretch } from './live-tail';

export interface AuditStreamOptions {
  readonly heartbeatMs?: number;
  readonly maxReaders?: number;
  readonly maxReadersPerAccount?: number;
}

/** Where a stream starts, exclusive. */
export interface StreamStart {
  /** A position of the log or a consistency token. */
  readonly place: string;
  /** The parameter that names it. */
  readonly field: string;
}

/** A stream that was opened: it is to be read to its end, which comes when the signal aborts. */
export interface OpenedStream {
  /** Pieces of Server-Sent Events; the next is looked for when it is asked for. */
  readonly frames: AsyncIterable<string>;
  readonly close: () => void;
}

const HEARTBEAT_MS = 10_000;
const SHUTTING_DOWN: EndReason = 'SHUTTING_DOWN';
/** What each of them may hold in memory is bounded, so this bounds the whole. */
const MAX_READERS = 250;
const MAX_READERS_PER_ACCOUNT = 10;
/** Readers of history go on in turns, so that many of them do not hold up the read models, which have the same thread. */
const HISTORY_SLOTS = 2;
/** Facts taken from the tail at once. */
const FACTS_PER_STRETCH = 100;
/** A piece ends with the fact that makes it so long, in characters: a reader that takes one has moved on. */
const PIECE_LENGTH = 32_768;

/** The log as it was and as it grows, for readers at any place in it. */
export class AuditStreams {
  private readonly tail: LiveTail;
  private readonly slots = new Semaphore(HISTORY_SLOTS);
  /** The account of each open stream. */
  private readonly readers = new Map<AbortController, string>();
  private isEnding = false;

  constructor(
    private readonly events: EventStore,
    private readonly upcast: Upcast,
    private readonly options: AuditStreamOptions = {},
  ) {
    this.tail = new LiveTail(events, upcast);
  }

  /** Ends all of them, and those that are opened later. */
  end(): void {
    this.isEnding = true;
    for (const ended of this.readers.keys()) ended.abort(SHUTTING_DOWN);
  }

  /**
   * Opens a stream for an account.
   * @param ended ends the stream; it is aborted when the service shuts down
   * @throws Rejected if too many streams are open, or if the log has no such place;
   * EventStoreUnavailable
   */
  async open(filter: AuditStreamFilter, start: StreamStart, accountId: string, ended: AbortController): Promise<OpenedStream> {
    this.requireRoom(accountId);
    this.readers.set(ended, accountId);
    try {
      const after = await placeInLog(this.events, start.place, start.field);
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

  private requireRoom(accountId: string): void {
    const { maxReaders = MAX_READERS, maxReadersPerAccount = MAX_READERS_PER_ACCOUNT } = this.options;
    const own = [...this.readers.values()].filter((reader) => reader === accountId).length;
    if (own >= maxReadersPerAccount) reject('TOO_MANY_STREAMS_OF_ACCOUNT', { open: own });
    if (this.readers.size >= maxReaders) reject('TOO_MANY_STREAMS', { open: this.readers.size });
  }

  private async *frames(filter: AuditStreamFilter, after: Position, signal: AbortSignal): AsyncGenerator<string> {
    const { heartbeatMs = HEARTBEAT_MS } = this.options;
    const end = await this.events.head();
    let hasCaughtUp = false;
    let toldAt = performance.now();
    for await (const { facts, searched } of this.stretches(filter, after, signal)) {
      const wanted = facts.filter((fact) => fact.matches(filter));
      yield* piecesOf(wanted);
      const isCaughtUp: boolean = !hasCaughtUp && searched >= end;
      if (isCaughtUp) yield caughtUpFrame(searched);
      else if (wanted.length === 0 && performance.now() - toldAt >= heartbeatMs) yield heartbeatFrame(searched);
      else if (wanted.length === 0) continue;
      hasCaughtUp ||= isCaughtUp;
      toldAt = performance.now();
    }
  }

  /** The log after a position, from the log itself as far as the tail does not reach back, then from the tail. */
  private async *stretches(filter: AuditStreamFilter, after: Position, signal: AbortSignal): AsyncGenerator<Stretch> {
    const { heartbeatMs = HEARTBEAT_MS } = this.options;
    let position = after;
    while (!signal.aborted) {
      if (!this.tail.covers(position)) {
        for await (const stretch of this.history(filter, position, signal)) {
          yield stretch;
          position = stretch.searched;
          if (this.tail.covers(position)) break;
        }
      }
      while (!signal.aborted && this.tail.covers(position)) {
        const stretch = this.tail.after(position, FACTS_PER_STRETCH);
        if (stretch.searched > position) position = stretch.searched;
        yield { ...stretch, searched: position };
        await this.tail.grown(position, heartbeatMs, signal);
      }
    }
  }

  private async *history(filter: AuditStreamFilter, after: Position, signal: AbortSignal): AsyncGenerator<Stretch> {
    const end = await this.events.head();
    const batches = this.events.subscribe({ after, prefixes: prefixesFor(filter), signal })[Symbol.asyncIterator]();
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

function* piecesOf(facts: readonly AuditFact[]): Generator<string> {
  let piece = '';
  for (const { frame } of facts) {
    piece += frame;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece) yield piece;
}
