import { randomUUID } from 'node:crypto';
import {
  BACKWARDS,
  END,
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
  EventStoreRejected,
  EventStoreUnavailable,
  mismatchOf,
  NO_STREAM,
  StreamDeleted,
  WrongExpectedRevision,
  type AppendOptions,
  type Appended,
  type Batch,
  type EventStore,
  type ExpectedRevision,
  type NewEvent,
  type SubscribeOptions,
} from '../event-store';
import { eventIdAt, eventsAt, lastPlace, type Place } from './eventstoredb-all';
import { collect, isUnavailable, translate, typeOf } from './eventstoredb-errors';
import { connect, type Connection } from './eventstoredb-connection';
import { LOG_STREAM, toEventData, toRecordedEvent } from './eventstoredb-events';
import { BATCH_SIZE } from './eventstoredb-feed';
import { BACKOFF, pauseMs } from './eventstoredb-live';
import { replay } from './eventstoredb-replay';
import { CoalescedTask } from './coalesced-task';
import { serialise } from './serialised-event';

export interface EventStoreDbOptions {
  /** Connection string, `esdb://…`, with credentials. */
  readonly url: string;
  /** Time limit of one call with its retries, in milliseconds. */
  readonly timeoutMs?: number;
  /** How long to retry an append that was not acknowledged, in milliseconds. */
  readonly retryForMs?: number;
}

/**
 * Opens the log in EventStoreDB, now or once the server is available. All stores of a process share one connection, so they must
 * have the same URL. Closing the last store closes the connection. The account needs read access to `$all`.
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
  private readonly lastEvent = new CoalescedTask(() => lastPlace(this.connection.reads, this.timeoutMs));
  private id: Promise<string> | null = null;
  private closing: Promise<void> | null = null;

  constructor({ url, timeoutMs = TIME_LIMITS.engineMs, retryForMs = RETRY_FOR_MS }: EventStoreDbOptions) {
    const { connection, release } = connect(url, timeoutMs);
    this.connection = connection;
    this.release = release;
    this.timeoutMs = timeoutMs;
    this.retryForMs = retryForMs;
  }

  async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
    options?: AppendOptions,
  ): Promise<Appended> {
    const data = serialise(events).map(toEventData);
    this.requireOpen();
    const appending = this.appendUntilAnswered(stream, expected, data, options);
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

  async readLast(stream: string): Promise<RecordedEvent | null> {
    return (await this.read(stream, { direction: BACKWARDS, fromRevision: END, maxCount: 1 }))[0] ?? null;
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
    const leaveLiveFeed = this.connection.live.join();

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
            const hasChanged = step.searched.position > checkpoint.position || step.caughtUp !== hasCaughtUp;
            // For a subscriber that has caught up, an empty batch that is not caught up means an unavailable engine.
            if (!hasChanged || (hasCaughtUp && !step.caughtUp && step.events.length === 0)) continue;
            place = checkpoint = { logId: verified.logId, ...step.searched };
            hasCaughtUp = step.caughtUp;
            yield { events: step.events, checkpoint, caughtUp: hasCaughtUp };
            if (ending.signal.aborted) return;
          }
        } catch (error) {
          if (ending.signal.aborted) return;
          if (!isUnavailable(error)) throw (await this.mismatchAfter(error, place)) ?? translate(error);
          // The server may have another log after a restart.
          this.id = null;
          if (hasCaughtUp && checkpoint) yield { events: [], checkpoint, caughtUp: false };
          hasCaughtUp = false;
          await sleep(pauseMs(++failures), { signal: ending.signal });
        }
      }
    } finally {
      ending.abort();
      this.subscriptions.delete(ending);
      leaveLiveFeed();
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

  async eventsAt(positions: readonly Position[]): Promise<readonly RecordedEvent[]> {
    this.requireOpen();
    return eventsAt(this.connection.reads, positions, this.timeoutMs);
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

  /** Reads one event of a stream, because a node with few threads takes seconds to find the end of the log. */
  async ping(): Promise<void> {
    await this.read(LOG_STREAM, { maxCount: 1 });
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  /**
   * Searches the log after a verified place, until the live feed breaks. Replays the history that the live feed does not hold, then
   * follows the live feed.
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
        const livePlace = (): Place => live.place;
        for await (const step of replay({ client, replays, after: searched, prefixes, livePlace, timeoutMs, signal })) {
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
        await live.waitForChange(signal);
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

  /** @returns the mismatch of a place, if that may be the reason why the server rejected the subscription; null otherwise */
  private async mismatchAfter(error: unknown, place: Position | Checkpoint): Promise<unknown> {
    if (!(translate(error) instanceof EventStoreRejected)) return null;
    return mismatchOf(this, place).catch(() => null);
  }

  private async appendUntilAnswered(
    stream: string,
    expected: ExpectedRevision,
    events: readonly EventData[],
    options?: AppendOptions,
  ): Promise<Appended> {
    const began = performance.now();
    const retryUntil = began + Math.min(this.retryForMs, this.timeoutMs);
    for (let failures = 1; ; failures += 1) {
      try {
        return await this.appendOnce(stream, expected, events, began + this.timeoutMs, options);
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
    options?: AppendOptions,
  ): Promise<Appended> {
    const { appends, appendLimit } = this.connection;
    const expectedRevision = expected === NO_STREAM ? CLIENT_NO_STREAM : expected === 'any' ? expected : BigInt(expected);
    const remainingMs = Math.max(1, deadline - performance.now());
    try {
      const append = () => appends.appendToStream(stream, [...events], { expectedRevision });
      const result = await appendLimit.run(remainingMs, append, { limitMs: this.timeoutMs, ...options });
      return toAppended(result, events.at(-1)?.id ?? '');
    } catch (error) {
      throw toPortError(error, stream, expected);
    }
  }

  /** Reads the id of the log. The first caller creates it. */
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
  if (!position) throw new Error('EventStoreDB acknowledged an append without its position');
  return { revision: Number(nextExpectedRevision), position: formatPosition(position.commit, position.prepare), eventId };
};

const toPortError = (error: unknown, stream: string, expected: ExpectedRevision): unknown => {
  switch (typeOf(error)) {
    case 'wrong-expected-version': {
      const { actualVersion } = error as WrongExpectedVersionError;
      return new WrongExpectedRevision(stream, expected, typeof actualVersion === 'bigint' ? Number(actualVersion) : NO_STREAM);
    }
    case 'maximum-append-size-exceeded':
      return new AppendTooLarge('the append exceeds the size limit of EventStoreDB');
    case 'stream-deleted':
      return new StreamDeleted(stream);
    case undefined:
    default:
      return error;
  }
};

const placeIn = ({ position, eventId }: Checkpoint): Place => ({ position, eventId });
