/** Program: verifies a log and its read models, and sends the report. */
import { upcast } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { Checkpoints } from '@rewards/projections/dist/runner/checkpoints';
import { verify } from '@rewards/projections/dist/verification/verification';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import type { Verified } from '../phases/verification';

const SAMPLE_EVERY_MS = 50;
const MIB = 2 ** 20;

const run = async (environment: NodeJS.ProcessEnv): Promise<Verified> => {
  const settings = readSettings(environment);
  const [store, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'read')];
  let residentMiB = 0;
  const sampling = setInterval(() => (residentMiB = Math.max(residentMiB, process.memoryUsage().rss / MIB)), SAMPLE_EVERY_MS);
  const startedAt = performance.now();
  const signal = new AbortController().signal;
  const report = await verify(PROJECTIONS, { store, views, checkpoints: new Checkpoints(views), upcast }, { signal });
  const seconds = (performance.now() - startedAt) / 1_000;
  clearInterval(sampling);
  await Promise.all([store.close(), views.close()]);
  return { report, seconds, residentMiB };
};

void run(JSON.parse(process.argv[2] ?? '{}') as NodeJS.ProcessEnv).then((verified) =>
  process.send?.(verified, () => process.disconnect()),
);
