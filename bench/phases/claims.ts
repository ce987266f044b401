import { randomUUID } from 'node:crypto';
import { streams } from '@rewards/contracts';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { PLAYERS, playerKey, type PlayerDocument } from '../baseline/named-locks';
import { anyOf, claimRequest } from '../load/claim-requests';
import { repeatWith, runClosedLoop } from '../load/closed-loop';
import { unexpectedOf, type LoadResult } from '../load/latencies';
import { cpuMsOf } from '../load/processes';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import type { Measurements, Phase } from '../suite/phase';
import { COMPLETED_PLAYERS, REWARDS } from '../world/generate-log';
import { DataSet } from '../world/data-set';
import { writeLog } from '../world/write-log';

export const COMMAND_SERVICE = require.resolve('@rewards/command-service/dist/main');
export const NAMED_LOCKS = require.resolve('../baseline/named-locks-service');
const FLOOR = require.resolve('../floor/claims-without-effect');
const CONNECTIONS = [1, 4, 16, 64, 256] as const;
const [WARM_UP_CONNECTIONS, WARM_UP_SECONDS] = [64, 5] as const;
const FEW_PLAYERS = 50;
const AT_ONCE = 500;

/** Writes the players of the baseline, who have completed the event. @param rewards what each of them may claim */
export const writeBaselinePlayers = async (data: DataSet, players: number, rewards = REWARDS): Promise<void> => {
  const documents = openDocumentStore(data.settings, 'command', 'write');
  const collection = await documents.collection<PlayerDocument>(PLAYERS);
  const eventId = data.ids.event(0);
  for (let from = 0; from < players; from += AT_ONCE) {
    const numbers = Array.from({ length: Math.min(AT_ONCE, players - from) }, (_, index) => from + index);
    await Promise.all(
      numbers.map((player) => {
        const accountId = data.ids.account(player);
        const document = { accountId, eventId, isCompleted: true, rewards, claims: [] };
        return collection.insert(playerKey(eventId, accountId), document);
      }),
    );
  }
  await documents.close();
};

const claimsOn = async (bench: Measurements, engines: NodeJS.ProcessEnv | undefined, suffix: string): Promise<void> => {
  const { players } = bench.options;
  const few = Math.min(FEW_PLAYERS, players);
  const tokens = await TokenIssuer.start();
  const data = new DataSet(await bench.folder(), engines);
  const floorData = new DataSet(await bench.folder(), engines);
  const baselineData = new DataSet(await bench.folder(), engines, data.ids);
  bench.progress(`writing ${players} players who have completed an event`);
  await writeLog(data, { players, ...COMPLETED_PLAYERS, now: Date.now() }, bench.progress);
  await writeBaselinePlayers(baselineData, players);
  const environmentOf = ({ environment }: DataSet) => ({ ...environment, AUTH_URL: tokens.url });
  const store = openEventStore(new DataSet(await bench.folder(), engines).settings, 'write');
  const started: ServiceProcess[] = [];
  const start = async (program: string, from: DataSet): Promise<ServiceProcess> => {
    const service = await ServiceProcess.start(program, environmentOf(from));
    started.push(service);
    return service;
  };
  try {
    const system = await start(COMMAND_SERVICE, data);
    const floor = await start(FLOOR, floorData);
    const baseline = await start(NAMED_LOCKS, baselineData);
    bench.progress('signing access tokens');
    for (let player = 0; player < players; player += 1) tokens.headersOf(data.ids.account(player));

    const load = (service: ServiceProcess, population: number) => (connections: number, seconds: number) =>
      runClosedLoop({
        url: service.url,
        connections,
        seconds,
        next: () => claimRequest(tokens, data.ids, [anyOf(population), 0]),
      });
    const revisions = Array.from({ length: few }, () => ({ stream: streams.participation(randomUUID(), randomUUID()) }));
    /** One event at a time in each stream, as the queues of the command loop do it. */
    const append = async (connections: number, seconds: number): Promise<LoadResult> => {
      let next = 0;
      return repeatWith(connections, seconds, async () => {
        const { stream } = revisions[(next += 1) % revisions.length] ?? { stream: '' };
        await store.append(stream, 'any', [rawEvent()]);
        return 200;
      });
    };
    const variants = [
      { name: `command-service, ${few} players`, service: system, run: load(system, few) },
      { name: `command-service, ${players} players`, service: system, run: load(system, players) },
      { name: 'command-service, one participation', service: system, run: load(system, 1) },
      { name: `(a) floor, ${players} players`, service: floor, run: load(floor, players) },
      { name: '(b) raw appends', service: null, run: append },
      { name: `(c) named locks, ${few} players`, service: baseline, run: load(baseline, few) },
      { name: `(c) named locks, ${players} players`, service: baseline, run: load(baseline, players) },
    ];
    const seconds = bench.secondsFor(variants.length * CONNECTIONS.length * bench.options.repetitions + 20);
    bench.progress('warming up');
    for (const { run } of variants) await run(WARM_UP_CONNECTIONS, Math.min(WARM_UP_SECONDS, seconds * 3));
    await bench.repeat(async () => {
      for (const connections of CONNECTIONS) {
        const rates = new Map<string, number>();
        // One after another, so that a change of the machine's load affects all of them.
        for (const { name, service, run } of variants) {
          const cpuBefore = service ? cpuMsOf(service.pid) : 0;
          const result = await run(connections, seconds);
          const row = `${name}, ${connections} in flight${suffix}`;
          rates.set(name, result.perSecond);
          bench.sample(row, 'claims/s', result.perSecond);
          bench.sample(`${row}: p99`, 'ms', result.p99);
          if (service) bench.sample(`${row}: CPU`, 'ms/claim', (cpuMsOf(service.pid) - cpuBefore) / result.completed);
          if (unexpectedOf(result) > 0) bench.note(`${row}: ${unexpectedOf(result)} claims were not granted.`);
        }
        const percent = (of: number | undefined, base: number | undefined) => (100 * (of ?? NaN)) / (base ?? NaN);
        const [fewRate, allRate, , floorRate, , lockRate] = variants.map(({ name }) => rates.get(name));
        bench.sample(
          `${players} players, ${connections} in flight${suffix}: share of the floor (a)`,
          '%',
          percent(allRate, floorRate),
        );
        bench.sample(`${few} players, ${connections} in flight${suffix}: relative to (c)`, '%', percent(fewRate, lockRate));
        bench.sample(`${connections} in flight${suffix}: ${players} players relative to ${few}`, '%', percent(allRate, fewRate));
      }
    });
  } finally {
    for (const service of started) await service.stop();
    await Promise.all([store.close(), tokens.stop()]);
  }
};

const RAW_ID = randomUUID();
const rawEvent = () => ({
  id: randomUUID(),
  type: 'RewardClaimed',
  data: {
    eventId: RAW_ID,
    accountId: RAW_ID,
    requestId: randomUUID(),
    requested: 1,
    rewardName: REWARDS[0]?.name,
    type: 'ITEM',
    amount: 1,
    claimed: 1,
    remaining: 99,
    at: new Date().toISOString(),
  },
  metadata: {
    schemaVersion: 1,
    correlationId: randomUUID(),
    causationId: null,
    actor: { accountId: RAW_ID, roles: ['USER'] as const },
    at: new Date().toISOString(),
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  },
});

const EMBEDDED: NodeJS.ProcessEnv = {};

export const claims: Phase = {
  name: 'claims',
  purpose: 'claims through command-service, beside the floor, raw appends and the named-lock design',
  weight: 4,
  async run(bench) {
    await claimsOn(bench, EMBEDDED, '');
    const { EVENTSTORE_URL, MONGODB_URL } = process.env;
    if (EVENTSTORE_URL || MONGODB_URL) await claimsOn(bench, undefined, ', configured engines');
  },
};
