import { sleep } from '@rewards/async';
import type { Position } from '@rewards/contracts';
import { LogWatch } from '../load/log-watch';
import { Mix, PEAK_PER_SECOND } from '../load/mix';
import { runOpenLoop } from '../load/open-loop';
import { startSystemOn } from '../load/system-on-world';
import { percentileOf } from '../suite/figures';
import type { Phase } from '../suite/phase';
import type { DataSet } from '../world/data-set';

/** Interval between reads, and so the resolution of the lag. */
const POLL_INTERVAL_MS = 2;

/** Polls the head of the log and the checkpoints until the signal aborts. @returns the lag of each observed head, in ms, sorted */
const measureLags = async (data: DataSet, signal: AbortSignal): Promise<readonly number[]> => {
  const log = await LogWatch.open(data);
  const pending: { readonly position: Position; readonly since: number }[] = [];
  const lags: number[] = [];
  let last = await log.head();
  while (!signal.aborted || pending.length > 0) {
    const head = await log.head();
    if (head > last && !signal.aborted) pending.push({ position: head, since: performance.now() });
    last = head;
    const reached = await log.reached();
    while (pending[0] && pending[0].position <= reached) {
      lags.push(performance.now() - pending[0].since);
      pending.shift();
    }
    await sleep(POLL_INTERVAL_MS);
  }
  await log.close();
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
