import { repeat } from '@rewards/async';
import { readModelCollection, type ReadModelState } from '@rewards/contracts';
import { Failures, isDamaged } from '@rewards/service-kit/failures';
import type { AnyProjection } from './projection';
import { VersionFiller, type Engines, type FillerOptions } from './version-filler';

export interface RunnerOptions extends FillerOptions {
  /** How long a retired version is kept, in milliseconds. */
  readonly keepRetiredMs?: number;
}

const KEEP_RETIRED_MS = 10 * 60_000;
/** How often the state is polled for a rebuild that some instance has accepted. */
const POLL_MS = 250;

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Keeps one read model up to date. Fills the live version and, during a rebuild, the next one until it replaces the live one.
 * Drops a retired version after a while. A version that has stopped stays stopped until it is rebuilt.
 */
export class ProjectionRunner {
  private readonly running = new Map<number, Running>();

  constructor(
    private readonly projection: AnyProjection,
    private readonly engines: Engines,
    private readonly options: RunnerOptions,
  ) {}

  /** Runs until the signal aborts. Retries while an engine is unavailable. */
  async run(signal: AbortSignal): Promise<void> {
    const { failures = new Failures(this.options.logger) } = this.options;
    const task = `read model ${this.projection.name}`;
    await repeat(() => this.reconcile(), {
      everyMs: POLL_MS,
      signal,
      onSuccess: () => failures.reportSuccess(task),
      onError: (error) => failures.reportFailure(task, error),
      isPermanent: isDamaged,
    });
    for (const { controller } of this.running.values()) controller.abort();
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    this.running.clear();
  }

  private async reconcile(): Promise<void> {
    const { store, checkpoints } = this.engines;
    const { name, tableVersion: table } = this.projection;
    const state = await checkpoints.begin(name, { table, logId: await store.logId() });
    const versions = versionsOf(state, table);
    for (const [version, { controller }] of this.running) if (!versions.includes(version)) controller.abort();
    for (const version of versions) if (!this.running.has(version)) this.fill(version);
    await this.dropRetired(state);
  }

  private fill(version: number): void {
    const controller = new AbortController();
    const filler = new VersionFiller(this.projection, version, this.engines, this.options);
    this.running.set(version, { controller, ended: filler.run(controller.signal) });
  }

  private async dropRetired({ retired = [] }: ReadModelState): Promise<void> {
    const { views, checkpoints } = this.engines;
    const { name } = this.projection;
    const { now = Date.now, keepRetiredMs = KEEP_RETIRED_MS } = this.options;
    for (const { version, at } of retired) {
      if (Date.parse(at) + keepRetiredMs > now()) continue;
      const documents = await views.collection<object>({ name: readModelCollection(name, version), indexes: [] });
      await documents.drop();
      await checkpoints.forget(name, version);
      this.running.delete(version);
    }
  }
}

/** Returns the versions that a table fills. */
const versionsOf = ({ live, building }: ReadModelState, table: number): readonly number[] =>
  [live, building].flatMap((candidate) => (candidate?.table === table ? [candidate.version] : []));
