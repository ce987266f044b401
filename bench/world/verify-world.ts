/** Program: verifies a log and its read models in the threads of projections, and sends the report. */
import { BackgroundThreads, compiledThreads } from '@rewards/projections/dist/threads/threads';
import { createLogger, readSettings } from '@rewards/service-kit';
import { Failures } from '@rewards/service-kit/failures';
import type { Verified } from '../phases/verification';

const SAMPLE_EVERY_MS = 50;
const MIB = 2 ** 20;

const run = async (environment: NodeJS.ProcessEnv): Promise<Verified> => {
  const failures = new Failures(createLogger('bench', 'error'));
  if (!compiledThreads) throw new Error('the threads are not compiled: run npm run build');
  const background = new BackgroundThreads(
    readSettings(environment),
    failures,
    { onBatch: () => undefined },
    compiledThreads,
    [],
  );
  let residentMiB = 0;
  const sampling = setInterval(() => (residentMiB = Math.max(residentMiB, process.memoryUsage().rss / MIB)), SAMPLE_EVERY_MS);
  const [startedAt, cpu] = [performance.now(), process.cpuUsage()];
  const report = await background.verify(new AbortController().signal);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(sampling);
  await background.stop();
  return { report, seconds, cpuSeconds: (user + system) / 1e6, residentMiB };
};

void run(JSON.parse(process.argv[2] ?? '{}') as NodeJS.ProcessEnv).then((verified) =>
  process.send?.(verified, () => process.disconnect()),
);
