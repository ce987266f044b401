/**
 * Measures the catch-up of read models on the embedded engines, and the memory of the process: first all read models together, as
 * the service runs them, then `participations` alone. Usage: npm run bench:projections -- [recorded events, default 1000000]
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@rewards/async';
import { parsePosition, START, upcast } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { Checkpoints } from '@rewards/projections/dist/runner/checkpoints';
import { keepReadModels } from '@rewards/projections/dist/runner/keep-read-models';
import { createLogger, readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { NODE_FLAGS } from '../e2e/testing/system';
import { appendAll } from './realistic-log';

const REPORT_EVERY = 100_000;
const POLL_INTERVAL_MS = 50;
const MIB = 2 ** 20;

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const catchUp = async (dataDir: string, names: readonly string[]): Promise<void> => {
  const settings = readSettings({ DATA_DIR: dataDir });
  const [store, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'write')];
  const projections = PROJECTIONS.filter(({ name }) => names.includes(name));
  const checkpoints = new Checkpoints(views);
  // The embedded log numbers its events from 1.
  const count = Number(parsePosition(await store.head()).commit);
  const slowest = async (): Promise<number> => {
    const states = await checkpoints.loadAll(names);
    return Math.min(...names.map((name) => Number(parsePosition(states.get(name)?.live.position ?? START).commit)));
  };

  const stopping = new AbortController();
  const [started, cpu] = [performance.now(), process.cpuUsage()];
  const logger = createLogger('bench', 'error');
  const background = keepReadModels(projections, { store, views, checkpoints, upcast }, { logger }, stopping.signal);
  let reached = 0;
  for (let next = REPORT_EVERY; reached < count;) {
    await sleep(POLL_INTERVAL_MS);
    reached = await slowest();
    if (reached < Math.min(next, count)) continue;
    const { rss, heapUsed } = process.memoryUsage();
    print(
      `  ${reached} events after ${((performance.now() - started) / 1_000).toFixed(1)} s: ` +
        `resident ${Math.round(rss / MIB)} MiB, heap ${Math.round(heapUsed / MIB)} MiB`,
    );
    next = (Math.floor(reached / REPORT_EVERY) + 1) * REPORT_EVERY;
  }
  const seconds = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const cpuSeconds = (user + system) / 1_000_000;
  print(
    `${names.join(', ')}: ${count} events in ${seconds.toFixed(1)} s, ${Math.round(count / seconds)}/s, ` +
      `${Math.round(count / cpuSeconds)} per CPU second (user ${(user / 1e6).toFixed(1)} s, system ${(system / 1e6).toFixed(1)} s)`,
  );
  stopping.abort();
  await background;
  await Promise.all([store.close(), views.close()]);
};

const main = async (): Promise<void> => {
  const [first = '1000000', dataDir, ...names] = process.argv.slice(2);
  if (dataDir !== undefined) return catchUp(dataDir, names);
  const directory = await mkdtemp(join(tmpdir(), 'projections-'));
  try {
    const log = openEventStore(readSettings({ DATA_DIR: directory }), 'write');
    await appendAll(log, Number(first));
    await log.close();
    for (const which of [PROJECTIONS.map(({ name }) => name), ['participations']]) {
      // A separate process, so that its memory is only that of the projections.
      const child = fork(__filename, [first, directory, ...which], { execArgv: [...NODE_FLAGS] });
      const [code] = (await once(child, 'exit')) as [number | null];
      if (code !== 0) throw new Error(`The catch-up process failed with code ${code}.`);
      for (const suffix of ['', '-wal', '-shm']) await rm(join(directory, `views.db${suffix}`), { force: true });
    }
  } finally {
    await rm(directory, { recursive: true });
  }
};

void main();
