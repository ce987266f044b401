import { START, type Checkpoint, type DomainEvent, type Metadata, type Position, type RecordedEvent } from '@rewards/contracts';

/** Expected revision of a stream that has no events yet. */
export const NO_STREAM = -1;

/** The revision of the last event that the decision was made on, `NO_STREAM` before the first, or `any`. */
export type ExpectedRevision = number | 'any';

/** Largest append, in bytes of serialised data and metadata together (EventStoreDB's limit). */
export const MAX_APPEND_BYTES = 1_048_576;

export interface NewEvent<Event extends DomainEvent = DomainEvent> {
  /** UUID. New for each decision and kept while that one append is retried. */
  readonly id: string;
  readonly type: Event['type'];
  /** Plain JSON; members that are `undefined` are left out. */
  readonly data: Event['data'];
  readonly metadata: Metadata;
}

export interface Appended {
  /** Revision of the last event appended. */
  readonly revision: number;
  /** Position of the last event appended. */
  readonly position: Position;
  /** Id of the last event appended. */
  readonly eventId: string;
}

export interface SubscribeOptions {
  /**
   * Exclusive: the first event is the one after it. `START`, the position of an event, or the checkpoint of an earlier batch.
   * Verified at the start and after every reconnect.
   */
  readonly after: Position | Checkpoint;
  /** Only streams whose name starts with one of these; all of them when it is left out. */
  readonly prefixes?: readonly string[];
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** What a subscription found in one step, in the log's order. */
export interface Batch {
  readonly events: readonly RecordedEvent[];
  /** How far the log was searched: at or past the last event. Resume from it, or a quiet filter reads the log again. */
  readonly checkpoint: Checkpoint;
  /** Whether the search had reached the end of the log as it then was. */
  readonly caughtUp: boolean;
}

/**
 * The port to the log. It promises only what both EventStoreDB and the embedded adapter keep.
 * Every method throws EventStoreUnavailable when the engine does not answer, EventStoreRefused when it rejects the call, and
 * EventStoreDamaged when its files are damaged.
 */
export interface EventStore {
  /**
   * Appends all events or none, durably. Repeating an append with the same event ids at the same expected revision gives
   * the first result again; beyond that the ids guard nothing, so deduplication belongs to the decider.
   * @throws WrongExpectedRevision, AppendTooLarge, StreamDeleted, TypeError for no events at all or data that is not JSON
   */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<Appended>;

  /**
   * Reads a stream forwards. A missing stream has no events.
   * @param from first revision wanted, default 0
   * @throws StreamDeleted
   */
  readStream(stream: string, from?: number): Promise<readonly RecordedEvent[]>;

  /**
   * Follows the log: history first, then live, across restarts of the engine, until the signal aborts or the caller breaks out.
   * The next step is searched for only when it is asked for, so a slow reader holds nothing up but itself.
   * A step that finds nothing new is not delivered, except the first one that has caught up. When a subscription that had
   * caught up notices that the engine is away, it says so once, by a step without events that has not caught up; the next
   * one that has is delivered again.
   * @throws CheckpointMismatch when the log does not hold what `after` points to: no retry helps
   */
  subscribe(options: SubscribeOptions): AsyncIterable<Batch>;

  /** Position of the last event of the log, `START` when it is empty. */
  head(): Promise<Position>;

  /** Id of the event at exactly this position, null where the log has none. */
  eventIdAt(position: Position): Promise<string | null>;

  /** How many events lie after one position, up to another; null where positions do not tell (EventStoreDB). */
  eventsBetween(after: Position, upTo: Position): number | null;

  /** An id made together with the log: a checkpoint names it, so that another log is noticed. */
  logId(): Promise<string>;

  /** @throws EventStoreUnavailable when the engine does not answer now */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/** Somebody else appended first: read again and decide again. */
export class WrongExpectedRevision extends Error {
  override readonly name = 'WrongExpectedRevision';
  constructor(
    readonly stream: string,
    readonly expected: ExpectedRevision,
    readonly actual: number,
  ) {
    super(`${stream} is at revision ${actual}, not ${expected}`);
  }
}

/** The append exceeds MAX_APPEND_BYTES. */
export class AppendTooLarge extends Error {
  override readonly name = 'AppendTooLarge';
}

/** Somebody removed the stream for ever, by the engine's own means: no port method does. */
export class StreamDeleted extends Error {
  override readonly name = 'StreamDeleted';
  constructor(readonly stream: string) {
    super(`${stream} was deleted`);
  }
}

/** Why a log cannot be read on from a place. */
export type MismatchReason = 'OTHER_LOG' | 'PAST_END' | 'NO_EVENT' | 'OTHER_EVENT';

const MISMATCHES: Readonly<Record<MismatchReason, string>> = {
  OTHER_LOG: 'It belongs to another log.',
  PAST_END: 'It is past the end of the log, so an older log was restored.',
  NO_EVENT: 'The log has no event at its position, so another log was restored.',
  OTHER_EVENT: 'The log has a different event at its position, so an older log was restored and has grown since.',
};

/** The log does not hold what a checkpoint or position points to. */
export class CheckpointMismatch extends Error {
  override readonly name = 'CheckpointMismatch';
  constructor(readonly reason: MismatchReason) {
    super(MISMATCHES[reason]);
  }
}

/** The engine is unavailable or did not answer in time. An append may or may not have been written: retry the same append. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}

/** No retry helps: the log is damaged or is not ours. The message names the file and the remedy. */
export class EventStoreDamaged extends Error {
  override readonly name = 'EventStoreDamaged';
}

/** The engine answered, and its answer is a rejection: access denied, an invalid request, a version too old. No retry helps. */
export class EventStoreRefused extends Error {
  override readonly name = 'EventStoreRefused';
}

/**
 * Compares a place with the log. Every subscription does this before it resumes.
 * @returns why the log cannot be read on from there, null when it can
 * @throws EventStoreUnavailable
 */
export const mismatchOf = async (
  store: Pick<EventStore, 'logId' | 'head' | 'eventIdAt'>,
  place: Position | Checkpoint,
): Promise<CheckpointMismatch | null> => {
  const { logId, position, eventId } = typeof place === 'string' ? { logId: null, position: place, eventId: null } : place;
  if (logId !== null && logId !== (await store.logId())) return new CheckpointMismatch('OTHER_LOG');
  if (position === START) return null;
  const found = await store.eventIdAt(position);
  if (found === null) return new CheckpointMismatch(position > (await store.head()) ? 'PAST_END' : 'NO_EVENT');
  return eventId === null || eventId === found ? null : new CheckpointMismatch('OTHER_EVENT');
};
