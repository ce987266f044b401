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
  /** Called with the share that is done, from 0 to 1. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

const POLL_MS = 100;

/**
 * Rebuilds a read model and waits until the new version is live. While the service runs, it has the lease and fills the version;
 * otherwise this process fills it.
 * @returns false if the signal aborts first; the service then continues the rebuild
 * @throws Rejected NO_SUCH_READ_MODEL; Error if the projection stops; EventStoreUnavailable, DocumentStoreUnavailable
 */
export const rebuildReadModel = async (name: string, engines: Engines, options: RebuildOptions): Promise<boolean> => {
  const { projections, onProgress, signal } = options;
  const { store, checkpoints } = engines;
  const rebuilds = new Rebuilds(projections, ({ name, tableVersion }) => checkpoints.rebuild(name, tableVersion, store));
  const building = await rebuilds.request(name);
  const finished = childController(signal);
  const keeping = keepReadModels(projections, engines, options, finished.signal);
  try {
    return await waitUntilLive(name, building, engines, onProgress, signal);
  } finally {
    finished.abort();
    await keeping;
  }
};

const waitUntilLive = async (
  name: string,
  { version }: ReadModelVersion,
  { store, checkpoints }: Engines,
  onProgress: (share: number) => void,
  signal: AbortSignal,
): Promise<boolean> => {
  const end = await store.head();
  while (!signal.aborted) {
    const { live, building } = (await checkpoints.loadAll([name])).get(name) ?? {};
    // Throws if the log is damaged. Otherwise this loop would wait for progress that never comes.
    await store.head();
    // The new version becomes live before it is filled if the live one is still at the start.
    const filling = live && live.version >= version ? live : building;
    if (filling?.failure) throw new Error(`${filling.failure.message} (position ${filling.failure.position})`);
    if (filling && filling === live && filling.position >= end) break;
    if (filling) onProgress(shareOf(filling.position, end));
    await sleep(POLL_MS, { signal });
  }
  if (signal.aborted) return false;
  onProgress(1);
  return true;
};
