/**
 * Kills, freezes and starves the services under load, by seeds, and looks whether anything was lost or happened twice.
 * Usage: npm run test:faults -- [--seeds 3] [--seed 42]
 */
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { readSettings } from '@rewards/service-kit';
import { openEventStore } from '@rewards/service-kit/engines';
import { Client } from '../testing/client';
import { until } from '../testing/system';
import { complaints, filesWith, readBooks } from './books';
import { attempt, insist } from './http';
import { Player, type World } from './players';
import { Processes } from './processes';
import { pick, randomFrom } from './random';
import { scheduleOf } from './schedule';

const HOUR = 3_600_000;
const PLAYERS = 200;
const AT_ONCE = 16;
/** Of so many players one is erased when it has played. */
const ERASED_OF = 10;
const PROMISED = 100;
const REWARD = { name: '극한성장의 비약', type: 'ITEM', amount: PROMISED };
const SETTLING_MS = 60_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
};

const newEvent = (name: string, count: number) => ({
  name,
  startsAt: new Date(Date.now() - HOUR).toISOString(),
  endsAt: new Date(Date.now() + HOUR).toISOString(),
  condition: { type: 'LOGIN_COUNT', count },
  rewards: [REWARD],
  publish: true,
  requestId: name.replaceAll(' ', '-'),
});

let running: Processes | null = null;

/** One run. @throws Error that says what is wrong */
const runSeed = async (seed: number): Promise<string> => {
  const ports = [await freePort(), await freePort()] as const;
  const processes = await Processes.start(seed, ports);
  const { system } = processes;
  running = processes;
  try {
    const admin = await Client.admin(system);
    const operator = await Client.withRoles(system, admin, 'OPERATOR');
    const adminToken = (admin.authorization.authorization ?? '').slice('Bearer '.length);
    const operatorToken = (operator.authorization.authorization ?? '').slice('Bearer '.length);
    const create = async (event: object): Promise<string> => {
      const { status, body } = await insist(() => attempt('POST', `${system.url}/events`, operatorToken, event), 'event');
      if (status !== 201) throw new Error(`event: ${status} ${body.code}`);
      return body.data.eventId as string;
    };
    const everyLogin = [await create(newEvent('every login', 1_000))];
    const world: World = {
      gateway: system.url,
      commandUrls: [system.url, system.urlOf('command-service'), `http://127.0.0.1:${ports[0]}`],
      eventId: await create(newEvent('three logins', 3)),
      rewardName: REWARD.name,
      promised: PROMISED,
      adminToken,
      random: randomFrom(seed + 1),
      acknowledged: { logins: [], claims: [], erased: [] },
    };

    let isOver = false;
    const disturb = async (): Promise<void> => {
      for (const fault of scheduleOf(seed)) {
        await delay(fault.afterMs);
        await processes.do(fault);
      }
      isOver = true;
    };
    const waiting = Array.from({ length: PLAYERS }, () => new Player(world));
    const done: Player[] = [];
    const work = async (): Promise<void> => {
      for (let player = waiting.pop(); player; player = waiting.pop()) {
        await player.play();
        const place = done.push(player);
        if (place % ERASED_OF === 0) await player.erase();
        if (place === PLAYERS / 2) everyLogin.push(await create(newEvent('looks back', 1_000)));
      }
      while (!isOver) await pick(world.random, done)?.goOn();
    };
    // All of them end, so that nothing is started again behind the back of the one that failed.
    const outcomes = await Promise.allSettled([disturb(), ...Array.from({ length: AT_ONCE }, work)]);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    await system.ready();

    const settings = readSettings({ DATA_DIR: system.dataDir });
    const store = openEventStore(settings, 'read');
    try {
      let wrong: readonly string[] = [];
      await until(
        async () => {
          wrong = complaints(await readBooks(store), world.acknowledged, everyLogin, PROMISED);
          if (wrong.length > 0) await delay(300);
          return wrong.length === 0;
        },
        'right books',
        SETTLING_MS,
      ).catch(() => {
        throw new Error(`${wrong.length} complaints:\n${wrong.slice(0, 10).join('\n')}`);
      });
      const head = await store.head();
      const ask = async (path: string) =>
        (await insist(() => attempt('GET', `${system.url}${path}`, operatorToken), path)).body.data;
      await until(
        async () => ((await ask('/projections')) as { position: string }[]).every(({ position }) => position >= head),
        'projections',
        SETTLING_MS,
      );
      let verified = await ask('/verification');
      await until(
        async () =>
          ((verified = await ask('/verification')) as { position: string | null }).position !== null && verified.position >= head,
        'verification',
        SETTLING_MS,
      );
      if (!verified.ok) throw new Error(`verification: ${JSON.stringify(verified.findings.slice(0, 10))}`);
      let files: readonly string[] = [];
      const emails = world.acknowledged.erased.map(({ email }) => email);
      await until(() => (files = filesWith(system.dataDir, emails)).length === 0, 'erased files', SETTLING_MS).catch(() => {
        throw new Error(`erased accounts are still in ${files.join(', ')}`);
      });
      const { logins, claims } = world.acknowledged;
      return `${logins.length} logins and ${claims.length} claims acknowledged, ${verified.checked.participationFacts} facts verified`;
    } finally {
      await store.close();
    }
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${system.output.slice(-5_000)}`, {
      cause: error,
    });
  } finally {
    await processes.stop();
    running = null;
  }
};

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { seeds: { type: 'string', default: '3' }, seed: { type: 'string', default: '42' } } });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void (running?.stop() ?? Promise.resolve()).finally(() => process.exit(130)));
  }
  const first = Number(values.seed);
  let failed = 0;
  for (let seed = first; seed < first + Number(values.seeds); seed += 1) {
    const startedAt = performance.now();
    const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
    try {
      say(`seed ${seed}: ${await runSeed(seed)} in ${seconds()}`);
    } catch (error) {
      failed += 1;
      say(`seed ${seed} FAILED after ${seconds()}: ${error instanceof Error ? error.message : String(error)}`);
      say(`Its faults: ${JSON.stringify(scheduleOf(seed))}`);
      say(`Again: npm run test:faults -- --seeds 1 --seed ${seed}`);
    }
  }
  process.exitCode = failed === 0 ? 0 : 1;
};

void main();
