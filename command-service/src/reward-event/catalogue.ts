import { childController, deadline, retry as retryAny, sleep } from '@rewards/async';
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
import { DocumentStoreUnavailable, type Collection, type CollectionSpec } from '@rewards/document-store';
import { isVisibleToPlayers, RewardEvents, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import { CheckpointMismatch, type EventStore, type StreamHandler } from '@rewards/event-store';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import { COMMAND_REJECTIONS, type CommandReason } from '../commands.problems';
import { SAVE_STATE_EVERY_MS, SavedState, UnusableState, type Loaded, type SavedDocument } from '../saved-state';
import { restoreRewardEvents, rewardEventLists } from './saved-reward-events';

/** The catalogue as of a checkpoint. */
export const CATALOGUE_STATE: CollectionSpec<SavedDocument> = { name: 'catalogueState', indexes: [] };

const RESUBSCRIBE_AFTER_MS = 200;
/** How long a start waits for the document store before it reads the whole log instead. */
const LOAD_MS = 3_000;

/**
 * All reward events, folded from their streams and kept live in this process. It starts from the state that was saved last, and
 * reads only what came after. If this version cannot read the history of an event, only that event is unavailable.
 */
export class Catalogue {
  private readonly events: RewardEvents;
  private readonly shutdown = new AbortController();
  private checkpoint: Position | Checkpoint = START;
  private isLive = false;
  private isRestored = false;
  /** Streams with a domain event that cannot be folded. Later events of these streams are ignored. */
  private readonly unreadable = new Set<string>();
  private saved: SavedState | null = null;
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly rewardEvents: StreamHandler<RewardEventState, RewardEventEvent>,
    private readonly failures: Failures,
    upcast: Upcast,
    /** Opens the collection `CATALOGUE_STATE`. */
    private readonly openSaved: () => Promise<Collection<SavedDocument>>,
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

  /** Saves the catalogue until the signal aborts, and then once more. Only one instance should, to save work. */
  async keepSaved(signal: AbortSignal): Promise<void> {
    for (;;) {
      await sleep(SAVE_STATE_EVERY_MS, { signal });
      try {
        await this.save();
      } catch (error) {
        this.failures.reportFailure('the catalogue', error);
      }
      if (signal.aborted) return;
    }
  }

  private async save(): Promise<void> {
    if (this.staleness || typeof this.checkpoint === 'string') return;
    this.saved ??= new SavedState(await this.openSaved(), this.store);
    await this.saved.save(this.checkpoint, rewardEventLists(this.events, this.unreadable));
  }

  /** Starts from the saved state, or from the start of the log if there is none that can be used. */
  private async restore(): Promise<void> {
    const { signal } = this.shutdown;
    const onError = (error: unknown) => this.failures.reportFailure('the catalogue', error);
    // The outage of the log is no reason to read all of it later.
    await retry(() => this.store.logId(), { signal, onError });
    const loaded = await this.load().catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.failures.logger.warn({ reason }, 'catalogue: the saved state cannot be used, reading the log from its start');
      return null;
    });
    if (!loaded) return;
    const { checkpoint, lists } = loaded;
    const fill = (): Promise<void> => {
      this.events.clear();
      this.unreadable.clear();
      return restoreRewardEvents(lists, checkpoint.position, this.events, this.store, (recorded, error) =>
        this.skip(recorded, error),
      );
    };
    await retry(fill, { signal, onError });
    this.checkpoint = checkpoint;
  }

  private async load(): Promise<Loaded | null> {
    const waiting = childController(this.shutdown.signal);
    const attempt = async (): Promise<Loaded | null> => {
      const saved = new SavedState(await this.openSaved(), this.store);
      const loaded = await saved.load();
      this.saved = saved;
      return loaded;
    };
    const isPermanent = (error: unknown): boolean => error instanceof UnusableState || isDamaged(error);
    try {
      const loading = retryAny(attempt, { signal: waiting.signal, isPermanent });
      return await deadline(loading, LOAD_MS, () => new DocumentStoreUnavailable('The document store did not answer in time.'));
    } finally {
      waiting.abort();
    }
  }

  private async follow(): Promise<void> {
    const { signal } = this.shutdown;
    await this.restore().catch((error: unknown) => this.failures.reportFailure('the catalogue', error));
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
    if (this.unreadable.has(recorded.stream)) return;
    try {
      this.events.fold(recorded);
    } catch (error) {
      this.skip(recorded, error);
    }
  }

  private skip({ stream, revision, type }: RecordedEvent, error: unknown): void {
    this.unreadable.add(stream);
    this.failures.logger.error(
      { err: error, stream, revision, type },
      'catalogue: this reward event cannot be read, so it is unavailable',
    );
  }
}
