import { PREFIXES, type Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { openEventStore } from '@rewards/service-kit/engines';
import { SERVICES, type System } from '../../e2e/testing/system';
import { unexpectedOf } from '../load/latencies';
import { LogWatch } from '../load/log-watch';
import { Mix, PEAK_PER_SECOND } from '../load/mix';
import { runOpenLoop } from '../load/open-loop';
import { cpuMsOf, residentMiB } from '../load/processes';
import { startSystemOn } from '../load/system-on-world';
import type { Measurements, Phase } from '../suite/phase';

const SOAK_FACTOR = 10;
/** The soak is measured in parts, so that a change over time shows in the spread. */
const SOAK_PARTS = 10;
const WARM_UP_SHARE = 0.25;
/** The first warm-up, in lengths of a step: until the services have compiled their code and filled their caches. */
const FIRST_WARM_UP_STEPS = 2;

/** A request may be rejected: some claims ask for too much. */
const isExpected = (status: number): boolean => status < 300 || status === 409;

interface Step {
  readonly row: string;
  readonly factor: number;
  readonly seconds: number;
}

const measureStep = async (
  bench: Measurements,
  { row, factor, seconds }: Step,
  system: System,
  mix: Mix,
  store: EventStore,
): Promise<void> => {
  const [perSecond, warmUpSeconds] = [factor * PEAK_PER_SECOND, seconds * WARM_UP_SHARE];
  const pids = SERVICES.map((service) => ({ service, pid: system.pidOf(service) }));
  const before = await store.head();
  const cpuBefore = pids.map(({ pid }) => cpuMsOf(pid));
  const result = await runOpenLoop({ url: system.url, perSecond, seconds, warmUpSeconds, next: mix.next });
  const requests = Math.max(1, result.completed) * (1 + WARM_UP_SHARE);
  bench.sample(row, 'requests/s', result.perSecond);
  for (const [name, value] of [
    ['p50', result.p50],
    ['p99', result.p99],
    ['max', result.max],
  ] as const)
    bench.sample(`${row}: ${name}`, 'ms', value);
  let total = 0;
  for (const [index, { service, pid }] of pids.entries()) {
    const cpu = (cpuMsOf(pid) - (cpuBefore[index] ?? 0)) / requests;
    total += cpu;
    bench.sample(`${row}: CPU of ${service}`, 'ms/request', cpu);
    bench.sample(`${row}: memory of ${service}`, 'MiB', residentMiB(pid));
  }
  bench.sample(`${row}: CPU of all services`, 'ms/request', total);
  const unexpected = unexpectedOf(result, isExpected) - result.unfinished;
  bench.sample(`${row}: unexpected answers`, 'requests', unexpected);
  if (unexpected > 0) {
    const byStatus = Object.entries(result.statuses).map(([status, count]) => `${count} × ${status}`);
    bench.note(`${row}: the answers were ${byStatus.join(', ')} (0: the connection ended).`);
  }
  bench.sample(`${row}: no answer 5 s after the end`, 'requests', result.unfinished);
  const counts = await countTypes(store, before);
  bench.sample(
    `${row}: logins counted`,
    'events/login',
    (counts.get('LoginCounted') ?? 0) / Math.max(1, counts.get('LoggedIn') ?? 0),
  );
};

const countTypes = async (store: EventStore, after: Position): Promise<ReadonlyMap<string, number>> => {
  const counts = new Map<string, number>();
  for await (const batch of store.subscribe({ after, prefixes: [PREFIXES.login, PREFIXES.participation] })) {
    for (const { type } of batch.events) counts.set(type, (counts.get(type) ?? 0) + 1);
    if (batch.caughtUp) break;
  }
  return counts;
};

const run = async (bench: Measurements): Promise<void> => {
  const { data, log } = await bench.world.openFilled(bench.progress);
  const { system, tokens } = await startSystemOn(data);
  const store = openEventStore(data.settings, 'read');
  const watch = await LogWatch.open(data);
  const { repetitions, soakSeconds, factors } = bench.options;
  try {
    const mix = new Mix(data, log, tokens);
    bench.note(`${log.plan.players} players; a first login today counts for ${log.openCounts.toFixed(2)} events on average.`);
    bench.progress('warming up');
    const seconds = bench.secondsFor(factors.length * repetitions * (1 + WARM_UP_SHARE) + FIRST_WARM_UP_STEPS);
    const warmUp = { perSecond: PEAK_PER_SECOND, seconds: 0.1, warmUpSeconds: FIRST_WARM_UP_STEPS * seconds };
    await runOpenLoop({ url: system.url, ...warmUp, next: mix.next });
    await bench.repeat(async () => {
      for (const factor of factors) {
        await watch.quiet();
        await measureStep(bench, { row: `${factor}×`, factor, seconds }, system, mix, store);
      }
    });
    for (let part = 0; soakSeconds !== null && part < SOAK_PARTS; part += 1) {
      bench.progress(`soak, part ${part + 1} of ${SOAK_PARTS}`);
      const length = soakSeconds / SOAK_PARTS / (1 + WARM_UP_SHARE);
      await measureStep(bench, { row: `soak at ${SOAK_FACTOR}×`, factor: SOAK_FACTOR, seconds: length }, system, mix, store);
    }
  } finally {
    await Promise.all([store.close(), watch.close()]);
    await system.stop();
  }
};

export const mixed: Phase = {
  name: 'mixed',
  purpose: "the seed's day in its ratio through the gateway, at multiples of its peak of 136 requests a second",
  weight: 4,
  run,
};
