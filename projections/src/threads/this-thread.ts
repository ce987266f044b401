import type { ReadModelVersion } from '@rewards/contracts';
import type { Background } from './background';
import { keepReadModels } from '../runner/keep-read-models';
import type { AnyProjection } from '../runner/projection';
import type { RunnerOptions } from '../runner/runner';
import type { Engines } from '../runner/version-filler';
import { verify, type VerificationReport } from '../verification/verification';

/** Does the background work in the thread that answers HTTP, with engines and projections that cannot be passed to another one. */
export class BackgroundInThisThread implements Background {
  private readonly ended = new AbortController();
  private readonly keeping: Promise<void>;

  constructor(
    private readonly projections: readonly AnyProjection[],
    private readonly engines: Engines,
    private readonly options: RunnerOptions,
  ) {
    this.keeping = keepReadModels(projections, engines, options, this.ended.signal);
  }

  requireEngine(): void {}

  requireFolding(): void {}

  rebuild(name: string): Promise<ReadModelVersion> {
    const table = this.projections.find((projection) => projection.name === name)?.tableVersion ?? 0;
    return this.engines.checkpoints.rebuild(name, table, this.engines.store);
  }

  verify(signal: AbortSignal): Promise<VerificationReport> {
    return verify(this.projections, this.engines, { signal, now: this.options.now });
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.keeping;
  }
}
