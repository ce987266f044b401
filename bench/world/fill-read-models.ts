/** Program: lets read models catch up with the log in the threads of projections, and sends how long it took. */
import { sleep } from '@rewards/async';
import { START } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { Checkpoints } from '@rewards/projections/dist/runner/checkpoints';
import { BackgroundThreads, compiledThreads } from '@rewards/projections/dist/threads/threads';
import { createLogger, readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { Failures } from '@rewards/service-kit/failures';
import type { Filled } from './shared-world';

const POLL_INTERVAL_MS = 50;
const MIB = 2 ** 20;

const fill = async (environment: NodeJS.ProcessEnv, selected: readonly string[]): Promise<Filled> => {
  const settings = readSettings(environment);
  const [store, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'read')];
  const names = selected.length > 0 ? selected : PROJECTIONS.map(({ name }) => name);
  const checkpoints = new Checkpoints(views);
  const head = await store.head();
  if (!compiledThreads) throw new Error('the threads are not compiled: run npm run build');
  const failures = new Failures(createLogger('bench', 'error'));
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const background = new BackgroundThreads(settings, failures, { onBatch: () => undefined }, compiledThreads, names);
  const isBehind = async (): Promise<boolean> => {
    const states = await checkpoints.loadAll(names);
    return names.some((name) => (states.get(name)?.live.position ?? START) < head);
  };
  let residentMiB = 0;
  while (await isBehind()) {
    residentMiB = Math.max(residentMiB, process.memoryUsage().rss / MIB);
    await sleep(POLL_INTERVAL_MS);
  }
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  await background.stop();
  const events = store.eventsBetween(START, head) ?? 0;
  await Promise.all([store.close(), views.close()]);
  return { events, seconds, cpuSeconds: (user + system) / 1e6, residentMiB };
};

const [environment = '{}', ...names] = process.argv.slice(2);
void fill(JSON.parse(environment) as NodeJS.ProcessEnv, names).then((filled) =>
  process.send?.(filled, () => process.disconnect()),
);
