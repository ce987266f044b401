import { START, type Checkpoint, type DomainEvent, type Metadata, type Position, type RecordedEvent } from '@rewards/contracts';

/** Expected revision of a stream without events. */
export const NO_STREAM = -1;

/** Revision of the last event that the decision was based on, `NO_STREAM` for a stream without events, or `any`. */
export type ExpectedRevision = number | 'any';

/** Largest append, in bytes of serialised data and metadata together (EventStoreDB's limit). */
export const MAX_APPEND_BYTES = 1_048_576;

export interface NewEvent<Event extends DomainEvent = DomainEvent> {
  /** UUID. New for each decision, but the same for retries of its append. */
  readonly id: string;
  readonly type: Event['type'];
  /** Plain JSON. Members that are `undefined` are omitted. */
  readonly data: Event['data'];
  readonly metadata: Metadata;
}

/** Order of an append among those that wait in this process. */
export interface AppendOptions {
  /**
   * `interactive`, the default, for an append that a request waits for. `background` for an append that only has to happen soon:
   * interactive appends overtake it, and few background appends are in flight at a time.
   */
  readonly priority?: 'interactive' | 'background';
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
   * Where to start, exclusive: `START`, the position of an event, or the checkpoint of an earlier batch. Verified at the start and
   * after every reconnect.
   */
  readonly after: Position | Checkpoint;
  /** Delivers only streams whose name starts with one of these prefixes. Default: all streams. */
  readonly prefixes?: readonly string[];
  /** Ends the iteration. */
  readonly signal?: AbortSignal;
}

/** Result of one step of a subscription, in the order of the log. */
export interface Batch {
  readonly events: readonly RecordedEvent[];
  /**
   * How far the log was searched, at or past the last event. Resume here: a subscription with few matches would otherwise search
   * the log again.
   */
  readonly checkpoint: Checkpoint;
  /** Whether the search reached the current end of the log. */
  readonly caughtUp: boolean;
}

/**
 * The port to the log. Guarantees only what both EventStoreDB and the embedded adapter provide.
 * Every method throws EventStoreUnavailable if the engine does not answer, EventStoreRejected if it rejects the call, and
 * EventStoreDamaged if its files are damaged.
 */
export interface EventStore {
  /**
   * Appends all events or none, durably. An append with the same event ids at the same expected revision returns the first result
   * again. The ids prevent no other duplicates, so the decider must deduplicate requests.
   * @throws WrongExpectedRevision, AppendTooLarge, StreamDeleted; TypeError for an empty append or data that is not JSON
   */
  append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[], options?: AppendOptions): Promise<Appended>;

  /**
   * Reads a stream forwards. A stream that does not exist has no events.
   * @param from first revision to read, default 0
   * @throws StreamDeleted
   */
  readStream(stream: string, from?: number): Promise<readonly RecordedEvent[]>;

  /**
   * Reads the last event of a stream, whatever its length. Null if the stream does not exist.
   * @throws StreamDeleted
   */
  readLast(stream: string): Promise<RecordedEvent | null>;

  /**
   * Follows the log, first its history, then live, across restarts of the engine, until the signal aborts or the caller breaks out.
   * It searches for a batch only when the caller requests one, so a slow reader delays only itself.
   * A batch without events is delivered only if it moves the checkpoint or is the first one that has caught up. If a subscription
   * that has caught up finds the engine unavailable, it delivers one batch without events and with `caughtUp: false`. The next
   * batch that has caught up is then delivered, too.
   * @throws CheckpointMismatch if the log does not have the event that `after` names. No retry helps.
   */
  subscribe(options: SubscribeOptions): AsyncIterable<Batch>;

  /** Position of the last event in the log, `START` if the log is empty. */
  head(): Promise<Position>;

  /** Id of the event at exactly this position, null if there is none. */
  eventIdAt(position: Position): Promise<string | null>;

  /** Reads the events at exactly these positions in one call, in the order of the log. Omits positions without an event. */
  eventsAt(positions: readonly Position[]): Promise<readonly RecordedEvent[]>;

  /** Number of events after one position, up to and including another; null if positions cannot be counted (EventStoreDB). */
  eventsBetween(after: Position, upTo: Position): number | null;

  /** Id that was created with the log. A checkpoint contains it, so that it does not match another log. */
  logId(): Promise<string>;

  /** Checks that the engine answers. @throws EventStoreUnavailable if it does not */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/** Version conflict: another append came first. Read the stream and decide again. */
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

/** The stream was deleted permanently with the engine's own tools. No method of the port does that. */
export class StreamDeleted extends Error {
  override readonly name = 'StreamDeleted';
  constructor(readonly stream: string) {
    super(`${stream} was deleted`);
  }
}

/** Why a subscription cannot resume at a place. */
export type MismatchReason = 'OTHER_LOG' | 'PAST_END' | 'NO_EVENT' | 'OTHER_EVENT';

const MISMATCHES: Readonly<Record<MismatchReason, string>> = {
  OTHER_LOG: 'It belongs to another log.',
  PAST_END: 'It is past the end of the log, so an older log was restored.',
  NO_EVENT: 'The log has no event at its position, so another log was restored.',
  OTHER_EVENT: 'The log has a different event at its position, so an older log was restored and has grown since.',
};

/** The log does not have the event that a checkpoint or position names. */
export class CheckpointMismatch extends Error {
  override readonly name = 'CheckpointMismatch';
  constructor(readonly reason: MismatchReason) {
    super(MISMATCHES[reason]);
  }
}

/** The engine is unavailable or timed out. The outcome of an append is unknown: retry the same append. */
export class EventStoreUnavailable extends Error {
  override readonly name = 'EventStoreUnavailable';
}

/** No retry helps: the log is damaged or is not a file of this system. The message names the file and the remedy. */
export class EventStoreDamaged extends Error {
  override readonly name = 'EventStoreDamaged';
}

/** The engine rejected the call, for example because of access rights, an invalid request or an old version. No retry helps. */
export class EventStoreRejected extends Error {
  override readonly name = 'EventStoreRejected';
}

/**
 * Compares a place with the log, as every subscription does before it resumes.
 * @returns why a subscription cannot resume at this place, null if it can
 * @throws EventStoreUnavailable
 */
export const mismatchOf = async (
  store: Pick<EventStore, 'logId' | 'head' | 'eventIdAt'>,
  place: Position | Checkpoint,
): Promise<CheckpointMismatch | null> => {
  const { logId, position, eventId } = typeof place === 'string' ? { logId: null, position: place, eventId: null } : place;
  if (logId !== null && logId !== (await store.logId())) return new CheckpointMismatch('OTHER_LOG');
  if (position === START) return null;
  const actualId = await store.eventIdAt(position);
  if (actualId === null) return new CheckpointMismatch(position > (await store.head()) ? 'PAST_END' : 'NO_EVENT');
  return eventId === null || eventId === actualId ? null : new CheckpointMismatch('OTHER_EVENT');
};
