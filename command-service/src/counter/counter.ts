import { childController, Notifier, sleep } from '@rewards/async';
import {
  COUNTER_CHECKPOINT,
  PREFIXES,
  START,
  startOf,
  type Checkpoint,
  type LoginEvent,
  type Position,
  type RecordedEvent,
} from '@rewards/contracts';
import { needsBackfill, RewardEvents, UnknownTimeZone } from '@rewards/domain';
import { CheckpointMismatch, mismatchOf } from '@rewards/event-store';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '@rewards/service-kit/clock';
import type { Commands } from '../stream-command';
import { restoreRewardEvents, rewardEventLists } from '../reward-event/saved-reward-events';
import { SAVE_STATE_EVERY_MS, SavedState, UnusableState, type Loaded } from '../saved-state';
import { isUnavailable } from '../unavailable';
import {
  CatchUps,
  isBackfilled,
  type CatchUpEngines,
  type CatchUpHandlers,
  type CountAll,
  type Publication,
  type Uncounted,
} from './catch-ups';
import type { CountingScope } from './checkpoint';
import { countFor, countLoginCommand, CountingReads, readLogin, type Count } from './login-count';
import { LoginHours } from './login-hours';
import { ParticipationsSeen } from './participations-seen';

/** Shortest time between two saves. A query that waits for a login waits up to this long for the save after it. */
const SAVE_EVERY_MS = 100;
/** Participations that one batch counts for at the same time: enough to fill a group of appends, and no more. */
const CONCURRENT = 64;
const UNFINISHED = 'unfinishedBackfills';
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
  /** Streams of reward events with a domain event that could not be folded. */
  private readonly unreadable = new Set<string>();
  /** Publications whose backfill is not recorded as finished, by event. */
  private readonly unfinished = new Map<string, Publication>();
  private readonly seen = new ParticipationsSeen();
  private readonly hours = new LoginHours();
  private readonly state: SavedState;
  private readonly catchUps: CatchUps;
  private readonly reads: CountingReads;
  private stateSavedAt = -Infinity;
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
      this.unreadable.delete(stream);
    };
    const handlers: CatchUpHandlers = {
      countAll: this.countAll,
      onEventReadable,
      onBackfilled: (eventId) => void this.unfinished.delete(eventId),
      onLoginRead: (at, before) => this.hours.add(at, before),
      onLoginsReadable: (stream) => this.hours.streamReadable(stream),
      eventStreams: () => this.rewardEvents.entries().map(([stream]) => stream),
    };
    this.catchUps = new CatchUps(engines, handlers, clock, failures);
    this.state = new SavedState(engines.state, engines.store);
    this.reads = new CountingReads(engines.store, engines.upcast);
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
      const startDeferred = await this.catchUps.resume(ended.signal);
      await this.restore(checkpoint, ended.signal);
      // An incomplete state must not judge or save anything.
      if (signal.aborted) return;
      startDeferred();
      for (const publication of this.unfinished.values()) this.backfill(publication, checkpoint, ended.signal)();
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
      const backfills: (() => void)[] = [];
      const counts: Count[] = [];
      // No await up to `counterReached`: a catch-up must not end between the calls of `covers` and that one.
      for (const recorded of batch.events) {
        try {
          if (recorded.stream.startsWith(PREFIXES.login)) {
            counts.push(...this.countsFor(recorded, counted));
            continue;
          }
          const publication = this.fold(recorded);
          if (publication) backfills.push(this.backfill(publication, counted, signal));
        } catch (error) {
          this.skip(recorded, counted);
          deferrals.push(this.catchUps.defer({ scope: scopeOf(recorded), from: counted, reason: String(error) }, signal));
        }
      }
      this.catchUps.counterReached(batch.checkpoint.position);
      for (const save of deferrals) await save();
      await this.countAll(counts, counted, null, signal);
      for (const start of backfills) start();
      counted = batch.checkpoint;
      this.failures.reportSuccess('the counter');
      if (batch.caughtUp) this.behindSince = null;
      this.counted = counted;
      this.onCounted.notify();
      if (performance.now() - this.stateSavedAt > SAVE_STATE_EVERY_MS) await this.saveState(counted);
    }
    this.behindSince = null;
    await this.saveState(counted);
  }

  /**
   * Restores what the counter had folded at its checkpoint: from the saved state and what came after it, or from the whole log.
   * It folds exactly up to the checkpoint, because the next logins are judged by this state.
   */
  private async restore(checkpoint: Checkpoint, signal: AbortSignal): Promise<void> {
    this.rewardEvents.clear();
    this.foldedTo.clear();
    this.unreadable.clear();
    this.unfinished.clear();
    this.hours.clear();
    this.seen.clear();
    if (checkpoint.position === START) return;
    const defer = async (recorded: RecordedEvent, error: unknown): Promise<void> => {
      this.unreadable.add(recorded.stream);
      await this.catchUps.defer({ scope: scopeOf(recorded), from: checkpoint, reason: String(error) }, signal)();
    };

    const loaded = await this.loadState(checkpoint);
    if (loaded) {
      await restoreRewardEvents(loaded.lists, loaded.checkpoint.position, this.rewardEvents, this.engines.store, defer);
      for (const [eventId, publication] of loaded.lists[UNFINISHED] ?? [])
        this.unfinished.set(eventId, publication as Publication);
      this.hours.restore(loaded.lists);
    }
    let before = loaded?.checkpoint ?? startOf(checkpoint.logId);
    const prefixes = [PREFIXES.rewardEvent, PREFIXES.login];
    if (before.position < checkpoint.position) {
      for await (const batch of this.engines.store.subscribe({ after: before, prefixes, signal })) {
        for (const recorded of batch.events) {
          if (recorded.position > checkpoint.position) break;
          try {
            if (recorded.stream.startsWith(PREFIXES.login)) this.readLogin(recorded, before);
            else this.fold(recorded);
          } catch (error) {
            this.skip(recorded, before);
            if (!recorded.stream.startsWith(PREFIXES.login)) await defer(recorded, error);
          }
        }
        before = batch.checkpoint;
        if (batch.caughtUp || before.position >= checkpoint.position) break;
      }
    }
    for (const eventId of [...this.unfinished.keys()])
      if (await isBackfilled(this.engines.store, eventId)) this.unfinished.delete(eventId);
  }

  /** @returns null if the log must be read from its start */
  private async loadState(checkpoint: Checkpoint): Promise<Loaded | null> {
    try {
      const loaded = await this.state.load();
      if (loaded && loaded.checkpoint.position > checkpoint.position)
        throw new UnusableState("It is ahead of the counter's checkpoint.");
      return loaded;
    } catch (error) {
      if (isUnavailable(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      this.failures.logger.warn({ reason }, 'counter: the saved state cannot be used, reading the log from its start');
      return null;
    }
  }

  /**
   * Prepares a backfill that begins before the first login that may count.
   * @param read the checkpoint up to which the hours are complete
   */
  private backfill(publication: Publication, read: Checkpoint, signal: AbortSignal): () => void {
    const from = this.hours.before(publication.published.startsAt) ?? read;
    return this.catchUps.backfill(publication, from.position < read.position ? from : read, signal);
  }

  private skip({ stream }: RecordedEvent, before: Checkpoint): void {
    if (stream.startsWith(PREFIXES.login)) this.hours.addUnreadable(stream, before);
    else this.unreadable.add(stream);
  }

  private readLogin(recorded: RecordedEvent, before: Checkpoint): LoginEvent['data'] {
    const data = readLogin(recorded, this.engines.upcast);
    this.hours.add(data.at, before);
    return data;
  }

  private countsFor(recorded: RecordedEvent, before: Checkpoint): Count[] {
    const data = this.readLogin(recorded, before);
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
    if (recorded.type !== 'RewardEventPublished' || !needsBackfill(state)) return null;
    const publication = { published: state, position: recorded.position };
    this.unfinished.set(state.eventId, publication);
    return publication;
  }

  /** Counts logins. One that cannot be counted is not lost: it is deferred, or its catch-up fails and is retried. */
  private readonly countAll: CountAll = async (counts, from, key, signal) => {
    const groups = byParticipation(counts).values();
    const countGroups = async (): Promise<void> => {
      // The workers share one iterator: each takes the next group.
      for (const group of groups) {
        for (const count of group) {
          if (this.seen.isDecided(count.stream, count.login)) continue;
          const error = await this.tryToCount(count, signal);
          if (error === null) continue;
          const scope = this.scopeOfFailure(count, error);
          // A catch-up of an event defers single participations; any other catch-up is retried as a whole.
          const isDeferrable = key === null || (key === scope.eventId && scope.accountId !== undefined);
          if (!isDeferrable) throw error;
          const reason = error instanceof Error ? error.message : String(error);
          await this.catchUps.defer({ scope, from, reason }, signal)();
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENT }, countGroups));
  };

  /** Counts a login, retrying while an engine is unavailable. @returns the error if it cannot be counted, else null */
  private async tryToCount(count: Count, signal: AbortSignal): Promise<unknown> {
    return retry(
      async () => {
        try {
          const { state } = await this.commands.execute(countLoginCommand(count, this.reads));
          this.seen.saw(count.stream, state);
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
    const { accountId, event } = login;
    const { eventId } = event;
    const affectsEvent =
      error instanceof UnknownTimeZone || this.catchUps.deferredParticipations(eventId) >= MAX_DEFERRED_PARTICIPATIONS;
    return affectsEvent ? { eventId } : { eventId, accountId };
  }

  /** Saves the checkpoint, and then the state, so that the state is never ahead of it. */
  private async saveState(checkpoint: Checkpoint): Promise<void> {
    await this.save(checkpoint);
    for (const [stream, position] of this.foldedTo) if (position <= checkpoint.position) this.foldedTo.delete(stream);
    // A catch-up has folded an event beyond the checkpoint. The counter passes that position soon.
    if (this.foldedTo.size > 0) return;
    const lists = {
      ...rewardEventLists(this.rewardEvents, this.unreadable),
      ...this.hours.lists(),
      [UNFINISHED]: [...this.unfinished],
    };
    await this.state.save(checkpoint, lists);
    this.stateSavedAt = performance.now();
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

/** Groups counts by the stream of their participation, each group in the order of the log: only one of a group runs at a time. */
const byParticipation = (counts: readonly Count[]): ReadonlyMap<string, readonly Count[]> => {
  const groups = new Map<string, Count[]>();
  for (const count of counts) {
    const group = groups.get(count.stream);
    if (group) group.push(count);
    else groups.set(count.stream, [count]);
  }
  return groups;
};

/** Returns the scope that an unreadable domain event affects. */
const scopeOf = ({ stream }: RecordedEvent): CountingScope =>
  stream.startsWith(PREFIXES.login) ? { loginStream: stream } : { eventId: stream.slice(PREFIXES.rewardEvent.length) };

const failureOf = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return error instanceof CheckpointMismatch
    ? `The counter's checkpoint does not match the log. ${message} Rebuild the counter: npm run rebuild -- counter`
    : message;
};
