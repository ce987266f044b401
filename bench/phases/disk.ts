import { SERVICES } from '../../e2e/testing/system';
import { claimRequest } from '../load/claim-requests';
import { LogWatch } from '../load/log-watch';
import { fileSizes, WalWatch, writtenBytesOf } from '../load/processes';
import { Connections, type LoadRequest } from '../load/requests';
import { startSystemOn, type SystemTokens } from '../load/system-on-world';
import type { Measurements, Phase } from '../suite/phase';
import { DataSet } from '../world/data-set';
import { emailOf, REWARD, SMALLEST_CLAIM, type LogPlan, type Pair } from '../world/generate-log';
import { fillReadModels } from '../world/shared-world';
import { PASSWORD, writeAccounts } from '../world/write-accounts';
import { writeLog } from '../world/write-log';

/** The number of open events at which claims are measured too. */
const USUAL_EVENTS = 12;
/** A player logs in this often before an event is complete, so that each measured login counts for every event. */
const LOGINS_TO_COMPLETE = 3;
/** How long the log and the read models must not change before an operation counts as finished. */
const QUIET_MS = 60;
const KIB = 1_024;

const atRest = (folder: string): ReadonlyMap<string, number> => {
  const byFile = new Map<string, number>();
  for (const [name, size] of fileSizes(folder)) {
    const file = name.replace(/-(wal|shm)$/, '');
    if (file.endsWith('.db')) byFile.set(file, (byFile.get(file) ?? 0) + size);
  }
  return byFile;
};

/** Sends one request at a time, each after the effects of the previous one, so that no two share a commit. */
const measureOperation = async (
  bench: Measurements,
  row: string,
  data: DataSet,
  count: number,
  requestOf: (index: number, tokens: SystemTokens) => LoadRequest,
): Promise<void> => {
  const sizes = atRest(data.folder);
  const { system, tokens } = await startSystemOn(data);
  const log = await LogWatch.open(data);
  const connections = new Connections(system.url, 1);
  const pids = SERVICES.map((service) => ({ service, pid: system.pidOf(service) }));
  try {
    let head = await log.quiet(QUIET_MS);
    const before = pids.map(({ pid }) => writtenBytesOf(pid));
    const watch = new WalWatch(data.folder);
    for (let index = 0; index < count; index += 1) {
      const status = await connections.send(requestOf(index, tokens));
      if (status === 0 || (status >= 400 && status !== 409)) throw new Error(`${row}: the answer was ${status}`);
      head = await log.quiet(QUIET_MS, head);
    }
    let total = 0;
    for (const [index, { service, pid }] of pids.entries()) {
      const written = (writtenBytesOf(pid) - (before[index] ?? 0)) / KIB / count;
      total += written;
      if (written > 0) bench.sample(`${row}: written by ${service}`, 'kB', written);
    }
    bench.sample(`${row}: written`, 'kB', total);
    for (const [file, bytes] of watch.stop())
      if (bytes > 0) bench.sample(`${row}: written to ${file}-wal`, 'kB', bytes / KIB / count);
  } finally {
    await Promise.all([connections.close(), log.close()]);
    await system.stop();
  }
  let grown = 0;
  for (const [file, size] of atRest(data.folder)) {
    const growth = (size - (sizes.get(file) ?? 0)) / KIB / count;
    grown += growth;
    if (growth > 0) bench.sample(`${row}: at rest in ${file}`, 'kB', growth);
  }
  bench.sample(`${row}: at rest`, 'kB', grown);
};

const logInOf = (player: number): LoadRequest => ({
  method: 'POST',
  path: '/auth/login',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ email: emailOf(player), password: PASSWORD }),
});

/** Starts the system once, with a login, so that the growth of files does not contain their creation. */
const createFiles = async (data: DataSet, player: number): Promise<void> => {
  const { system } = await startSystemOn(data);
  const log = await LogWatch.open(data);
  const connections = new Connections(system.url, 1);
  const head = await log.quiet(QUIET_MS);
  await connections.send(logInOf(player));
  await log.quiet(QUIET_MS, head);
  await Promise.all([connections.close(), log.close()]);
  await system.stop();
};

/** Logins and claims on the realistic log, to compare with those on small logs. */
const onRealisticLog = async (bench: Measurements, count: number): Promise<void> => {
  const { data, log } = await bench.world.openFilled(bench.progress);
  await createFiles(data, 0);
  const on = `${log.events} stored events`;
  const login = (index: number) => logInOf(1 + (index % (log.plan.players - 1)));
  await measureOperation(bench, `login that counts for ${log.openCounts.toFixed(1)} events, ${on}`, data, count, login);
  const claim = (amount: number) => (index: number, tokens: SystemTokens) => {
    // Far from each other, because the log contains the participations of a player one after another.
    const pair = log.completed[Math.floor((index * log.completed.length) / count)] ?? [0, 0];
    return claimRequest(tokens, data.ids, pair, { amount });
  };
  await measureOperation(bench, `claim, ${on}`, data, count, claim(SMALLEST_CLAIM));
  await measureOperation(bench, `rejected claim, ${on}`, data, count, claim(REWARD.amount));
};

const run = async (bench: Measurements): Promise<void> => {
  bench.note('One request at a time, so that each has its own commits. Under load, requests share them and write less.');
  if (process.env.EVENTSTORE_URL || process.env.MONGODB_URL) bench.note('The files of real engines are not measured.');
  const count = Math.max(3, Math.min(50, Math.floor(bench.budgetSeconds / 5)));
  for (const open of bench.options.open) {
    bench.progress(`${open} open events, ${count} requests of each kind`);
    const data = new DataSet(await bench.folder());
    // Half of the players have completed the events, the others have never logged in.
    const plan: LogPlan = {
      players: 2 * count,
      events: Array.from({ length: open }, () => ({ type: 'LOGIN_COUNT', count: LOGINS_TO_COMPLETE })),
      loginDays: (share) => (share < 0.5 ? 0 : LOGINS_TO_COMPLETE),
      completed: 1,
      claims: 0,
      rejected: 0,
      now: Date.now(),
    };
    const log = await writeLog(data, plan, bench.progress);
    await writeAccounts(data, plan.players + 1);
    await fillReadModels(data, []);
    await createFiles(data, plan.players);
    const veterans = new Set(log.completed.map(([player]) => player));
    const fresh = Array.from({ length: plan.players }, (_, player) => player).filter((player) => !veterans.has(player));
    const byPlayer = new Map<number, Pair>(log.completed.map((pair) => [pair[0], pair]));
    const pairs = [...byPlayer.values()];
    const logIn = (index: number) => logInOf(fresh[index % fresh.length] ?? 0);
    await measureOperation(bench, `first login, ${open} open events`, data, count, logIn);
    await measureOperation(bench, `later login, ${open} open events`, data, count, logIn);
    if (open !== USUAL_EVENTS) continue;
    const claim = (amount: number) => (index: number, tokens: SystemTokens) => {
      const pair = pairs[index % pairs.length] ?? [0, 0];
      return claimRequest(tokens, data.ids, pair, { amount });
    };
    await measureOperation(bench, 'claim', data, count, claim(SMALLEST_CLAIM));
    await measureOperation(bench, 'rejected claim', data, count, claim(REWARD.amount));
  }
  await onRealisticLog(bench, count);
};

export const disk: Phase = {
  name: 'disk',
  purpose: 'bytes written and bytes at rest for a login, a claim and a rejection, by process and file',
  weight: 2,
  run,
};
