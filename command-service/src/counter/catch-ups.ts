import { randomUUID } from 'node:crypto';
import {
  accountOf,
  PREFIXES,
  schemaVersionOf,
  START,
  startOf,
  streams,
  type BackfillEvent,
  type Checkpoint,
  type Position,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import { RewardEvents, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import type { Collection } from '@rewards/document-store';
import { mismatchOf, type EventStore } from '@rewards/event-store';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '@rewards/service-kit/clock';
import type { SavedDocument } from '../saved-state';
import { isUnavailable } from '../unavailable';
import { scopeKey, type CountingScope, type DeferredCounting } from './checkpoint';
import { countFor, readLogin, type Count } from './login-count';

export interface Publication {
  /** The event as it was published. */
  readonly published: ExistingRewardEvent;
  readonly position: Position;
}

/** A pass over old logins for one scope. It runs alongside the counter until it has caught up with it. */
interface CatchUp {
  readonly key: string;
  readonly scope: CountingScope;
  /** Set for a backfill, which judges logins from before the publication by the event as it was published. */
  readonly publication: Publication | null;
  /** Where it starts. A backfill saves its own checkpoints, from which it resumes. */
  readonly from: Checkpoint;
  /** Why it is blocked; null while it makes progress. */
  blockedBy: string | null;
}

/** Logins that the counter cannot count yet, and the reason. */
export interface Uncounted {
  readonly scope: CountingScope;
  readonly reason: string;
}

/** Called by catch-ups as they progress. */
export interface CatchUpHandlers {
  readonly countAll: CountAll;
  /** Called when the counter takes over an event, with the event as of the position that its catch-up has reached. */
  readonly onEventReadable: (stream: string, event: RewardEventState, position: Position) => void;
  /** Called when the end of a backfill is recorded. */
  readonly onBackfilled: (eventId: string) => void;
  /** Called with each login that the counter could not read. @param before a checkpoint before it */
  readonly onLoginRead: (at: string, before: Checkpoint) => void;
  /** Called when all logins of a stream have been read that the counter could not read. */
  readonly onLoginsReadable: (stream: string) => void;
  /** Returns the streams of all reward events. */
  readonly eventStreams: () => readonly string[];
}

export interface CatchUpEngines {
  readonly store: EventStore;
  readonly checkpoints: Collection<Checkpoint>;
  readonly deferred: Collection<DeferredCounting>;
  readonly state: Collection<SavedDocument>;
  readonly upcast: Upcast;
}

/**
 * Counts logins.
 * @param from the checkpoint up to which everything was counted before
 * @param key the key of the catch-up that counts; null for the counter itself
 */
export type CountAll = (counts: readonly Count[], from: Checkpoint, key: string | null, signal: AbortSignal) => Promise<void>;

const MAX_BACKOFF_MS = 30_000;

/**
 * Counts the logins that the counter leaves out: those for an event whose window began before its publication (a backfill), and
 * those that could not be counted when the counter reached them (deferred). Each catch-up reads the log independently until it
 * has caught up with the counter, which counts from then on. A login is judged by the event as it was at the later of the login
 * and the publication. New logins are counted in log order as well.
 *
 * Counting is idempotent: after a crash, a catch-up resumes from its saved checkpoint, or starts again.
 */
export class CatchUps {
  private readonly running = new Map<string, CatchUp>();
  private readonly runs = new Set<Promise<void>>();
  private counterPosition: Position = START;

  constructor(
    private readonly engines: CatchUpEngines,
    private readonly handlers: CatchUpHandlers,
    private readonly clock: Clock,
    private readonly failures: Failures,
  ) {}

  /** Called with each position up to which the counter has judged all logins, except those that `covers` covers. */
  counterReached(position: Position): void {
    this.counterPosition = position;
  }

  /**
   * Returns whether a catch-up counts these logins; the caller must then leave them out.
   * @param key the key of the catch-up that calls; only catch-ups with a narrower scope cover logins for it
   */
  covers(eventId: string, accountId: string, loginStream: string, key: string | null): boolean {
    if (this.running.size === 0) return false;
    // From the narrowest scope to the widest: a catch-up is covered only by the scopes before its own.
    for (const scope of [{ eventId, accountId }, { loginStream }, { eventId }]) {
      const covering = scopeKey(scope);
      if (covering === key) return false;
      if (this.running.has(covering)) return true;
    }
    return false;
  }

  /** Returns how many participations of an event are deferred individually. */
  deferredParticipations(eventId: string): number {
    return [...this.running.values()].filter(({ scope }) => scope.eventId === eventId && scope.accountId).length;
  }

  /** Returns the logins that cannot be counted at present. */
  uncounted(): readonly Uncounted[] {
    return [...this.running.values()].flatMap(({ scope, blockedBy }) => (blockedBy === null ? [] : { scope, reason: blockedBy }));
  }

  /**
   * Prepares the backfill of an event: when this returns, `covers` covers its logins.
   * @param from a checkpoint before every login that may count for the event
   * @returns a function that starts it; call it once the logins before the publication are counted, because an event that was published
   *   before may have counted some of them, and its participations then start with the terms of that publication. The backfill runs
   *   until it has caught up with the counter, or the signal aborts
   */
  backfill(publication: Publication, from: Checkpoint, signal: AbortSignal): () => void {
    const scope = { eventId: publication.published.eventId };
    const catchUp: CatchUp = { key: scopeKey(scope), scope, publication, from, blockedBy: null };
    this.running.set(catchUp.key, catchUp);
    return () => this.start(catchUp, signal);
  }

  /**
   * Defers logins in memory: when this returns, `covers` covers them.
   * @returns a function that stores the deferral and starts the retries; await it before saving a checkpoint past these logins
   */
  defer(deferral: DeferredCounting, signal: AbortSignal): () => Promise<void> {
    const key = scopeKey(deferral.scope);
    if (this.running.has(key)) return async () => undefined;
    const catchUp: CatchUp = { ...deferral, key, publication: null, blockedBy: deferral.reason };
    this.running.set(key, catchUp);
    this.failures.logger.error({ ...deferral.scope, reason: deferral.reason }, 'counter: logins cannot be counted yet, retrying');
    return async () => {
      await retry(() => this.save(key, deferral), { signal });
      this.start(catchUp, signal);
    };
  }

  /**
   * Loads the catch-ups that were deferred before a restart: when this returns, `covers` covers their logins.
   * @returns a function that starts them; call it once the counter's reward events are complete
   */
  async resume(signal: AbortSignal): Promise<() => void> {
    const resumed: CatchUp[] = [];
    for (let after: string | null = null; ;) {
      const page: Awaited<ReturnType<typeof this.engines.deferred.scan>> = await this.engines.deferred.scan(after, 100);
      for (const { id, document } of page) {
        const catchUp = { ...document, key: id, publication: null, blockedBy: document.reason };
        resumed.push(catchUp);
        this.running.set(id, catchUp);
      }
      after = page.at(-1)?.id ?? null;
      if (after === null) break;
    }
    return () => {
      for (const catchUp of resumed) this.start(catchUp, signal);
    };
  }

  /** Waits for all catch-ups to end. The caller aborts their signal first. */
  async stop(): Promise<void> {
    await Promise.all(this.runs);
    this.running.clear();
    this.counterPosition = START;
  }

  private start(catchUp: CatchUp, signal: AbortSignal): void {
    const onError = (error: unknown): void => {
      if (isUnavailable(error)) return this.failures.reportFailure('the counter', error);
      const reason = error instanceof Error ? error.message : String(error);
      if (reason !== catchUp.blockedBy)
        this.failures.logger.warn({ ...catchUp.scope, reason }, 'counter: catch-up failed, retrying');
      catchUp.blockedBy = reason;
    };
    this.running.set(catchUp.key, catchUp);
    const run = retry(() => this.run(catchUp, signal), { signal, onError, maxMs: MAX_BACKOFF_MS }).catch(onError);
    this.runs.add(run);
    void run.then(() => this.runs.delete(run));
  }

  private async run(catchUp: CatchUp, signal: AbortSignal): Promise<void> {
    const { key, scope, publication } = catchUp;
    const { store, checkpoints } = this.engines;
    let checkpoint = await this.resumeFrom(catchUp);
    const eventPrefix = scope.eventId ? streams.rewardEvent(scope.eventId) : PREFIXES.rewardEvent;
    const loginPrefix = scope.loginStream ?? (scope.accountId ? `${PREFIXES.login}${scope.accountId}-` : PREFIXES.login);
    const events = await this.eventsAt(checkpoint.position, scope, publication);

    for await (const batch of store.subscribe({ after: checkpoint, prefixes: [eventPrefix, loginPrefix], signal })) {
      const counts: Count[] = [];
      for (const recorded of batch.events) {
        if (recorded.stream.startsWith(PREFIXES.login)) counts.push(...this.countsFor(recorded, events, catchUp, checkpoint));
        else if (!publication || recorded.position > publication.position) events.fold(recorded);
      }
      await this.handlers.countAll(counts, checkpoint, key, signal);
      checkpoint = batch.checkpoint;
      const { position } = checkpoint;
      if (publication) await checkpoints.writeNewer([{ id: streams.backfill(key), position, document: checkpoint }]);
      catchUp.blockedBy = null;
      if (position >= (publication?.position ?? START) && position >= this.counterPosition) {
        // The counter counts from the next event on, so there must be no await between the comparison and this line.
        this.running.delete(key);
        const event = events.get(eventPrefix);
        if (event.situation === 'existing') this.handlers.onEventReadable(eventPrefix, event, position);
        if (scope.loginStream) this.handlers.onLoginsReadable(scope.loginStream);
        await (publication ? this.recordBackfill(publication.published.eventId, position) : this.remove(key));
        return;
      }
    }
  }

  private countsFor(recorded: RecordedEvent, events: RewardEvents, catchUp: CatchUp, before: Checkpoint): Count[] {
    const { key, scope, publication } = catchUp;
    const { stream, position } = recorded;
    const judgedAt = publication && publication.position > position ? publication.position : position;
    const accountId = accountOf(stream);
    const own = events.existing().filter(([, { eventId }]) => !this.covers(eventId, accountId, stream, key));
    // A catch-up of this login stream reads every login in it, so that it ends only when all of them can be counted.
    if (own.length === 0 && scope.loginStream === undefined) return [];
    const data = readLogin(recorded, this.engines.upcast);
    if (scope.loginStream !== undefined) this.handlers.onLoginRead(data.at, before);
    return own.flatMap(([, event]) => countFor(event, data, recorded, judgedAt) ?? []);
  }

  /** Returns where a catch-up resumes. A checkpoint of another log is not used: nothing is counted twice. */
  private async resumeFrom({ key, from, publication }: CatchUp): Promise<Checkpoint> {
    const { store, checkpoints } = this.engines;
    if (!publication) return from;
    for (const saved of [(await checkpoints.get(streams.backfill(key)))?.document, from]) {
      const checkpoint = saved && { ...saved, eventId: saved.eventId ?? null };
      if (checkpoint && (await mismatchOf(store, checkpoint)) === null) return checkpoint;
    }
    return startOf(await store.logId());
  }

  /** Returns the reward events by which a login right after the position is judged. Reads their streams, not the log. */
  private async eventsAt(position: Position, scope: CountingScope, publication: Publication | null): Promise<RewardEvents> {
    const events = new RewardEvents(this.engines.upcast);
    const names = scope.eventId ? [streams.rewardEvent(scope.eventId)] : this.handlers.eventStreams();
    if (publication) events.set(streams.rewardEvent(publication.published.eventId), publication.published);
    const after = publication?.position ?? START;
    if (position <= after) return events;
    for (const name of names) {
      for (const recorded of await this.engines.store.readStream(name))
        if (recorded.position > after && recorded.position <= position) events.fold(recorded);
    }
    return events;
  }

  private async save(key: string, deferral: DeferredCounting): Promise<void> {
    if ((await this.engines.deferred.get(key)) === null) await this.engines.deferred.insert(key, deferral);
  }

  private async remove(key: string): Promise<void> {
    const stored = await this.engines.deferred.get(key);
    if (stored) await this.engines.deferred.delete(key, stored.version);
    this.failures.logger.info({ key }, 'counter: deferred logins have been counted');
  }

  private async recordBackfill(eventId: string, position: Position): Promise<void> {
    const { store } = this.engines;
    const stream = streams.backfill(eventId);
    if (await isBackfilled(store, eventId)) return this.handlers.onBackfilled(eventId);
    const at = this.clock.iso();
    const event: BackfillEvent = { type: 'LoginsBackfilled', data: { eventId, position, at } };
    const metadata = {
      schemaVersion: schemaVersionOf(event.type),
      correlationId: eventId,
      causationId: null,
      actor: { service: 'command-service' },
      at,
    };
    await store.append(stream, 'any', [{ id: randomUUID(), ...event, metadata }], { priority: 'background' });
    this.handlers.onBackfilled(eventId);
  }
}

/** Returns whether the end of an event's backfill is recorded. */
export const isBackfilled = async (store: Pick<EventStore, 'readStream'>, eventId: string): Promise<boolean> =>
  (await store.readStream(streams.backfill(eventId))).length > 0;
