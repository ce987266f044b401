import { sleep } from '@rewards/async';
import {
  PREFIXES,
  Rejected,
  START,
  streams,
  type Checkpoint,
  type Position,
  type RecordedEvent,
  type RewardEventEvent,
  type Upcast,
} from '@rewards/contracts';
import { isVisibleToPlayers, RewardEvents, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import { CheckpointMismatch, type EventStore, type StreamHandler } from '@rewards/event-store';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { COMMAND_REJECTIONS, type CommandReason } from '../commands.problems';

const RESUBSCRIBE_AFTER_MS = 200;

/**
 * All reward events, folded from their streams and kept live in this process. If this version cannot read the history of an
 * event, only that event is unavailable.
 */
export class Catalogue {
  private readonly events: RewardEvents;
  private readonly shutdown = new AbortController();
  private checkpoint: Position | Checkpoint = START;
  private isLive = false;
  private isRestored = false;
  /** Streams with a domain event that cannot be folded. Later events of these streams are ignored. */
  private readonly unreadable = new Set<string>();
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly rewardEvents: StreamHandler<RewardEventState, RewardEventEvent>,
    private readonly failures: Failures,
    upcast: Upcast,
  ) {
    this.events = new RewardEvents(upcast);
  }

  start(): void {
    this.following = this.follow();
  }

  async stop(): Promise<void> {
    this.shutdown.abort();
    await this.following;
  }

  /** Why the catalogue may be out of date; null while it is live. */
  get staleness(): 'LOG_REPLACED' | 'READING_LOG' | null {
    if (this.isRestored) return 'LOG_REPLACED';
    return this.isLive ? null : 'READING_LOG';
  }

  /**
   * Finds an event in the catalogue; a pause takes effect once it has reached this process. If the event is unknown, a draft or
   * deleted, reads it from the log, because it may have been created, published or restored since.
   */
  async find(eventId: string): Promise<ExistingRewardEvent | null> {
    if (this.staleness) throw new Rejected<CommandReason>(this.staleness);
    const stream = streams.rewardEvent(eventId);
    const cached = this.events.get(stream);
    return !this.unreadable.has(stream) && cached.situation === 'existing' && isVisibleToPlayers(cached)
      ? cached
      : this.read(eventId);
  }

  /** Reads an event from the log. @throws UnreadableStream */
  async read(eventId: string): Promise<ExistingRewardEvent | null> {
    const { state } = await this.rewardEvents.load(streams.rewardEvent(eventId));
    return state.situation === 'existing' ? state : null;
  }

  private async follow(): Promise<void> {
    const { signal } = this.shutdown;
    while (!signal.aborted) {
      try {
        for await (const batch of this.store.subscribe({ after: this.checkpoint, prefixes: [PREFIXES.rewardEvent], signal })) {
          for (const recorded of batch.events) this.fold(recorded);
          this.checkpoint = batch.checkpoint;
          this.isLive = batch.caughtUp;
          if (batch.caughtUp) this.failures.reportSuccess('the catalogue');
        }
      } catch (error) {
        this.isLive = false;
        if (error instanceof CheckpointMismatch) {
          // Cached states of any stream may date from before the restore. Only a new process certainly has none.
          this.isRestored = true;
          this.failures.logger.error({ reason: error.message }, COMMAND_REJECTIONS.LOG_REPLACED.explain({}));
          return;
        }
        this.failures.reportFailure('the catalogue', error);
        if (isDamaged(error)) return;
        await sleep(RESUBSCRIBE_AFTER_MS, { signal });
      }
    }
  }

  private fold(recorded: RecordedEvent): void {
    const { stream, revision, type } = recorded;
    if (this.unreadable.has(stream)) return;
    try {
      this.events.fold(recorded);
    } catch (error) {
      this.unreadable.add(stream);
      this.failures.logger.error(
        { err: error, stream, revision, type },
        'catalogue: this reward event cannot be read, so it is unavailable',
      );
    }
  }
}
