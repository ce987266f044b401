import { childController, Notifier, sleep } from '@rewards/async';
import {
  COUNTER_CHECKPOINT,
  PREFIXES,
  START,
  startOf,
  type BackfillEvent,
  type Checkpoint,
  type Position,
  type RecordedEvent,
} from '@rewards/contracts';
import { RewardEvents, UnknownTimeZone } from '@rewards/domain';
import { CheckpointMismatch, mismatchOf } from '@rewards/event-store';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '@rewards/service-kit/clock';
import type { Commands } from '../stream-command';
import { countLoginCommand } from '../participation/participation.commands';
import { isUnavailable } from '../unavailable';
import {
  CatchUps,
  needsBackfill,
  type CatchUpEngines,
  type CatchUpHandlers,
  type CountAll,
  type Publication,
  type Uncounted,
} from './catch-ups';
import type { CountingScope } from './checkpoint';
import { countFor, readLogin, type Count } from './login-count';

/** Shortest time between two saves. A query that waits for a login waits up to this long for the save after it. */
const SAVE_EVERY_MS = 100;
/** Participations of one event that are deferred individually; beyond this number, the whole event is deferred. */
const MAX_DEFERRED_PARTICIPATIONS = 20;

/**
 * Counts logins. It follows reward events and logins in one ordered subscription, so that at each login its catalogue reflects
 * exactly the log before it. Counting is a pure function of the log: repeating it, or counting in two processes, changes nothing.
 *
 * A login that cannot be counted does not block the others. `CatchUps` counts such logins later, and those for events whose
 * window began before their publication.
 */
export class Counter {
  private readonly rewardEvents: RewardEvents;
  /** By stream of an event, the position up to which a catch-up has folded and counted it ahead of the counter. */
  private readonly foldedTo = new Map<string, Position>();
  private readonly catchUps: CatchUps;
  /** Up to here every login was judged. Null before the first batch of a run. */
  private counted: Checkpoint | null = null;
  private readonly onCounted = new Notifier();
  /** When the counter fell behind the log; null while it is caught up or does not run. */
  private behindSince: number | null = null;
  private blockedBy: string | null = null;

  constructor(
    private readonly engines: CatchUpEngines,
    private readonly commands: Commands,
    clock: Clock,
    private readonly failures: Failures,
  ) {
    this.rewardEvents = new RewardEvents(engines.upcast);
    const onEventReadable: CatchUpHandlers['onEventReadable'] = (stream, event, position) => {
      this.rewardEvents.set(stream, event);
      this.foldedTo.set(stream, position);
    };
    this.catchUps = new CatchUps(engines, { countAll: this.countAll, onEventReadable }, clock, failures);
  }

  /** Why the counter cannot count, with the remedy; null while it counts, or another instance does. */
  get failure(): string | null {
    return this.blockedBy;
  }

  /** Returns the skipped logins that cannot be counted at present. */
  uncounted(): readonly Uncounted[] {
    return this.catchUps.uncounted();
  }

  /** Returns for how many seconds the counter has been behind the log. */
  lagSeconds(): number {
    return this.behindSince === null ? 0 : (performance.now() - this.behindSince) / 1_000;
  }

  /** Counts until the signal aborts. @throws CheckpointMismatch until the counter is rebuilt; errors of the engines */
  async run(signal: AbortSignal): Promise<void> {
    this.behindSince ??= performance.now();
    try {
      await this.count(signal);
    } catch (error) {
      if (!signal.aborted) this.blockedBy = failureOf(error);
      throw error;
    }
  }

  private async count(signal: AbortSignal): Promise<void> {
    const { store, checkpoints } = this.engines;
    const saved = (await checkpoints.get(COUNTER_CHECKPOINT))?.document;
    const checkpoint = saved ? { ...saved, eventId: saved.eventId ?? null } : startOf(await store.logId());
    const mismatch = await mismatchOf(store, checkpoint);
    if (mismatch) throw mismatch;

    const ended = childController(signal);
    let saving = Promise.resolve();
    try {
      await this.catchUps.resume(ended.signal);
      for (const publication of await this.rebuildCatalogue(checkpoint, ended.signal)) {
        this.catchUps.backfill(publication, ended.signal);
      }
      this.counted = null;
      saving = this.saveWhileCounting(ended.signal).finally(() => ended.abort());
      // The error is thrown where `saving` is awaited; this only prevents an unhandled rejection.
      saving.catch(() => undefined);
      await this.follow(checkpoint, ended.signal);
    } finally {
      ended.abort();
      await this.catchUps.stop();
      await saving;
    }
  }

  private async follow(after: Checkpoint, signal: AbortSignal): Promise<void> {
    const prefixes = [PREFIXES.rewardEvent, PREFIXES.login];
    let counted = after;
    this.catchUps.counterReached(after.position);
    for await (const batch of this.engines.store.subscribe({ after, prefixes, signal })) {
      this.behindSince ??= performance.now();
      this.blockedBy = null;
      const deferrals: (() => Promise<void>)[] = [];
      const counts: Count[] = [];
      // No await up to `counterReached`: a catch-up must not end between the calls of `covers` and that one.
      for (const recorded of batch.events) {
        try {
          if (recorded.stream.startsWith(PREFIXES.login)) {
            counts.push(...this.countsFor(recorded));
            continue;
          }
          const publication = this.fold(recorded);
          if (publication) this.catchUps.backfill(publication, signal);
        } catch (error) {
          deferrals.push(this.catchUps.defer({ scope: scopeOf(recorded), from: counted, reason: String(error) }, signal));
        }
      }
      this.catchUps.counterReached(batch.checkpoint.position);
      for (const save of deferrals) await save();
      await this.countAll(counts, counted, null, signal);
      counted = batch.checkpoint;
      this.failures.reportSuccess('the counter');
      if (batch.caughtUp) this.behindSince = null;
      this.counted = counted;
      this.onCounted.notify();
    }
    this.behindSince = null;
    await this.save(counted);
  }

  /** Folds the reward events as they were at a checkpoint. @returns the publications whose backfill is unfinished */
  private async rebuildCatalogue(checkpoint: Checkpoint, signal: AbortSignal): Promise<readonly Publication[]> {
    const unfinished = new Map<string, Publication>();
    this.rewardEvents.clear();
    this.foldedTo.clear();
    if (checkpoint.position === START) return [];
    const prefixes = [PREFIXES.rewardEvent, PREFIXES.backfill];
    for await (const batch of this.engines.store.subscribe({ after: START, prefixes, signal })) {
      for (const recorded of batch.events) {
        if (recorded.stream.startsWith(PREFIXES.backfill))
          unfinished.delete(this.engines.upcast<BackfillEvent>(recorded).data.eventId);
        else if (recorded.position <= checkpoint.position) {
          try {
            const publication = this.fold(recorded);
            if (publication) unfinished.set(publication.published.eventId, publication);
          } catch (error) {
            await this.catchUps.defer({ scope: scopeOf(recorded), from: checkpoint, reason: String(error) }, signal)();
          }
        }
      }
      if (batch.caughtUp) break;
    }
    return [...unfinished.values()];
  }

  private countsFor(recorded: RecordedEvent): Count[] {
    const data = readLogin(recorded, this.engines.upcast);
    return this.rewardEvents.existing().flatMap(([stream, event]) => {
      if (recorded.position <= (this.foldedTo.get(stream) ?? START)) return [];
      if (this.catchUps.covers(event.eventId, data.accountId, recorded.stream, null)) return [];
      return countFor(event, data, recorded) ?? [];
    });
  }

  /** @returns the publication of an event that needs a backfill */
  private fold(recorded: RecordedEvent): Publication | null {
    const isFolded = recorded.position <= (this.foldedTo.get(recorded.stream) ?? START);
    const state = isFolded ? this.rewardEvents.get(recorded.stream) : this.rewardEvents.fold(recorded);
    const isPublished = recorded.type === 'RewardEventPublished' && needsBackfill(state);
    return isPublished ? { published: state, position: recorded.position } : null;
  }

  /** Counts logins. One that cannot be counted is not lost: it is deferred, or its catch-up fails and is retried. */
  private readonly countAll: CountAll = async (counts, from, key, signal) => {
    await Promise.all(
      counts.map(async (count) => {
        const error = await this.tryToCount(count, signal);
        if (error === null) return;
        const scope = this.scopeOfFailure(count, error);
        // A catch-up of an event defers single participations; any other catch-up is retried as a whole.
        const isDeferrable = key === null || (key === scope.eventId && scope.accountId !== undefined);
        if (!isDeferrable) throw error;
        await this.catchUps.defer({ scope, from, reason: error instanceof Error ? error.message : String(error) }, signal)();
      }),
    );
  };

  /** Counts a login, retrying while an engine is unavailable. @returns the error if it cannot be counted, else null */
  private async tryToCount(count: Count, signal: AbortSignal): Promise<unknown> {
    return retry(
      async () => {
        try {
          await this.commands.execute(countLoginCommand(count.login, count.metadata));
          return null;
        } catch (error) {
          if (isUnavailable(error)) throw error;
          return error;
        }
      },
      { signal, onError: (error) => this.failures.reportFailure('the counter', error) },
    );
  }

  private scopeOfFailure({ login }: Count, error: unknown): CountingScope {
    const { eventId, accountId } = login.terms;
    const affectsEvent =
      error instanceof UnknownTimeZone || this.catchUps.deferredParticipations(eventId) >= MAX_DEFERRED_PARTICIPATIONS;
    return affectsEvent ? { eventId } : { eventId, accountId };
  }

  /** Saves each checkpoint that counting reaches, or a later one, without delaying the counting. */
  private async saveWhileCounting(signal: AbortSignal): Promise<void> {
    for (let saved: Checkpoint | null = null; !signal.aborted;) {
      const { counted } = this;
      if (counted === null || counted === saved) {
        await this.onCounted.wait({ signal });
        continue;
      }
      await this.save(counted);
      saved = counted;
      await sleep(SAVE_EVERY_MS, { signal });
    }
  }

  private async save(checkpoint: Checkpoint): Promise<void> {
    const { position } = checkpoint;
    await this.engines.checkpoints.writeNewer([{ id: COUNTER_CHECKPOINT, position, document: checkpoint }]);
  }
}

/** Returns the scope that an unreadable domain event affects. */
const scopeOf = ({ stream }: RecordedEvent): CountingScope =>
  stream.startsWith(PREFIXES.login) ? { loginStream: stream } : { eventId: stream.slice(PREFIXES.rewardEvent.length) };

const failureOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CheckpointMismatch
    ? `The counter's checkpoint does not match the log. ${message} Rebuild the counter: npm run rebuild -- counter`
    : message;
};
