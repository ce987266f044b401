/**
 * How long after its append an event is in all read models, at a fixed rate of the seed's mix through the gateway, all five
 * services as processes of this machine. Usage: npm run bench:lag -- [requests a second, default 136] [seconds, default 30]
 */
import { sleep } from '@rewards/async';
import { READ_MODEL_STATES, START, type Position, type ReadModelState } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { readSettings } from '@rewards/service-kit';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { mixed, pick, report, runLoad, setUp, startSystem } from './mix';

/** Also how exactly a lag is known. */
const LOOK_EVERY_MS = 2;
const NAMES = PROJECTIONS.map(({ name }) => name);
const [rate = '136', seconds = '30'] = process.argv.slice(2);

/** Watches the log's end and the checkpoints side by side. @returns the lag of each end of the log that was seen, in ms */
const watch = async (dataDir: string, signal: AbortSignal): Promise<readonly number[]> => {
  const settings = readSettings({ DATA_DIR: dataDir });
  const [log, views] = [openEventStore(settings, 'read'), openDocumentStore(settings, 'views', 'read')];
  const states = await views.collection<ReadModelState>({ name: READ_MODEL_STATES, indexes: [] });
  const waiting: { readonly position: Position; readonly since: number }[] = [];
  const lags: number[] = [];
  let last = await log.head();
  while (!signal.aborted || waiting.length > 0) {
    const head = await log.head();
    if (head > last && !signal.aborted) waiting.push({ position: head, since: performance.now() });
    last = head;
    const found = await states.getMany(NAMES);
    const reached = NAMES.map((name) => found.get(name)?.document.live.position ?? START).reduce((a, b) => (a < b ? a : b));
    while (waiting[0] && waiting[0].position <= reached) {
      lags.push(performance.now() - waiting[0].since);
      waiting.shift();
    }
    await sleep(LOOK_EVERY_MS);
  }
  await Promise.all([log.close(), views.close()]);
  return lags;
};

const main = async (): Promise<void> => {
  const system = await startSystem();
  try {
    const { eventId, players } = await setUp(system);
    const ended = new AbortController();
    const watching = watch(system.dataDir, ended.signal);
    const result = await runLoad(system.url, () => mixed(eventId, pick(players)), {
      connections: 16,
      seconds: Number(seconds),
      overallRate: Number(rate),
    });
    ended.abort();
    const lags = [...(await watching)].sort((a, b) => a - b);
    const at = (share: number) => (lags[Math.ceil(lags.length * share) - 1] ?? 0).toFixed(0);
    report("the seed's mix through the gateway", result);
    process.stdout.write(
      `lag of all read models, of ${lags.length} appends seen: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, max ${at(1)} ms\n`,
    );
  } finally {
    await system.stop();
  }
};

void main();
