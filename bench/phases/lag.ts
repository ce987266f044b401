import { sleep } from '@rewards/async';
import { READ_MODEL_STATES, START, type Position, type ReadModelState } from '@rewards/contracts';
import { PROJECTIONS } from '@rewards/projections/dist/read-models';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { Mix, PEAK_PER_SECOND } from '../load/mix';
import { runOpenLoop } from '../load/open-loop';
import { startSystemOn } from '../load/system-on-world';
import { percentileOf } from '../suite/figures';
import type { Phase } from '../suite/phase';
import type { DataSet } from '../world/data-set';

/** Interval between reads, and so the resolution of the lag. */
const POLL_INTERVAL_MS = 2;
const NAMES = PROJECTIONS.map(({ name }) => name);

/** Polls the head of the log and the checkpoints until the signal aborts. @returns the lag of each observed head, in ms, sorted */
const measureLags = async ({ settings }: DataSet, signal: AbortSignal): Promise<readonly number[]> => {
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
  return lags.sort((a, b) => a - b);
};

export const lag: Phase = {
  name: 'lag',
  purpose: "time from an append until all read models show it, at the seed's peak",
  weight: 0.7,
  async run(bench) {
    const { data, log } = await bench.world.openFilled(bench.progress);
    const { system, tokens } = await startSystemOn(data);
    try {
      const { next } = new Mix(data, log, tokens);
      const seconds = bench.secondsFor(bench.options.repetitions * 1.5);
      await bench.repeat(async () => {
        const load = { url: system.url, perSecond: PEAK_PER_SECOND, next };
        await runOpenLoop({ ...load, seconds: 0.1, warmUpSeconds: seconds / 2 });
        const stopping = new AbortController();
        const measuring = measureLags(data, stopping.signal);
        await runOpenLoop({ ...load, seconds, warmUpSeconds: 0 });
        stopping.abort();
        const lags = await measuring;
        for (const [name, share] of [
          ['p50', 0.5],
          ['p99', 0.99],
          ['max', 1],
        ] as const)
          bench.sample(`lag of all read models: ${name}`, 'ms', percentileOf(lags, share));
      });
    } finally {
      await system.stop();
    }
  },
};
