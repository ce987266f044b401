import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BACKWARDS,
  END,
  FORWARDS,
  NO_STREAM as CLIENT_NO_STREAM,
  type AppendResult,
  type EventData,
  type WrongExpectedVersionError,
} from '@eventstore/db-client';
import { formatPosition, parsePosition, START, type Checkpoint, type Position, type RecordedEvent } from '@rewards/contracts';
import {
  AppendTooLarge,
  CheckpointMismatch,
  EventStoreUnavailable,
  mismatchOf,
  NO_STREAM,
  StreamDeleted,
  WrongExpectedRevision,
  type Appended,
  type Batch,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type SubscribeOptions,
} from '../event-store';
import { collect, isAway, typeOf, unavailable } from './eventstoredb-answer';
import { connect, type Connection } from './eventstoredb-connection';
import { LOG_STREAM, toEventData, toRecorded, toRecordedEvent } from './eventstoredb-events';
import { BATCH_SIZE, Feed, type Arrived } from './eventstoredb-feed';
import { serialise } from './serialised-event';

export interface EventStoreDbOptions {
  /** Connection string, `esdb://…`, credentials included. */
  readonly url: string;
  /** How long one call may wait for an answer, in milliseconds. */
  readonly timeoutMs?: number;
  /** How long an append whose answer was lost is repeated, in milliseconds. */
  readonly retryForMs?: number;
}

/**
 * Opens the log in EventStoreDB, now or when it is there. All stores of a process share one connection, so they have one
 * URL; the last one that is closed ends it. The account needs to read `$all`.
 * @throws TypeError for a connection string that does not do
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStore => new EventStoreDb(options);

const TIMEOUT_MS = 10_000;
const RETRY_FOR_MS = 3_000;
const FIRST_BACKOFF_MS = 20;
const MAX_BACKOFF_MS = 1_000;

/** A subscription that hears nothing for so long looks whether the log has grown. */
const QUIET_MS = 50;

const backoff = (failures: number): number => Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** failures);

const later = (one: Position, other: Position): Position => (one > other ? one : other);

const pause = (ms: number, signal?: AbortSignal): Promise<void> => delay(ms, undefined, { signal }).catch(() => undefined);

/** Lets what the socket has brought be read. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Search {
  readonly after: Position;
  readonly prefixes: readonly string[] | undefined;
  /** Whether the reader is live: then it is told nothing before the search has caught up again, or has a batch full. */
  readonly isLive: boolean;
  readonly signal: AbortSignal;
}

interface Searched {
  readonly events: readonly RecordedEvent[];
  readonly searched: Position;
  readonly caughtUp: boolean;
}

class EventStoreDb implements EventStore {
  private readonly connection: Connection;
  private readonly release: () => Promise<void>;
  private readonly timeoutMs: number;
  private readonly retryForMs: number;
  private readonly appending = new Set<Promise<unknown>>();
  private readonly subscriptions = new Set<AbortController>();
  private recent: { readonly at: number; readonly head: Promise<Position> } | null = null;
  private id: Promise<string> | null = null;
  private closing: Promise<void> | null = null;

  constructor({ url, timeoutMs = TIMEOUT_MS, retryForMs = RETRY_FOR_MS }: EventStoreDbOptions) {
    const { connection, release } = connect(url);
    this.connection = connection;
    this.release = release;
    this.timeoutMs = timeoutMs;
    this.retryForMs = retryForMs;
  }

  async append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended> {
    const data = serialise(events).map(toEventData);
    this.requireOpen();
    const appending = this.appendUntilAnswered(stream, expected, data);
    this.appending.add(appending);
    try {
      return await appending;
    } finally {
      this.appending.delete(appending);
    }
  }

  async readStream(stream: string, from = 0): Promise<readonly RecordedEvent[]> {
    this.requireOpen();
    try {
      const read = this.connection.reads.readStream(stream, { fromRevision: BigInt(from) });
      return (await collect(read, this.timeoutMs)).flatMap(({ event }) => (event ? [toRecordedEvent(event)] : []));
    } catch (error) {
      if (typeOf(error) === 'stream-not-found') return [];
      throw typeOf(error) === 'stream-deleted' ? new StreamDeleted(stream) : error;
    }
  }

  async *subscribe({ after, prefixes, signal }: SubscribeOptions): AsyncGenerator<Batch, void, undefined> {
    const ending = new AbortController();
    const end = (): void => ending.abort();
    if (this.closing || signal?.aborted) return;
    signal?.addEventListener('abort', end);
    this.subscriptions.add(ending);

    let place = after;
    let checkpoint: Checkpoint | null = null;
    let isLive = false;
    let failures = 0;
    try {
      while (!ending.signal.aborted) {
        try {
          const mismatch = await mismatchOf(this, place);
          if (mismatch) throw mismatch;
          const from = typeof place === 'string' ? place : place.position;
          checkpoint ??= {
            logId: await this.logId(),
            position: from,
            eventId: from === START ? null : await this.eventIdAt(from),
          };
          let searched = from;
          for await (const step of this.search({ after: from, prefixes, isLive, signal: ending.signal })) {
            failures = 0;
            const isNews = step.searched > searched || step.caughtUp !== isLive;
            searched = step.searched;
            isLive = step.caughtUp;
            if (!isNews) continue;
            const last = step.events.at(-1);
            const eventId = last?.position === searched ? last.id : await this.eventIdAt(searched);
            if (eventId !== null) place = checkpoint = { ...checkpoint, position: searched, eventId };
            yield { events: step.events, checkpoint, caughtUp: step.caughtUp };
            if (ending.signal.aborted) return;
          }
        } catch (error) {
          if (ending.signal.aborted) return;
          if (error instanceof CheckpointMismatch) throw error;
          if (isLive && checkpoint) yield { events: [], checkpoint, caughtUp: false };
          isLive = false;
          await pause(backoff(failures++), ending.signal);
        }
      }
    } finally {
      signal?.removeEventListener('abort', end);
      this.subscriptions.delete(ending);
    }
  }

  async head(): Promise<Position> {
    this.requireOpen();
    const [last] = await collect(
      this.connection.reads.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }),
      this.timeoutMs,
    );
    return last?.event ? formatPosition(last.event.position.commit, last.event.position.prepare) : START;
  }

  async eventIdAt(position: Position): Promise<string | null> {
    this.requireOpen();
    if (position === START) return null;
    const fromPosition = parsePosition(position);
    const [found] = await collect(
      this.connection.reads.readAll({ direction: FORWARDS, fromPosition, maxCount: 1 }),
      this.timeoutMs,
    );
    if (!found?.event) return null;
    const { id, position: at } = found.event;
    return formatPosition(at.commit, at.prepare) === position ? id : null;
  }

  eventsBetween(): null {
    return null;
  }

  async logId(): Promise<string> {
    this.id ??= this.findOrMakeId();
    try {
      return await this.id;
    } catch (error) {
      this.id = null;
      throw error;
    }
  }

  async ping(): Promise<void> {
    await this.head();
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  /**
   * One subscription of the server's. It ends when the log has grown without a word from it: a filter that finds nothing
   * hears of the log's growth only now and then, and a new subscription searches to the end at once.
   * @throws when the subscription breaks, or the server does not answer
   */
  private async *search({ after, prefixes, isLive: isResumed, signal }: Search): AsyncGenerator<Searched, void, undefined> {
    const headBefore = await untilAborted(this.head(), signal, START);
    const feed = new Feed(this.connection.reads, after, prefixes);
    let held: RecordedEvent[] = [];
    let searched = after;
    let isLive = false;
    let heardAt = performance.now();
    try {
      while (!signal.aborted) {
        await feed.arrival(isLive ? QUIET_MS : this.timeoutMs, signal);
        await nextTurn();
        const arrived = feed.take();
        if (!arrived) {
          if (isLive && (await this.recentHead(signal)) > searched) return;
          if (!isLive && performance.now() - heardAt > this.timeoutMs) throw new EventStoreUnavailable('EventStoreDB is silent');
          continue;
        }
        isLive = arrived.isLive;
        searched = await this.searchedBy(arrived, searched, signal);
        // Everything up to the head of that time has come, or was passed over.
        if (isLive) searched = later(searched, headBefore);
        held = held.concat(arrived.events.flatMap((event) => toRecorded(event) ?? []));
        if (!isResumed || isLive || held.length >= BATCH_SIZE) {
          yield { events: held, searched, caughtUp: isLive };
          held = [];
        }
        heardAt = performance.now();
      }
    } finally {
      feed.close();
    }
  }

  /** A checkpoint may stand past the last event of the log: then the search is at that event, so that `head` is never below it. */
  private async searchedBy({ events, checkpoint }: Arrived, before: Position, signal: AbortSignal): Promise<Position> {
    const last = events.at(-1)?.event?.position;
    const searched = last ? later(before, formatPosition(last.commit, last.prepare)) : before;
    if (checkpoint === null || checkpoint <= searched) return searched;
    const head = await this.recentHead(signal);
    return later(searched, checkpoint < head ? checkpoint : head);
  }

  /** The head as it was a moment ago, which all subscriptions ask for together; when the signal aborts, the start. */
  private async recentHead(signal: AbortSignal): Promise<Position> {
    const now = performance.now();
    if (!this.recent || now - this.recent.at >= QUIET_MS) this.recent = { at: now, head: this.head() };
    return untilAborted(this.recent.head, signal, START);
  }

  private async appendUntilAnswered(stream: string, expected: ExpectedRevision, events: readonly EventData[]): Promise<Appended> {
    const until = performance.now() + this.retryForMs;
    for (let failures = 0; ; failures += 1) {
      try {
        return await this.appendOnce(stream, expected, events);
      } catch (error) {
        if (!isAway(error)) throw error;
        const wait = backoff(failures) * (0.5 + Math.random() / 2);
        if (performance.now() + wait > until) throw unavailable(error);
        await pause(wait);
      }
    }
  }

  private async appendOnce(stream: string, expected: ExpectedRevision, events: readonly EventData[]): Promise<Appended> {
    const { appends, slots } = this.connection;
    const expectedRevision = expected === NO_STREAM ? CLIENT_NO_STREAM : expected === 'any' ? expected : BigInt(expected);
    try {
      const result = await slots.run(this.timeoutMs, () => appends.appendToStream(stream, [...events], { expectedRevision }));
      return toAppended(result, events.at(-1)?.id ?? '');
    } catch (error) {
      throw toPortError(error, stream, expected);
    }
  }

  /** Whoever comes first makes it; the others find it. */
  private async findOrMakeId(): Promise<string> {
    const [first] = await this.readStream(LOG_STREAM);
    if (first) return (first.data as { readonly id: string }).id;
    const id = randomUUID();
    const metadata = {
      schemaVersion: 1,
      correlationId: id,
      causationId: null,
      actor: { service: 'event-store' },
      at: new Date().toISOString(),
    };
    try {
      await this.append(LOG_STREAM, NO_STREAM, [{ id: randomUUID(), type: 'LogIdentified', data: { id }, metadata }]);
      return id;
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return this.findOrMakeId();
      throw error;
    }
  }

  private async end(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.abort();
    await Promise.allSettled(this.appending);
    await this.release();
  }

  private requireOpen(): void {
    if (this.closing) throw new EventStoreUnavailable('the store is closed');
  }
}

const toAppended = ({ nextExpectedRevision, position }: AppendResult, eventId: string): Appended => {
  if (!position) throw new Error('EventStoreDB did not tell the position of what it appended');
  return { revision: Number(nextExpectedRevision), position: formatPosition(position.commit, position.prepare), eventId };
};

const toPortError = (error: unknown, stream: string, expected: ExpectedRevision): unknown => {
  switch (typeOf(error)) {
    case 'wrong-expected-version': {
      const { actualVersion } = error as WrongExpectedVersionError;
      return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? Number(actualVersion) : NO_STREAM);
    }
    case 'maximum-append-size-exceeded':
      return new AppendTooLarge('EventStoreDB takes no append of that size');
    case 'stream-deleted':
      return new StreamDeleted(stream);
    default:
      return error;
  }
};

const untilAborted = async <T>(promise: Promise<T>, signal: AbortSignal, otherwise: T): Promise<T> => {
  let stop: () => void = () => undefined;
  const aborted = new Promise<T>((resolve) => {
    stop = () => resolve(otherwise);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
    promise.catch(() => undefined);
  }
};
