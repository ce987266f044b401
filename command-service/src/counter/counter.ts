import {
  PREFIXES,
  START,
  upcast,
  type AnyDomainEvent,
  type LoginEvent,
  type Position,
  type RecordedEvent,
  type RewardEventEvent,
} from '@rewards/contracts';
import { rewardEvent, type CountLogin as LoginToCount, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import type { Collection, CollectionSpec } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Logger } from '@rewards/service-kit';
import { retry } from '@rewards/service-kit/retry';
import type { Commands } from '../commands';
import { CountLogin } from '../participation/participation.commands';

/** Up to where the counter has counted, and in which log. */
export interface CounterCheckpoint {
  readonly logId: string;
  readonly position: Position;
}

export const CHECKPOINTS: CollectionSpec<CounterCheckpoint> = { name: 'checkpoints', indexes: [] };
const CHECKPOINT_ID = 'counter';
const SAVE_EVERY_MS = 250;

/** The counter's checkpoint is of another log: it must not count on. */
export class ForeignLog extends Error {
  override readonly name = 'ForeignLog';
}

/**
 * Counts logins: follows reward events and logins in one ordered subscription, so that at each login its catalogue is
 * exactly the log before it. Counting is a pure function of the log: doing it twice, or from two processes, changes nothing.
 */
export class Counter {
  private readonly rewardEvents = new Map<string, RewardEventState>();
  private savedAt = -Infinity;
  /** Null while it runs well; why it stands still otherwise. */
  failure: string | null = null;

  constructor(
    private readonly store: EventStore,
    private readonly checkpoints: Collection<CounterCheckpoint>,
    private readonly commands: Commands,
    private readonly logger: Logger,
  ) {}

  /** Counts until the signal aborts. @throws ForeignLog */
  async run(signal: AbortSignal): Promise<void> {
    const logId = await this.store.logId();
    const { position, logId: countedLog } = (await this.checkpoints.get(CHECKPOINT_ID))?.document ?? { position: START, logId };
    if (countedLog !== logId || position > (await this.store.head())) {
      this.failure = 'the checkpoint belongs to another event store';
      throw new ForeignLog(this.failure);
    }
    this.failure = null;
    await this.rebuildCatalogue(position, signal);

    const prefixes = [PREFIXES.rewardEvent, PREFIXES.login];
    let counted = position;
    for await (const batch of this.store.subscribe({ after: position, prefixes, signal })) {
      await Promise.all(batch.events.flatMap((recorded) => this.take(recorded)).map((command) => this.count(command, signal)));
      counted = batch.searched;
      if (performance.now() - this.savedAt > SAVE_EVERY_MS) await this.save({ logId, position: counted });
    }
    await this.save({ logId, position: counted });
  }

  /** The reward events as they were at a position. */
  private async rebuildCatalogue(until: Position, signal: AbortSignal): Promise<void> {
    this.rewardEvents.clear();
    if (until === START) return;
    for await (const { events, searched } of this.store.subscribe({ after: START, prefixes: [PREFIXES.rewardEvent], signal })) {
      for (const recorded of events) if (recorded.position <= until) this.take(recorded);
      if (searched >= until) return;
    }
  }

  /** Folds a fact of a reward event; says for a login what is to be counted, and where. */
  private take(recorded: RecordedEvent): CountLogin[] {
    const event = upcast(recorded) as unknown as AnyDomainEvent;
    if (event.type === 'LoggedIn') return this.openAt(event.data).map((open) => toCommand(open, event, recorded));
    const state = this.rewardEvents.get(recorded.stream) ?? rewardEvent.initial;
    this.rewardEvents.set(recorded.stream, rewardEvent.evolve(state, event as RewardEventEvent));
    return [];
  }

  private openAt({ at }: LoginEvent['data']): ExistingRewardEvent[] {
    return [...this.rewardEvents.values()].filter(
      (state): state is ExistingRewardEvent =>
        state.situation === 'existing' && state.publishedAt !== null && state.startsAt <= at && at < state.endsAt,
    );
  }

  /** A login is never skipped: what fails is tried again until it succeeds. */
  private count(command: CountLogin, signal: AbortSignal): Promise<void> {
    return retry(() => this.commands.execute(command), {
      signal,
      onError: (error) => this.logger.warn({ err: error }, 'counter: a login is tried again'),
    });
  }

  private async save(checkpoint: CounterCheckpoint): Promise<void> {
    await this.checkpoints.writeNewer([{ id: CHECKPOINT_ID, position: checkpoint.position, document: checkpoint }]);
    this.savedAt = performance.now();
  }
}

const toCommand = (open: ExistingRewardEvent, { data }: LoginEvent, { id, metadata }: RecordedEvent): CountLogin => {
  const { eventId, termsVersion, condition, rewards, timeZone } = open;
  const { loginId, accountId, at } = data;
  const login: LoginToCount = { loginId, at, timeZone, terms: { eventId, accountId, termsVersion, condition, rewards } };
  const { correlationId, traceparent } = metadata;
  return new CountLogin(login, {
    correlationId,
    causationId: id,
    actor: { service: 'command-service' },
    at,
    ...(traceparent && { traceparent }),
  });
};
