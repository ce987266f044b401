/**
 * Measures the time from an append until all read models show it, at a fixed rate of mixed requests through the gateway. All five
 * services run on this machine. Usage: npm run bench:lag -- [requests a second, default 136] [seconds, default 30]
 */
import { sleep } from '@rewards/async';
import { READ_MODEL_STATES, START, type Position, type ReadModelState } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { mixedRequest, pick, printResult, runLoad, setUp, startSystem } from './mix';

/** Interval between reads, and so the resolution of the lag. */
const POLL_INTERVAL_MS = 2;
const NAMES = PROJECTIONS.map(({ name }) => name);
const [rate = '136', seconds = '30'] = process.argv.slice(2);

/** Polls the head of the log and the checkpoints until the signal aborts. @returns the lag of each observed head, in ms */
const measureLags = async (dataDir: string, signal: AbortSignal): Promise<readonly number[]> => {
  const settings = readSettings({ DATA_DIR: dataDir });
  const [log, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'read')];
  const states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
  const pending: { readonly position: Position; readonly since: number }[] = [];
  const lags: number[] = [];
  let last = await log.head();
  while (!signal.aborted || pending.length > 0) {
    const head = await log.head();
    if (head > last && !signal.aborted) pending.push({ position: head, since: performance.now() });
    last = head;
    const documents = await states.getMany(NAMES);
    const reached = NAMES.map((name) => documents.get(name)?.document.live.position ?? START).reduce((a, b) => (a < b ? a : b));
    while (pending[0] && pending[0].position <= reached) {
      lags.push(performance.now() - pending[0].since);
      pending.shift();
    }
    await sleep(POLL_INTERVAL_MS);
  }
  await Promise.all([log.close(), views.close()]);
  return lags;
};

const main = async (): Promise<void> => {
  const system = await startSystem();
  try {
    const { eventId, players } = await setUp(system);
    const stopping = new AbortController();
    const measuring = measureLags(system.dataDir, stopping.signal);
    const result = await runLoad(system.url, () => mixedRequest(eventId, pick(players)), {
      connections: 16,
      seconds: Number(seconds),
      overallRate: Number(rate),
    });
    stopping.abort();
    const lags = [...(await measuring)].sort((a, b) => a - b);
    const at = (share: number) => (lags[Math.ceil(lags.length * share) - 1] ?? 0).toFixed(0);
    printResult('mixed requests through the gateway', result);
    process.stdout.write(
      `lag of all read models, over ${lags.length} observed heads of the log: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms\n`,
    );
  } finally {
    await system.stop();
  }
};

void main();
