import { repeat } from '@rewards/async';
import { readModelCollection, type ReadModelState } from '@rewards/contracts';
import { Failures, isDamaged } from '@rewards/service-kit/failures';
import type { AnyProjection } from './projection';
import { VersionFiller, type Engines, type FillerOptions } from './version-filler';

export interface RunnerOptions extends FillerOptions {
  /** How long a version is kept after it was retired, in milliseconds. */
  readonly keepRetiredMs?: number;
}

const KEEP_RETIRED_MS = 10 * 60_000;
/** How soon a rebuild that was asked for, at whichever instance, is begun. */
const WATCH_MS = 250;

interface Running {
  readonly controller: AbortController;
  readonly ended: Promise<void>;
}

/**
 * Keeps one read model: the live version up to the log, and beside it the next one, if there is one to be built, until that
 * has replaced it; what was replaced is dropped a while later. One that has stopped stays so until it is rebuilt.
 */
export class ProjectionRunner {
  private readonly running = new Map<number, Running>();

  constructor(
    private readonly projection: AnyProjection,
    private readonly engines: Engines,
    private readonly options: RunnerOptions,
  ) {}

  /** Runs until the signal aborts. An engine that is away is waited for. */
  async run(signal: AbortSignal): Promise<void> {
    const { failures = new Failures(this.options.logger) } = this.options;
    const task = `read model ${this.projection.name}`;
    await repeat(() => this.tend(), {
      everyMs: WATCH_MS,
      signal,
      onSuccess: () => failures.succeeded(task),
      onError: (error) => failures.failed(task, error),
      isPermanent: isDamaged,
    });
    for (const { controller } of this.running.values()) controller.abort();
    await Promise.all([...this.running.values()].map(({ ended }) => ended));
    this.running.clear();
  }

  private async tend(): Promise<void> {
    const { events, checkpoints } = this.engines;
    const { name, version: table } = this.projection;
    const state = await checkpoints.begin(name, { table, logId: await events.logId() });
    const wanted = versionsOf(state, table);
    for (const [version, { controller }] of this.running) if (!wanted.includes(version)) controller.abort();
    for (const version of wanted) if (!this.running.has(version)) this.fill(version);
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

/** The versions that a table fills. */
const versionsOf = ({ live, building }: ReadModelState, table: number): readonly number[] =>
  [live, building].flatMap((filled) => (filled?.table === table ? [filled.version] : []));
