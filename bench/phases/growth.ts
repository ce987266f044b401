import { claimRequest } from '../load/claim-requests';
import { PEAK_PER_SECOND } from '../load/mix';
import { runOpenLoop } from '../load/open-loop';
import { cpuMsOf, fileSizes, residentMiB, writtenBytesOf } from '../load/processes';
import type { NextRequest } from '../load/requests';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import type { Measurements, Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import { REALISTIC, RUNNING_EVENTS } from '../world/generate-log';
import { writeLog, type WrittenLog } from '../world/write-log';
import { COMMAND_SERVICE } from './claims';

/** Domain events for each player of the realistic log, on average. */
const EVENTS_PER_PLAYER = 67;
/** Players of the logs in which the number of running events varies. */
const SMALL_LOG_PLAYERS = 16;
/** Participations that claim in turn in the load that is the same at every size of the log. */
const FEW = 50;
/** How fast a log is written on a slow machine, in domain events a second. */
const WRITTEN_PER_SECOND = 10_000;
const KIB = 1_024;

type Claimable = WrittenLog['completed'][number];

/** @returns claims of these participations in turn, from a random one on */
const claimsOf = (tokens: TokenIssuer, { ids }: DataSet, pairs: readonly Claimable[]): NextRequest => {
  let next = Math.floor(Math.random() * pairs.length);
  return () => claimRequest(tokens, ids, pairs[(next += 1) % pairs.length] ?? [0, 0]);
};

/** Claims at the seed's peak, after a warm-up of half the time. */
const measureClaims = async (
  bench: Measurements,
  row: string,
  who: string,
  { url, pid }: ServiceProcess,
  next: NextRequest,
  seconds: number,
): Promise<void> => {
  const load = { url, perSecond: PEAK_PER_SECOND, next };
  await runOpenLoop({ ...load, seconds: 0.1, warmUpSeconds: seconds / 2 });
  const [cpu, written] = [cpuMsOf(pid), writtenBytesOf(pid)];
  const result = await runOpenLoop({ ...load, seconds, warmUpSeconds: 0 });
  bench.sample(`${row}: claim p50, ${who}`, 'ms', result.p50);
  bench.sample(`${row}: claim p99, ${who}`, 'ms', result.p99);
  bench.sample(`${row}: CPU of a claim, ${who}`, 'ms', (cpuMsOf(pid) - cpu) / result.completed);
  bench.sample(`${row}: written for a claim, ${who}`, 'kB', (writtenBytesOf(pid) - written) / KIB / result.completed);
};

/** Starts, claims and stops repeatedly on one log. */
const measureOn = async (bench: Measurements, row: string, data: DataSet, log: WrittenLog, shares: number): Promise<void> => {
  const tokens = await TokenIssuer.start();
  const environment = { ...data.environment, AUTH_URL: tokens.url };
  const { repetitions } = bench.options;
  // Two loads, each with a warm-up.
  const seconds = bench.secondsFor(shares * repetitions * 2 * 1.5);
  try {
    if (data.settings.eventStoreUrl === null) {
      const bytes = [...fileSizes(data.folder)]
        .filter(([name]) => name.startsWith('events.db'))
        .reduce((sum, [, size]) => sum + size, 0);
      bench.sample(`${row}: log at rest`, 'bytes/event', bytes / log.events);
    }
    // The first start saves what later ones read.
    const first = await ServiceProcess.start(COMMAND_SERVICE, environment);
    bench.sample(`${row}: first start`, 'ms', first.startedInMs);
    await first.stop();
    await bench.repeat(async () => {
      const service = await ServiceProcess.start(COMMAND_SERVICE, environment);
      try {
        bench.sample(`${row}: start`, 'ms', service.startedInMs);
        bench.sample(`${row}: CPU of a start`, 'ms', cpuMsOf(service.pid));
        bench.sample(`${row}: memory after a start`, 'MiB', residentMiB(service.pid));
        const claimants: readonly (readonly [string, readonly Claimable[]])[] = [
          [`${FEW} participations`, log.completed.slice(0, FEW)],
          ['all participations', log.completed],
        ];
        for (const [who, pairs] of claimants)
          await measureClaims(bench, row, who, service, claimsOf(tokens, data, pairs), seconds);
        bench.sample(`${row}: memory under load`, 'MiB', residentMiB(service.pid));
      } finally {
        await service.stop();
      }
    });
  } finally {
    await tokens.stop();
  }
};

const run = async (bench: Measurements): Promise<void> => {
  const { sizes, running: runningEvents } = bench.options;
  const logs: { readonly row: string; readonly data: DataSet; readonly log: WrittenLog }[] = [];
  for (const running of runningEvents) {
    const data = new DataSet(await bench.folder());
    const events = RUNNING_EVENTS.slice(0, Math.min(running, RUNNING_EVENTS.length));
    const quietEvents = running - events.length;
    const plan = { ...REALISTIC, players: SMALL_LOG_PLAYERS, events, quietEvents, completed: 1, now: Date.now() };
    logs.push({ row: `${running} running events`, data, log: await writeLog(data, plan, bench.progress) });
  }
  for (const size of sizes.toSorted((a, b) => a - b)) {
    const isTooLarge = size / WRITTEN_PER_SECOND > 2 * Math.max(60, bench.budgetSeconds - bench.elapsedSeconds);
    if (isTooLarge) {
      bench.note(`The time did not suffice for ${size} stored events: give the run more --minutes.`);
      continue;
    }
    bench.progress(`writing a log of ${size} events`);
    const data = new DataSet(await bench.folder());
    const players = Math.max(8, Math.round(size / EVENTS_PER_PLAYER));
    logs.push({
      row: `${size} stored events`,
      data,
      log: await writeLog(data, { ...REALISTIC, players, now: Date.now() }, bench.progress),
    });
  }
  // All logs are written first, so that the time that is left is the same for each.
  for (const [index, { row, data, log }] of logs.entries()) await measureOn(bench, row, data, log, logs.length - index);
};

export const growth: Phase = {
  name: 'growth',
  purpose: 'start, memory and claims at 136 a second of command-service alone, by stored and by running events',
  weight: 4,
  run,
};
