import { childController, sleep } from '@rewards/async';
import { type ReadModelVersion } from '@rewards/contracts';
import { Rebuilds } from '../operations/rebuilds';
import { keepReadModels } from '../runner/keep-read-models';
import type { AnyProjection } from '../runner/projection';
import type { RunnerOptions } from '../runner/runner';
import type { Engines } from '../runner/version-filler';
import { shareOf } from './progress-bar';

export interface RebuildOptions extends RunnerOptions {
  readonly projections: readonly AnyProjection[];
  /** Told how much is done, from 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

const LOOK_EVERY_MS = 100;

/**
 * Rebuilds a read model and waits until the new version is live. While the service runs, that fills it, as it has the lease;
 * otherwise it is filled here.
 * @returns false for an unknown read model, or when the signal aborted first: a rebuild that was begun goes on with the service
 * @throws Error when the projection stopped, EventStoreUnavailable, DocumentStoreUnavailable
 */
export const rebuildReadModel = async (name: string, engines: Engines, options: RebuildOptions): Promise<boolean> => {
  const { projections, onProgress, signal } = options;
  const building = await new Rebuilds(projections, engines.events, engines.checkpoints).request(name);
  if (!building) return false;
  const finished = childController(signal);
  const keeping = keepReadModels(projections, engines, options, finished.signal);
  try {
    return await isLive(name, building, engines, onProgress, signal);
  } finally {
    finished.abort();
    await keeping;
  }
};

const isLive = async (
  name: string,
  { version }: ReadModelVersion,
  { events, checkpoints }: Engines,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<boolean> => {
  const end = await events.head();
  while (!signal.aborted) {
    const { live, building } = (await checkpoints.loadAll([name])).get(name) ?? {};
    // A damaged log is noticed by whoever reads it: nothing would move then.
    await events.head();
    // Beside a live version that has come nowhere yet, the new one is live before it is filled.
    const filling = live && live.version >= version ? live : building;
    if (filling?.failure) throw new Error(`${filling.failure.message} (position ${filling.failure.position})`);
    if (filling && filling === live && filling.position >= end) break;
    if (filling) onProgress(shareOf(filling.position, end));
    await sleep(LOOK_EVERY_MS, { signal });
  }
  if (signal.aborted) return false;
  onProgress(1);
  return true;
};
