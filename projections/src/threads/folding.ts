import { sleep } from '@rewards/async';
import type { Upcast } from '@rewards/contracts';
import { Rebuilds } from '../operations/rebuilds';
import { PROJECTIONS } from '../read-models';
import { Checkpoints } from '../runner/checkpoints';
import { keepReadModels } from '../runner/keep-read-models';
import type { OpenEngines } from './open-engines';
import { toPlainError } from './plain-error';
import { ThreadPort } from './thread-port';

const ALIVE_MS = 1_000;

/** Keeps read models in a thread of its own, with the only connection that writes them. Runs until the service stops. */
export const runFolding = async ({ openStore, openViews }: OpenEngines, upcast: Upcast): Promise<void> => {
  const port = new ThreadPort(({ id, name }) => {
    rebuilds.request(name).then(
      (version) => port.post({ kind: 'rebuilding', id, version }),
      (error: unknown) => port.post({ kind: 'rejected', id, error: toPlainError(error) }),
    );
  });
  const { settings, logger, failures, stopped } = port;
  const projections = PROJECTIONS.filter(({ name }) => port.readModels.includes(name));
  const store = openStore(settings, 'read');
  const views = openViews(settings, 'views', 'write');
  const checkpoints = new Checkpoints(views);
  const rebuilds = new Rebuilds(projections, ({ name, tableVersion }) => checkpoints.rebuild(name, tableVersion, store));
  const batches: Record<string, number> = {};
  const onBatch = (name: string, events: number): void => void (batches[name] = (batches[name] ?? 0) + events);

  const reportAlive = async (): Promise<void> => {
    const error = await views.ping().then(
      () => null,
      (reason: unknown) => toPlainError(reason),
    );
    port.post({ kind: 'alive', batches: { ...batches }, error });
    for (const name of Object.keys(batches)) delete batches[name];
  };
  const reporting = (async () => {
    for (; !stopped.signal.aborted; await sleep(ALIVE_MS, { signal: stopped.signal })) await reportAlive();
  })();
  await keepReadModels(projections, { store, views, checkpoints, upcast }, { logger, failures, onBatch }, stopped.signal);
  await reporting;
  await Promise.all([store.close(), views.close()]);
  port.close();
};
