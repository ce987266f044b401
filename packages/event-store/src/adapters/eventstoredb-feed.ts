import type {
  AllStreamResolvedEvent,
  AllStreamSubscription,
  EventStoreDBClient,
  Filter,
  Position as LogPosition,
} from '@eventstore/db-client';
import { START as LOG_START, streamNameFilter } from '@eventstore/db-client';
import { Notifier } from '@rewards/async';
import { formatPosition, parsePosition, START, type Position } from '@rewards/contracts';

/** Maximum size of a batch, and of the buffer for a slow reader. */
export const BATCH_SIZE = 500;

/** Events and reports since the last call, in the order of the log. */
interface Arrived {
  readonly events: readonly AllStreamResolvedEvent[];
  /** Latest checkpoint that the server reported; null if it reported none. */
  readonly checkpoint: Position | null;
  /** Whether the search is at the end of the log, and the buffer is empty. */
  readonly isLive: boolean;
}

/**
 * One subscription to the log, until it breaks. The client reports checkpoints and catching up immediately, but buffers the events.
 * So the feed returns a report only after the buffer is empty: otherwise, a checkpoint would skip unread events. A full buffer
 * makes the server wait.
 */
export class Feed {
  private readonly subscription: AllStreamSubscription;
  private checkpoint: Position | null = null;
  private isAtEnd = false;
  private hasReport = false;
  private failure: { readonly error: unknown } | null = null;
  private readonly changes = new Notifier();

  /**
   * @param after position to start after
   * @param prefixes prefixes of the streams to receive; without them, the feed receives every event, including those of the server
   */
  constructor(client: EventStoreDBClient, after: Position, prefixes?: readonly string[]) {
    const filter = filterFor(prefixes, ({ commit, prepare }) => {
      this.checkpoint = formatPosition(commit, prepare);
      this.report();
    });
    const fromPosition = after === START ? LOG_START : parsePosition(after);
    this.subscription = client.subscribeToAll({ fromPosition, filter }, { highWaterMark: BATCH_SIZE });
    const fail = (error: unknown): void => {
      this.failure ??= { error };
      this.changes.notify();
    };
    this.subscription
      .on('error', fail)
      .on('end', () => fail(new Error('EventStoreDB ended the subscription')))
      .on('close', () => fail(new Error('the subscription was closed')))
      .on('readable', () => this.changes.notify());
    this.subscription.on('caughtUp', () => this.reachEnd(true));
    this.subscription.on('fellBehind', () => this.reachEnd(false));
  }

  /** Waits until an event or report arrives, the subscription breaks, the signal aborts, or the time is over. */
  async waitForArrival(ms: number, signal: AbortSignal): Promise<void> {
    if (this.failure || this.hasReport || this.subscription.readableLength > 0) return;
    await this.changes.wait({ ms, signal });
  }

  /**
   * Takes the arrived events, up to one batch.
   * @returns null if nothing arrived
   * @throws the error that broke the subscription
   */
  take(): Arrived | null {
    if (this.failure) throw this.failure.error;
    const events: AllStreamResolvedEvent[] = [];
    while (events.length < BATCH_SIZE) {
      const event = this.subscription.read() as AllStreamResolvedEvent | null;
      if (!event) break;
      events.push(event);
    }
    if (events.length === 0 && !this.hasReport) return null;
    if (this.subscription.readableLength > 0) return { events, checkpoint: null, isLive: false };
    const { checkpoint } = this;
    this.checkpoint = null;
    this.hasReport = false;
    return { events, checkpoint, isLive: this.isAtEnd };
  }

  close(): void {
    this.subscription.on('error', () => undefined);
    // Rejects if the call never began.
    this.subscription.unsubscribe().catch(() => undefined);
    this.subscription.destroy();
  }

  private reachEnd(isAtEnd: boolean): void {
    this.isAtEnd = isAtEnd;
    this.report();
  }

  private report(): void {
    this.hasReport = true;
    this.changes.notify();
  }
}

/** Matches no stream, because a name has at least one character. */
const NOTHING = '^$';

const filterFor = (
  prefixes: readonly string[] | undefined,
  onCheckpoint: (position: LogPosition) => void,
): Filter | undefined => {
  if (!prefixes) return undefined;
  const checkpointReached = (_: unknown, position: LogPosition): void => onCheckpoint(position);
  if (prefixes.length === 0) return streamNameFilter({ regex: NOTHING, checkpointReached });
  return streamNameFilter({ prefixes: [...prefixes], checkpointReached });
};
