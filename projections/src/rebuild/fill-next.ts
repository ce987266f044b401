import { childController, sleep } from '@rewards/async';
import { keepReadModels } from '../runner/keep-read-models';
import type { AnyProjection } from '../runner/projection';
import type { RunnerOptions } from '../runner/runner';
import type { Engines } from '../runner/version-filler';
import { shareOf } from './progress-bar';

export interface FillNextOptions extends RunnerOptions {
  readonly projections: readonly AnyProjection[];
  /** Called with the read model and the share that is done, from 0 to 1. */
  readonly onProgress: (name: string, share: number) => void;
  readonly signal: AbortSignal;
}

const POLL_MS = 100;

/**
 * Fills the next version of each read model that this release changes, and the first one of each that it adds, while the previous release runs and keeps the live versions
 * up to date. Replaces none of them: the services of this release do so when they start, and have only the last moments to read.
 * @returns the names of the read models that were filled, when each has caught up with its live version
 * @throws Error if a projection stops; the signal's reason; errors of the engines
 */
export const fillNext = async (engines: Engines, options: FillNextOptions): Promise<readonly string[]> => {
  const { projections, onProgress, signal } = options;
  const { checkpoints, store } = engines;
  const states = await checkpoints.loadAll(projections.map(({ name }) => name));
  // A new read model has no live version that the previous release keeps, so its first one is filled. A new system has none at all.
  const isNew = (name: string) => states.size > 0 && !states.has(name);
  const changed = projections.filter(
    ({ name, tableVersion }) => isNew(name) || (states.get(name)?.live.table ?? tableVersion) < tableVersion,
  );
  const end = await store.head();
  const ended = childController(signal);
  const own = changed.map(({ previous: _previous, ...projection }) => projection);
  const keeping = keepReadModels(own, engines, { ...options, mayReplaceLive: false }, ended.signal);
  try {
    for (const { name, tableVersion } of changed) {
      for (;;) {
        signal.throwIfAborted();
        // Throws if the log is damaged. Otherwise this loop would wait for progress that never comes.
        await store.head();
        const { live, building } = (await checkpoints.loadAll([name])).get(name) ?? {};
        if (live && live.table >= tableVersion && !isNew(name)) break;
        const filling = isNew(name) ? live : building;
        if (filling?.failure) throw new Error(`${name}: ${filling.failure.message} (position ${filling.failure.position})`);
        if (live && filling?.table === tableVersion) {
          const goal = isNew(name) ? end : live.position;
          if (filling.position >= goal) break;
          onProgress(name, shareOf(filling.position, goal));
        }
        await sleep(POLL_MS, { signal });
      }
    }
  } finally {
    ended.abort();
    await keeping;
  }
  return changed.map(({ name }) => name);
};
