import { childController, repeat } from '@rewards/async';
import { readModelCollection, type ReadModelState } from '@rewards/contracts';
import { LEASES } from '@rewards/document-store';
import { Failures, isDamaged } from '@rewards/service-kit/failures';
import type { AnyProjection } from './projection';
import { VersionFiller, type Engines, type FillerOptions } from './version-filler';

export interface RunnerOptions extends FillerOptions {
  /** How long a retired version is kept, in milliseconds. */
  readonly keepRetiredMs?: number;
  /** How long no process may fill the live version of a later release until this release replaces it, in milliseconds. */
  readonly rollBackAfterMs?: number;
}

const KEEP_RETIRED_MS = 10 * 60_000;
/** How often the state is polled for a rebuild that some instance has accepted. */
const POLL_MS = 250;
const ROLL_BACK_AFTER_MS = 30_000;

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Keeps one read model up to date. Fills the live version and, during a rebuild, the next one until it replaces the live one.
 * Drops a retired version after a while. A version that has stopped stays stopped until it is rebuilt.
 *
 * Two releases may run at the same time: each fills the versions of its own table, and the later one replaces the live version. If
 * only an earlier release is left, after a rollback, it does.
 */
export class ProjectionRunner {
  private readonly running = new Map<number, Running>();
  /** Last sign of life of the later release that filled the live version, and when it was first seen. */
  private laterRelease: { readonly heartbeat: number; readonly at: number } | null = null;

  constructor(
    private readonly projection: AnyProjection,
    private readonly engines: Engines,
    private readonly options: RunnerOptions,
    /** Whether a later table of this release fills the next version, so that this one only keeps its own up to date. */
    private readonly isPrevious = false,
  ) {}

  /** Runs until the signal aborts, or a later table has replaced a previous one. Retries while an engine is unavailable. */
  async run(signal: AbortSignal): Promise<void> {
    const { failures = new Failures(this.options.logger) } = this.options;
    const task = `read model ${this.projection.name}`;
    const running = childController(signal);
    await repeat(() => this.reconcile(() => running.abort()), {
      everyMs: POLL_MS,
      signal: running.signal,
      onSuccess: () => failures.reportSuccess(task),
      onError: (error) => failures.reportFailure(task, error),
      isPermanent: isDamaged,
    });
    running.abort();
    for (const { controller } of this.running.values()) controller.abort();
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    this.running.clear();
  }

  private async reconcile(end: () => void): Promise<void> {
    const { store, checkpoints } = this.engines;
    const { name, tableVersion: table } = this.projection;
    const source = { table, logId: await store.logId() };
    const state = this.isPrevious
      ? (await checkpoints.loadAll([name])).get(name)
      : await checkpoints.begin(name, source, await this.isRolledBack());
    if (!state) return;
    const versions = versionsOf(state, table);
    if (this.isPrevious && versions.length === 0) return end();
    for (const [version, { controller }] of this.running) if (!versions.includes(version)) controller.abort();
    for (const version of versions) if (!this.running.has(version)) this.fill(version);
    await this.dropRetired(state);
  }

  private fill(version: number): void {
    const controller = new AbortController();
    const filler = new VersionFiller(this.projection, version, this.engines, this.options);
    this.running.set(version, { controller, ended: filler.run(controller.signal) });
  }

  /** Whether a later release filled the live version, and has held no lease on it for some time. */
  private async isRolledBack(): Promise<boolean> {
    const { views, checkpoints } = this.engines;
    const { name, tableVersion } = this.projection;
    const { rollBackAfterMs = ROLL_BACK_AFTER_MS } = this.options;
    const { live } = (await checkpoints.loadAll([name])).get(name) ?? {};
    if (!live || live.table <= tableVersion) {
      this.laterRelease = null;
      return false;
    }
    const lease = await (await views.collection(LEASES)).get(leaseOf(name, live.table));
    const heartbeat = lease?.document.released === false ? lease.version : 0;
    if (this.laterRelease?.heartbeat !== heartbeat) this.laterRelease = { heartbeat, at: performance.now() };
    return performance.now() - this.laterRelease.at >= rollBackAfterMs;
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

/** Returns the name of the lease on the versions that a table of a read model fills. */
export const leaseOf = (name: string, table: number): string => `projection ${name} ${table}`;

/** Returns the versions that a table fills. */
const versionsOf = ({ live, building }: ReadModelState, table: number): readonly number[] =>
  [live, building].flatMap((candidate) => (candidate?.table === table ? [candidate.version] : []));
