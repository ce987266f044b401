import { streams } from '@rewards/contracts';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { PLAYERS, playerKey, type PlayerDocument } from '../baseline/named-locks';
import { claimRequest } from '../load/claim-requests';
import { Connections } from '../load/requests';
import { ServiceProcess } from '../load/service-process';
import { TokenIssuer } from '../load/token-issuer';
import { percentileOf } from '../suite/figures';
import type { Measurements, Phase } from '../suite/phase';
import { COMPLETED_PLAYERS, REWARD } from '../world/generate-log';
import { DataSet } from '../world/data-set';
import { writeLog } from '../world/write-log';
import { COMMAND_SERVICE, NAMED_LOCKS, writeBaselinePlayers } from './claims';

const CLIENTS = 64;
/** Participations that are raced for, one after another. */
const ROUNDS = 5;
/** Requests of all clients together for one participation: many more than were promised. */
const REQUESTS = 4 * CLIENTS;
const PROMISED = 20;
/** Claims in units of this size, because the promise of the log is a large one. */
const UNIT = REWARD.amount / PROMISED;

interface Race {
  readonly seconds: number;
  readonly p99: number;
}

/** 64 clients claim more than one participation holds, alternating between the instances. */
const race = async (urls: readonly string[], next: () => ReturnType<typeof claimRequest>): Promise<Race> => {
  const connections = urls.map((url) => new Connections(url, CLIENTS));
  const latencies: number[] = [];
  let sent = 0;
  const startedAt = performance.now();
  const client = async (number: number): Promise<void> => {
    while ((sent += 1) <= REQUESTS) {
      const sentAt = performance.now();
      await connections[number % connections.length]?.send(next());
      latencies.push(performance.now() - sentAt);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  const seconds = (performance.now() - startedAt) / 1_000;
  await Promise.all(connections.map((each) => each.close()));
  return {
    seconds,
    p99: percentileOf(
      latencies.toSorted((a, b) => a - b),
      0.99,
    ),
  };
};

const run = async (bench: Measurements): Promise<void> => {
  const players = 2 * ROUNDS * bench.options.repetitions;
  const tokens = await TokenIssuer.start();
  const data = new DataSet(await bench.folder());
  const baselineData = new DataSet(await bench.folder(), undefined, data.ids);
  await writeLog(data, { players, ...COMPLETED_PLAYERS, now: Date.now() }, bench.progress);
  await writeBaselinePlayers(baselineData, players);
  const started: ServiceProcess[] = [];
  const instances = async (program: string, from: DataSet): Promise<ServiceProcess[]> => {
    const environment = { ...from.environment, AUTH_URL: tokens.url };
    const both = [await ServiceProcess.start(program, environment), await ServiceProcess.start(program, environment)];
    started.push(...both);
    return both;
  };
  const store = openEventStore(data.settings, 'read');
  const documents = openDocumentStore(baselineData.settings, 'command', 'read');
  const stored = await documents.collection<PlayerDocument>(PLAYERS);
  const eventId = data.ids.event(0);
  const sum = (amounts: readonly number[]) => amounts.reduce((total, amount) => total + amount, 0) / UNIT;
  try {
    const designs = [
      {
        name: 'command-service',
        services: await instances(COMMAND_SERVICE, data),
        grantedIn: async (player: number) => {
          const events = await store.readStream(streams.participation(eventId, data.ids.account(player)));
          return sum(
            events.flatMap(({ type, data: fact }) => (type === 'RewardClaimed' ? [(fact as { amount: number }).amount] : [])),
          );
        },
      },
      {
        name: '(c) named locks',
        services: await instances(NAMED_LOCKS, baselineData),
        grantedIn: async (player: number) => {
          const found = await stored.get(playerKey(eventId, data.ids.account(player)));
          return sum(found?.document.claims.map(({ amount }) => amount) ?? []);
        },
      },
    ];
    bench.note(
      `${CLIENTS} clients send ${REQUESTS} claims of one unit to one participation, to which ${PROMISED} units were promised, ` +
        `in ${ROUNDS} rounds.`,
    );
    const promised = ROUNDS * PROMISED;
    await bench.repeat(async (repetition) => {
      for (const count of [1, 2]) {
        const first = (2 * repetition + count - 1) * ROUNDS;
        for (const { name, services, grantedIn } of designs) {
          const urls = services.slice(0, count).map(({ url }) => url);
          let [granted, seconds, worst] = [0, 0, 0];
          for (let player = first; player < first + ROUNDS; player += 1) {
            const result = await race(urls, () => claimRequest(tokens, data.ids, [player, 0], { amount: UNIT }));
            granted += await grantedIn(player);
            seconds += result.seconds;
            worst = Math.max(worst, result.p99);
          }
          const row = `${name}, ${count === 1 ? 'one instance' : 'two instances'}`;
          bench.sample(`${row}: granted of ${promised} promised`, 'units', granted);
          bench.sample(row, 'requests/s', (ROUNDS * REQUESTS) / seconds);
          bench.sample(`${row}: p99, worst round`, 'ms', worst);
        }
      }
    });
  } finally {
    for (const service of started) await service.stop();
    await Promise.all([store.close(), documents.close(), tokens.stop()]);
  }
};

export const contention: Phase = {
  name: 'contention',
  purpose: '64 clients on one participation, through one and two instances',
  weight: 0.5,
  run,
};
