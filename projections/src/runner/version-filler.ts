import { backoff, sleep } from '@rewards/async';
import {
  readModelCollection,
  type Checkpoint,
  type ReadModelFailure,
  type ReadModelVersion,
  type RecordedEvent,
  type Upcast,
} from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';
import type { Batch, EventStore } from '@rewards/event-store';
import type { Logger } from '@rewards/service-kit';
import { engineFailure, isDamaged, Failures } from '@rewards/service-kit/failures';
import { VersionRetired, type Checkpoints } from './checkpoints';
import { address, failureAt, foldInto } from './fold';
import type { AnyProjection } from './projection';
import { checkpointOf, whyRebuild } from './why-rebuild';

export interface Engines {
  readonly events: EventStore;
  readonly views: DocumentStore;
  readonly checkpoints: Checkpoints;
  readonly upcast: Upcast;
}

export interface FillerOptions {
  readonly logger: Logger;
  /** Where failures of engines are logged; by default they go to the logger. */
  readonly failures?: Failures;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  /** Told of every batch that the read model holds now. */
  readonly onBatch?: (projection: string, events: number) => void;
}

const pauseMs = backoff({ firstMs: 20, maxMs: 1_000, jitter: 'none' });

/**
 * A commit costs as much as the documents of several events. Where so many arrive at once, the next ones are gathered for a moment,
 * so that they share one. At a rate at which this many do not arrive together, nothing waits.
 */
const DENSE_BATCH = 12;
const GATHER_MS = 20;

/** Trying again would not help. */
class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** A version that is to be filled from where it stands. */
interface Filling {
  readonly from: ReadModelVersion;
  readonly isLiveLost: boolean;
}

/**
 * Keeps one version of a read model up to the log: reads from its checkpoint in batches, loads the batch's documents at once,
 * folds in memory, writes them at once, then the checkpoint. A document is written only over a lower position and the
 * checkpoint only forward, so a crash, a redelivery, an overlap with another filler and a sleeper that wakes are all harmless.
 */
export class VersionFiller {
  constructor(
    private readonly projection: AnyProjection,
    private readonly version: number,
    private readonly engines: Engines,
    private readonly options: FillerOptions,
  ) {}

  /**
   * Runs until the signal aborts, until the version is retired, or until it stops: at a fact that the table cannot handle,
   * which is kept beside the checkpoint, or where only a rebuild helps. An engine that is away is waited for.
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
          log.succeeded(task);
        });
        return;
      } catch (error) {
        if (signal.aborted || error instanceof VersionRetired) return;
        if (isDamaged(error)) return log.failed(task, error);
        if (!isEngineFailure(error)) {
          logger.error({ err: error, projection, version }, 'projection stopped');
          return;
        }
        log.failed(task, error);
        await sleep(pauseMs(++failures), { signal });
      }
    }
  }

  private async follow(signal: AbortSignal, onProgress: () => void): Promise<void> {
    const { events, checkpoints } = this.engines;
    const { name, prefixes } = this.projection;
    const { from, isLiveLost } = await this.begin();
    const documents = await this.open();
    let checkpoint = checkpointOf(from);
    let saved = Promise.resolve();
    for await (const batch of events.subscribe({ after: checkpoint, prefixes, signal })) {
      // A checkpoint is on its way while the next documents are written: they may be ahead of it, never behind.
      const [{ reached, failure }] = await Promise.all([this.project(batch, checkpoint, documents), saved]);
      const upToDateAt = batch.caughtUp && !failure ? this.now() : undefined;
      saved = checkpoints.advance(name, this.version, { checkpoint: reached, failure, upToDateAt, isLiveLost });
      // What goes wrong with it is met at the next batch.
      saved.catch(() => undefined);
      if (batch.caughtUp || failure) await saved;
      if (failure) throw new Stopped(`${failure.message} (position ${failure.position})`);
      checkpoint = reached;
      onProgress();
      this.options.onBatch?.(name, batch.events.length);
      if (batch.caughtUp && batch.events.length >= DENSE_BATCH) await sleep(GATHER_MS, { signal });
    }
    await saved;
  }

  private async begin(): Promise<Filling> {
    const { events, checkpoints } = this.engines;
    const { name } = this.projection;
    const { live, building } = (await checkpoints.loadAll([name])).get(name) ?? {};
    const from = [live, building].find((candidate) => candidate?.version === this.version);
    if (!live || !from) throw new VersionRetired(`${name} is not at version ${this.version} any more`);
    const reason = await whyRebuild(name, events, from);
    if (reason) throw new Stopped(reason);
    return { from, isLiveLost: from !== live && (await whyRebuild(name, events, live)) !== null };
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

  /** @returns how far the documents are now: to the end of the batch, or to the fact before the one that failed */
  private async project(
    { events, checkpoint }: Batch,
    after: Checkpoint,
    documents: Collection<object>,
  ): Promise<{ readonly reached: Checkpoint; readonly failure: ReadModelFailure | null }> {
    const failure = await this.write(events, documents);
    if (!failure) return { reached: checkpoint, failure };
    const before = events.findLast(({ position }) => position < failure.position);
    const reached = before ? { ...after, position: before.position, eventId: before.id } : after;
    return { reached, failure };
  }

  /** @returns the first fact that could not be handled; everything before it is in the documents */
  private async write(events: readonly RecordedEvent[], documents: Collection<object>): Promise<ReadModelFailure | null> {
    const [first] = events;
    if (!first) return null;
    const { addressed, failure: unaddressed } = address(this.projection, events, this.engines.upcast);
    try {
      // What is called by the position of an event is made by this event alone: there is nothing to load.
      const changing = addressed.filter(({ id, recorded }) => id !== recorded.position).map(({ id }) => id);
      const loaded = changing.length > 0 ? await documents.getMany([...new Set(changing)]) : new Map<string, never>();
      const { changed, failure: unfolded } = foldInto(this.projection, loaded, addressed);
      await documents.writeNewer(changed);
      return unfolded ?? unaddressed;
    } catch (error) {
      if (isEngineFailure(error)) throw error;
      // The store refuses what the table made of some fact of this batch; which one, it does not say.
      return failureAt(first, error);
    }
  }
}

const isEngineFailure = (error: unknown): boolean => engineFailure(error) !== null;
