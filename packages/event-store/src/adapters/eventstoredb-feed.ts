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

/** Events held ready for the reader: a batch at most, and all that a slow reader makes us keep. */
export const BATCH_SIZE = 500;

/** What has come since the last time, in the log's order. */
export interface Arrived {
  readonly events: readonly AllStreamResolvedEvent[];
  /** How far the server says that it has searched; null where it says nothing beyond the events. */
  readonly checkpoint: Position | null;
  /** Whether the search is at the log's end, and nothing that has come is left. */
  readonly isLive: boolean;
}

/**
 * One subscription to the log, until it breaks. The client reports checkpoints and catching up at once, and gives the
 * events through a buffer: so a report counts only when the buffer has been emptied, or a checkpoint would pass over
 * events that nobody has handled. When the buffer is full the server is made to wait.
 */
export class Feed {
  private readonly subscription: AllStreamSubscription;
  private checkpoint: Position | null = null;
  private isAtEnd = false;
  private hasNews = false;
  private failure: { readonly error: unknown } | null = null;
  private readonly news = new Notifier();

  /**
   * @param after exclusive
   * @param prefixes of the streams wanted; without them every event comes, the server's own included
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
      this.news.notify();
    };
    this.subscription
      .on('error', fail)
      .on('end', () => fail(new Error('EventStoreDB ended the subscription')))
      .on('close', () => fail(new Error('the subscription was closed')))
      .on('readable', () => this.news.notify());
    this.subscription.on('caughtUp', () => this.reachEnd(true));
    this.subscription.on('fellBehind', () => this.reachEnd(false));
  }

  /** Waits until something comes or breaks, the signal aborts, or the time is over. */
  async arrival(ms: number, signal: AbortSignal): Promise<void> {
    if (this.failure || this.hasNews || this.subscription.readableLength > 0) return;
    await this.news.wait({ ms, signal });
  }

  /**
   * Takes what has come, a batch at most.
   * @returns null when nothing has
   * @throws what broke the subscription
   */
  take(): Arrived | null {
    if (this.failure) throw this.failure.error;
    const events: AllStreamResolvedEvent[] = [];
    while (events.length < BATCH_SIZE) {
      const event = this.subscription.read() as AllStreamResolvedEvent | null;
      if (!event) break;
      events.push(event);
    }
    if (events.length === 0 && !this.hasNews) return null;
    if (this.subscription.readableLength > 0) return { events, checkpoint: null, isLive: false };
    const { checkpoint } = this;
    this.checkpoint = null;
    this.hasNews = false;
    return { events, checkpoint, isLive: this.isAtEnd };
  }

  close(): void {
    this.subscription.on('error', () => undefined);
    // A call that never began cannot be cancelled.
    this.subscription.unsubscribe().catch(() => undefined);
    this.subscription.destroy();
  }

  private reachEnd(isAtEnd: boolean): void {
    this.isAtEnd = isAtEnd;
    this.report();
  }

  private report(): void {
    this.hasNews = true;
    this.news.notify();
  }
}

/** Matches no name: a name has at least one character. */
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
