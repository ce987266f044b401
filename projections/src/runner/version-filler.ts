import { backoff, sleep } from '@rewards/async';
import {
  readModelCollection,
  type Checkpoint,
  type ReadModelFailure,
  type ReadModelVersion,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import type { Collection, DocumentStore, Positioned } from '@rewards/document-store';
import type { Batch, EventStore } from '@rewards/event-store';
import type { Logger } from '@rewards/service-kit';
import { engineFailure, isDamaged, Failures } from '@rewards/service-kit/failures';
import { VersionRetired, type Checkpoints } from './checkpoints';
import { address, failureAt, foldInto, ProjectionContext, type Loaded } from './fold';
import type { AnyProjection } from './projection';
import { checkpointOf, rebuildReason } from './rebuild-reason';

export interface Engines {
  readonly store: EventStore;
  readonly views: DocumentStore;
  readonly checkpoints: Checkpoints;
  readonly upcast: Upcast;
}

export interface FillerOptions {
  readonly logger: Logger;
  /** Logs the failures of engines; by default, to `logger`. */
  readonly failures?: Failures;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Whether the next version may replace the live one when it has caught up; by default, it may. */
  readonly mayReplaceLive?: boolean;
  /** Called after each batch that was written to the read model. */
  readonly onBatch?: (projection: string, events: number) => void;
}

const pauseMs = backoff({ firstMs: 20, maxMs: 1_000, jitter: 'none' });

/**
 * A commit costs as much as the documents of several domain events. After a batch of at least this size, the filler pauses so that
 * the next events share a commit. At lower rates there is no pause.
 */
const DENSE_BATCH = 12;
const GATHER_MS = 20;

/**
 * While a version lags, it gathers changed documents over several batches and writes them in one transaction: pages of its indexes
 * that many documents share are then written once. The limits bound memory, and how far a crash sets the version back.
 */
const MAX_GATHERED_DOCUMENTS = 4_000;
const MAX_GATHERED_BATCHES = 16;

/** Thrown when a retry cannot help. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** A version to fill, at its current checkpoint. */
interface Filling {
  readonly from: ReadModelVersion;
  readonly isLiveMismatched: boolean;
}

/**
 * Keeps one version of a read model up to date. Reads batches from its checkpoint. For each batch it loads the documents in one
 * read and folds in memory. It writes the documents of a batch, or of several while it lags, in one write, and then the checkpoint. It writes a document only over a lower
 * position and moves the checkpoint only forward. So a crash, a redelivery, a concurrent filler or a suspended process that
 * resumes does no harm.
 */
export class VersionFiller {
  constructor(
    private readonly projection: AnyProjection,
    private readonly version: number,
    private readonly engines: Engines,
    private readonly options: FillerOptions,
  ) {}

  /**
   * Runs until the signal aborts, the version is retired, or the version stops. It stops at a domain event that the table cannot
   * handle, and stores the failure with the checkpoint. It also stops when only a rebuild helps. Retries while an engine is
   * unavailable.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { logger, failures: log = new Failures(logger) } = this.options;
    const { name: projection } = this.projection;
    const { version } = this;
    const task = `projection ${projection}`;
    let failures = 0;
    while (!signal.aborted) {
      try {
        await this.follow(signal, () => {
          failures = 0;
          log.reportSuccess(task);
        });
        return;
      } catch (error) {
        if (signal.aborted || error instanceof VersionRetired) return;
        if (isDamaged(error)) return log.reportFailure(task, error);
        if (!isEngineFailure(error)) {
          logger.error({ err: error, projection, version }, 'projection stopped');
          return;
        }
        log.reportFailure(task, error);
        await sleep(pauseMs(++failures), { signal });
      }
    }
  }

  private async follow(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { store, checkpoints } = this.engines;
    const { name, prefixes } = this.projection;
    const { from, isLiveMismatched } = await this.begin();
    const documents = await this.open();
    const gathered = new Map<string, Positioned<object>>();
    let checkpoint = checkpointOf(from);
    const context = await ProjectionContext.after(checkpoint.position, this.projection, store, this.engines.upcast);
    let written = checkpoint;
    let saved = Promise.resolve();
    let [batches, events] = [0, 0];
    let first: RecordedEvent | undefined;
    for await (const batch of store.subscribe({ after: checkpoint, prefixes, signal })) {
      const { reached, failure: foldFailure } = await this.fold(batch, checkpoint, context, documents, gathered);
      batches += 1;
      first ??= batch.events[0];
      events += batch.events.length;
      checkpoint = reached;
      const isFull = gathered.size >= MAX_GATHERED_DOCUMENTS || batches >= MAX_GATHERED_BATCHES;
      if (!batch.caughtUp && !foldFailure && !isFull) continue;
      // The checkpoint is saved while the next documents are written: they may be ahead of their checkpoint, never behind.
      const [writeFailure] = await Promise.all([this.write(gathered, first, documents), saved]);
      const failure = writeFailure ?? foldFailure;
      if (writeFailure) checkpoint = written;
      const upToDateAt = batch.caughtUp && !failure ? this.now() : undefined;
      const { mayReplaceLive } = this.options;
      const progress = { checkpoint, failure, events, upToDateAt, isLiveMismatched, mayReplaceLive };
      saved = checkpoints.advance(name, this.version, progress);
      // An error is thrown where `saved` is awaited; this only prevents an unhandled rejection.
      saved.catch(() => undefined);
      if (batch.caughtUp || failure) await saved;
      if (failure) throw new Stopped(`${failure.message} (position ${failure.position})`);
      written = checkpoint;
      gathered.clear();
      onProgress();
      this.options.onBatch?.(name, events);
      if (batch.caughtUp && events >= DENSE_BATCH) await sleep(GATHER_MS, { signal });
      [batches, events] = [0, 0];
      first = undefined;
    }
    await saved;
  }

  private async begin(): Promise<Filling> {
    const { store, checkpoints } = this.engines;
    const { name } = this.projection;
    const { live, building } = (await checkpoints.loadAll([name])).get(name) ?? {};
    const from = [live, building].find((candidate) => candidate?.version === this.version);
    if (!live || !from) throw new VersionRetired(`version ${this.version} of the read model ${name} is retired`);
    const reason = await rebuildReason(name, store, from);
    if (reason) throw new Stopped(reason);
    return { from, isLiveMismatched: from !== live && (await rebuildReason(name, store, live)) !== null };
  }

  private now(): string {
    return new Date((this.options.now ?? Date.now)()).toISOString();
  }

  private open(): Promise<Collection<object>> {
    const { name, indexes } = this.projection;
    return this.engines.views.collection<object>({
      name: readModelCollection(name, this.version),
      indexes: indexes as readonly never[],
    });
  }

  /**
   * Folds a batch into the gathered documents.
   * @returns the checkpoint that they have reached: the end of the batch, or the event before the one that failed
   */
  private async fold(
    { events, checkpoint }: Batch,
    after: Checkpoint,
    context: ProjectionContext,
    documents: Collection<object>,
    gathered: Map<string, Positioned<object>>,
  ): Promise<{ readonly reached: Checkpoint; readonly failure: ReadModelFailure | null }> {
    const { addressed, failure: addressFailure } = address(this.projection, events, this.engines.upcast, context);
    // A document whose id is an event's position depends on that event only, so there is nothing to load.
    const missing = addressed.filter(({ id, recorded }) => id !== recorded.position && !gathered.has(id)).map(({ id }) => id);
    const loaded = missing.length > 0 ? await documents.getMany([...new Set(missing)]) : new Map<string, Loaded>();
    const { changed, failure: foldFailure } = foldInto(
      this.projection,
      { get: (id) => gathered.get(id) ?? loaded.get(id) },
      addressed,
    );
    for (const document of changed) gathered.set(document.id, document);
    const failure = foldFailure ?? addressFailure;
    if (!failure) return { reached: checkpoint, failure };
    const before = events.findLast(({ position }) => position < failure.position);
    return { reached: before ? { ...after, position: before.position, eventId: before.id } : after, failure };
  }

  /**
   * Writes the gathered documents.
   * @param first the first event since the last write
   * @returns the failure if the store rejects a document
   */
  private async write(
    gathered: ReadonlyMap<string, Positioned<object>>,
    first: RecordedEvent | undefined,
    documents: Collection<object>,
  ): Promise<ReadModelFailure | null> {
    if (gathered.size === 0 || !first) return null;
    try {
      await documents.writeNewer([...gathered.values()]);
      return null;
    } catch (error) {
      if (isEngineFailure(error)) throw error;
      // The store rejected a document without identifying it, so the failure has the position of the first event.
      return failureAt(first, error);
    }
  }
}

const isEngineFailure = (error: unknown): boolean => engineFailure(error) !== null;
