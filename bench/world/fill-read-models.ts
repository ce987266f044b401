/** Program: lets read models catch up with the log, as projections does, and sends how long it took. */
import { sleep } from '@rewards/async';
import { START, upcast } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { Checkpoints } from '@rewards/projections/dist/runner/checkpoints';
import { keepReadModels } from '@rewards/projections/dist/runner/keep-read-models';
import { createLogger, readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import type { Filled } from './shared-world';

const POLL_INTERVAL_MS = 50;
const MIB = 2 ** 20;

const fill = async (environment: NodeJS.ProcessEnv, names: readonly string[]): Promise<Filled> => {
  const settings = readSettings(environment);
  const [store, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'write')];
  const projections = PROJECTIONS.filter(({ name }) => names.length === 0 || names.includes(name));
  const checkpoints = new Checkpoints(views);
  const head = await store.head();
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const stopping = new AbortController();
  const background = keepReadModels(
    projections,
    { store, views, checkpoints, upcast },
    { logger: createLogger('bench', 'error') },
    stopping.signal,
  );
  const isBehind = async (): Promise<boolean> => {
    const states = await checkpoints.loadAll(projections.map(({ name }) => name));
    return projections.some(({ name }) => (states.get(name)?.live.position ?? START) < head);
  };
  let residentMiB = 0;
  while (await isBehind()) {
    residentMiB = Math.max(residentMiB, process.memoryUsage().rss / MIB);
    await sleep(POLL_INTERVAL_MS);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  stopping.abort();
  await background;
  const events = store.eventsBetween(START, head) ?? 0;
  await Promise.all([store.close(), views.close()]);
  return { events, seconds, cpuSeconds: (user + system) / 1e6, residentMiB };
};

const [environment = '{}', ...names] = process.argv.slice(2);
void fill(JSON.parse(environment) as NodeJS.ProcessEnv, names).then((filled) =>
  process.send?.(filled, () => process.disconnect()),
);
