import { randomUUID } from 'node:crypto';
import {
  NO_STREAM as CLIENT_NO_STREAM,
  type AppendResult,
  type EventData,
  type ReadStreamOptions,
  type WrongExpectedVersionError,
} from '@eventstore/db-client';
import { backoff, childController, sleep, waitFor, type ChildController } from '@rewards/async';
import { formatPosition, TIME_LIMITS, type Checkpoint, type Position, type RecordedEvent } from '@rewards/contracts';
import {
  AppendTooLarge,
  EventStoreRefused,
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
import { eventIdAt, lastPlace, type Place } from './eventstoredb-all';
import { collect, isUnavailable, translate, typeOf } from './eventstoredb-answer';
import { connect, type Connection } from './eventstoredb-connection';
import { LOG_STREAM, toEventData, toRecordedEvent } from './eventstoredb-events';
import { BATCH_SIZE } from './eventstoredb-feed';
import { BACKOFF, pauseMs } from './eventstoredb-live';
import { replay } from './eventstoredb-replay';
import { Joint } from './joint';
import { serialise } from './serialised-event';

export interface EventStoreDbOptions {
  /** Connection string, `esdb://…`, credentials included. */
  readonly url: string;
  /** How long one call may take, its retries included, in milliseconds. */
  readonly timeoutMs?: number;
  /** How long an append whose answer was lost is retried, in milliseconds. */
  readonly retryForMs?: number;
}

/**
 * Opens the log in EventStoreDB, now or when it is there. All stores of a process share one connection, so they have one
 * URL; the last one that is closed ends it. The account needs to read `$all`.
 * @throws TypeError for an invalid connection string
 */
export const openEventStoreDb = (options: EventStoreDbOptions): EventStore => new EventStoreDb(options);

const RETRY_FOR_MS = 3_000;
const appendPauseMs = backoff(BACKOFF);

/** One step of a subscription. */
interface Step {
  readonly events: readonly RecordedEvent[];
  readonly searched: Place;
  readonly caughtUp: boolean;
}

interface Search {
  readonly after: Place;
  readonly prefixes: readonly string[] | undefined;
  readonly signal: AbortSignal;
}

class EventStoreDb implements EventStore {
  private readonly connection: Connection;
  private readonly release: () => Promise<void>;
  private readonly timeoutMs: number;
  private readonly retryForMs: number;
  private readonly appending = new Set<Promise<unknown>>();
  private readonly subscriptions = new Set<ChildController>();
  private readonly lastEvent = new Joint(() => lastPlace(this.connection.reads, this.timeoutMs));
  private id: Promise<string> | null = null;
  private closing: Promise<void> | null = null;

  constructor({ url, timeoutMs = TIME_LIMITS.engineMs, retryForMs = RETRY_FOR_MS }: EventStoreDbOptions) {
    const { connection, release } = connect(url, timeoutMs);
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
    return this.read(stream, { fromRevision: BigInt(from) });
  }

  private async read(stream: string, options: ReadStreamOptions): Promise<readonly RecordedEvent[]> {
    this.requireOpen();
    try {
      const read = this.connection.reads.readStream(stream, options);
      return (await collect(read, this.timeoutMs)).flatMap(({ event }) => (event ? [toRecordedEvent(event)] : []));
    } catch (error) {
      if (typeOf(error) === 'stream-not-found') return [];
      throw typeOf(error) === 'stream-deleted' ? new StreamDeleted(stream) : error;
    }
  }

  async *subscribe({ after, prefixes, signal }: SubscribeOptions): AsyncGenerator<Batch, void, undefined> {
    if (this.closing || signal?.aborted) return;
    const ending = childController(signal);
    this.subscriptions.add(ending);
    const leave = this.connection.live.join();

    let place = after;
    let checkpoint: Checkpoint | null = null;
    let hasCaughtUp = false;
    let failures = 0;
    try {
      while (!ending.signal.aborted) {
        try {
          const verified = await waitFor(this.verify(place), { signal: ending.signal });
          if (!verified) return;
          checkpoint ??= verified;
          const search = { after: placeIn(verified), prefixes, signal: ending.signal };
          for await (const step of this.search(search)) {
            failures = 0;
            const isNews = step.searched.position > checkpoint.position || step.caughtUp !== hasCaughtUp;
            // A subscriber that has caught up must not take a pause in the search for an unavailable engine.
            if (!isNews || (hasCaughtUp && !step.caughtUp && step.events.length === 0)) continue;
            place = checkpoint = { logId: verified.logId, ...step.searched };
            hasCaughtUp = step.caughtUp;
            yield { events: step.events, checkpoint, caughtUp: hasCaughtUp };
            if (ending.signal.aborted) return;
          }
        } catch (error) {
          if (ending.signal.aborted) return;
          if (!isUnavailable(error)) throw (await this.mismatchAfter(error, place)) ?? translate(error);
          // The server may come back with another log.
          this.id = null;
          if (hasCaughtUp && checkpoint) yield { events: [], checkpoint, caughtUp: false };
          hasCaughtUp = false;
          await sleep(pauseMs(++failures), { signal: ending.signal });
        }
      }
    } finally {
      ending.abort();
      this.subscriptions.delete(ending);
      leave();
    }
  }

  async head(): Promise<Position> {
    this.requireOpen();
    return (await this.lastEvent.run()).position;
  }

  async eventIdAt(position: Position): Promise<string | null> {
    this.requireOpen();
    return eventIdAt(this.connection.reads, position, this.timeoutMs);
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

  /** Reads one event of a stream: the end of the whole log takes a node with few threads seconds to find. */
  async ping(): Promise<void> {
    await this.read(LOG_STREAM, { maxCount: 1 });
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  /**
   * The log after a place that was verified, until the live feed breaks: history first, as far as the live feed does not hold
   * it, then what the live feed receives.
   */
  private async *search({ after, prefixes, signal }: Search): AsyncGenerator<Step, void, undefined> {
    const { live, subscriptions: client, replays } = this.connection;
    await live.untilLive(signal);
    const { generation } = live;
    let searched = after;
    let end: Position | null = null;
    let wasAtEnd = false;
    while (!signal.aborted) {
      live.assertGeneration(generation);
      if (!live.covers(searched.position)) {
        const { timeoutMs } = this;
        const reached = (): Place => live.place;
        for await (const step of replay({ client, replays, after: searched, prefixes, reached, timeoutMs, signal })) {
          searched = step.searched;
          const isJoined = live.covers(searched.position);
          if (step.events.length > 0 || !isJoined) yield { ...step, caughtUp: false };
          if (isJoined) break;
        }
        continue;
      }
      end ??= (await waitFor(live.endOfLog(), { signal })) ?? null;
      if (end === null) return;
      const stretch = live.after(searched, prefixes, BATCH_SIZE);
      const isAtEnd = stretch.isAtEnd && stretch.searched.position >= end;
      if (stretch.searched.position === searched.position && isAtEnd === wasAtEnd) {
        await live.change(signal);
        continue;
      }
      searched = stretch.searched;
      wasAtEnd = isAtEnd;
      yield { events: stretch.events, searched, caughtUp: isAtEnd };
    }
  }

  /** @throws CheckpointMismatch, EventStoreUnavailable */
  private async verify(place: Position | Checkpoint): Promise<Checkpoint> {
    const mismatch = await mismatchOf(this, place);
    if (mismatch) throw mismatch;
    const { position, eventId } = typeof place === 'string' ? { position: place, eventId: null } : place;
    return { logId: await this.logId(), position, eventId: eventId ?? (await this.eventIdAt(position)) };
  }

  /** Why the log cannot be read on from the place, when that may be why the server rejected the subscription. */
  private async mismatchAfter(error: unknown, place: Position | Checkpoint): Promise<unknown> {
    if (!(translate(error) instanceof EventStoreRefused)) return null;
    return mismatchOf(this, place).catch(() => null);
  }

  private async appendUntilAnswered(stream: string, expected: ExpectedRevision, events: readonly EventData[]): Promise<Appended> {
    const began = performance.now();
    const retryUntil = began + Math.min(this.retryForMs, this.timeoutMs);
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.appendOnce(stream, expected, events, began + this.timeoutMs);
      } catch (error) {
        if (!isUnavailable(error)) throw translate(error);
        const wait = appendPauseMs(failures);
        if (performance.now() + wait > retryUntil) throw translate(error);
        await sleep(wait);
      }
    }
  }

  private async appendOnce(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EventData[],
    deadline: number,
  ): Promise<Appended> {
    const { appends, appendLimit } = this.connection;
    const expectedRevision = expected === NO_STREAM ? CLIENT_NO_STREAM : expected === 'any' ? expected : BigInt(expected);
    const left = Math.max(1, deadline - performance.now());
    try {
      const append = () => appends.appendToStream(stream, [...events], { expectedRevision });
      return toAppended(await appendLimit.run(left, append, this.timeoutMs), events.at(-1)?.id ?? '');
    } catch (error) {
      throw toPortError(error, stream, expected);
    }
  }

  /** The first caller creates it, and the others read it. */
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
    case undefined:
    default:
      return error;
  }
};

const placeIn = ({ position, eventId }: Checkpoint): Place => ({ position, eventId });
