import {
  PREFIXES,
  START,
  upcast,
  type BackfillEvent,
  type LoginEvent,
  type Position,
  type RecordedEvent,
  type RewardEventEvent,
} from '@rewards/contracts';
import { rewardEvent, type RewardEventState } from '@rewards/domain';
import type { Collection } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '../clock';
import type { Commands } from '../commands';
import type { CountLogin } from '../participation/participation.commands';
import { Backfills, needsBackfill, type Publication } from './backfills';
import type { CounterCheckpoint } from './checkpoint';
import { countFor } from './login-judge';

const CHECKPOINT_ID = 'counter';
const SAVE_EVERY_MS = 250;

/** The counter's checkpoint is of another log: it must not count on. */
export class ForeignLog extends Error {
  override readonly name = 'ForeignLog';
}

/**
 * Counts logins: follows reward events and logins in one ordered subscription, so that at each login its catalogue is
 * exactly the log before it. Counting is a pure function of the log: doing it twice, or from two processes, changes nothing.
 *
 * An event whose window began before its publication is counted by a backfill of its own until that has caught up.
 */
export class Counter {
  private readonly rewardEvents = new Map<string, RewardEventState>();
  private readonly backfills: Backfills;
  private savedAt = -Infinity;
  /** Since when it has had something to count; null while it has counted all that there is, or does not run. */
  private behindSince: number | null = null;
  /** Null while it runs well; why it stands still otherwise. */
  failure: string | null = null;

  constructor(
    private readonly store: EventStore,
    private readonly checkpoints: Collection<CounterCheckpoint>,
    private readonly commands: Commands,
    clock: Clock,
    private readonly failures: Failures,
  ) {
    this.backfills = new Backfills(store, checkpoints, (counts, signal) => this.countAll(counts, signal), clock, failures);
  }

  /** For how long it has not counted all that the log had. */
  lagSeconds(): number {
    return this.behindSince === null ? 0 : (performance.now() - this.behindSince) / 1_000;
  }

  /** Counts until the signal aborts. @throws ForeignLog */
  async run(signal: AbortSignal): Promise<void> {
    this.behindSince ??= performance.now();
    const logId = await this.store.logId();
    const { position, logId: countedLog } = (await this.checkpoints.get(CHECKPOINT_ID))?.document ?? { position: START, logId };
    if (countedLog !== logId || position > (await this.store.head())) {
      this.failure = 'the checkpoint belongs to another event store';
      throw new ForeignLog(this.failure);
    }
    this.failure = null;
    const ended = new AbortController();
    const end = () => ended.abort();
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    try {
      const unfinished = await this.rebuildCatalogue(position, ended.signal);
      for (const publication of unfinished) this.backfills.start(publication, logId, ended.signal);
      await this.follow(logId, position, ended.signal);
    } finally {
      signal.removeEventListener('abort', end);
      end();
      await this.backfills.ended();
    }
  }

  private async follow(logId: string, after: Position, signal: AbortSignal): Promise<void> {
    const prefixes = [PREFIXES.rewardEvent, PREFIXES.login];
    let counted = after;
    this.backfills.taken(after);
    for await (const batch of this.store.subscribe({ after, prefixes, signal })) {
      this.behindSince ??= performance.now();
      const counts = batch.events.flatMap((recorded) => {
        const fact = upcast<LoginEvent | RewardEventEvent>(recorded);
        if (fact.type === 'LoggedIn') return this.countsFor(fact.data, recorded);
        const publication = this.fold(fact, recorded);
        if (publication) this.backfills.start(publication, logId, signal);
        return [];
      });
      this.backfills.taken(batch.searched);
      await this.countAll(counts, signal);
      counted = batch.searched;
      this.failures.succeeded('the counter');
      if (batch.caughtUp) this.behindSince = null;
      if (performance.now() - this.savedAt > SAVE_EVERY_MS) await this.save({ logId, position: counted });
    }
    this.behindSince = null;
    await this.save({ logId, position: counted });
  }

  /** Folds the reward events as they were at a position. @returns the publications whose backfill has not ended */
  private async rebuildCatalogue(until: Position, signal: AbortSignal): Promise<readonly Publication[]> {
    const unfinished = new Map<string, Publication>();
    this.rewardEvents.clear();
    if (until === START) return [];
    for await (const batch of this.store.subscribe({
      after: START,
      prefixes: [PREFIXES.rewardEvent, PREFIXES.backfill],
      signal,
    })) {
      for (const recorded of batch.events) {
        const fact = upcast<BackfillEvent | RewardEventEvent>(recorded);
        if (fact.type === 'LoginsBackfilled') unfinished.delete(fact.data.eventId);
        else if (recorded.position <= until) {
          const publication = this.fold(fact, recorded);
          if (publication) unfinished.set(fact.data.eventId, publication);
        }
      }
      if (batch.caughtUp) break;
    }
    return [...unfinished.values()];
  }

  private countsFor(login: LoginEvent['data'], recorded: RecordedEvent): CountLogin[] {
    return [...this.rewardEvents.values()].flatMap((state) =>
      state.situation === 'missing' || this.backfills.isCounting(state.eventId) ? [] : (countFor(state, login, recorded) ?? []),
    );
  }

  /** @returns the publication of an event that needs a backfill */
  private fold(fact: RewardEventEvent, { stream, position }: RecordedEvent): Publication | null {
    const state = rewardEvent.evolve(this.rewardEvents.get(stream) ?? rewardEvent.initial, fact);
    this.rewardEvents.set(stream, state);
    return fact.type === 'RewardEventPublished' && needsBackfill(state) ? { published: state, position } : null;
  }

  /** A login is never skipped: what fails is tried again until it succeeds. */
  private async countAll(counts: readonly CountLogin[], signal: AbortSignal): Promise<void> {
    const onError = (error: unknown) => this.failures.failed('the counter', error);
    await Promise.all(counts.map((count) => retry(() => this.commands.execute(count), { signal, onError })));
  }

  private async save(checkpoint: CounterCheckpoint): Promise<void> {
    await this.checkpoints.writeNewer([{ id: CHECKPOINT_ID, position: checkpoint.position, document: checkpoint }]);
    this.savedAt = performance.now();
  }
}
