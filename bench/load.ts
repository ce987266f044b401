/**
 * Load on the whole system, all five services as processes of this machine: claims through command-service, and the seed's mix
 * through the gateway. Usage: npm run bench -- [claims|mix|all] [seconds] [connections]
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import autocannon, { type Request, type Result } from 'autocannon';
import { Client } from '../e2e/testing/client';
import { SERVICES, System, until } from '../e2e/testing/system';

const HOUR = 3_600_000;
const REWARD = '극한성장의 비약';
const PLAYERS = 50;

const [what = 'all', seconds = '15', connections = '32'] = process.argv.slice(2);

const setUp = async (system: System): Promise<{ eventId: string; players: Client[] }> => {
  const admin = await Client.admin(system);
  const operator = await Client.withRoles(system, admin, 'OPERATOR');
  const created = await operator.post('/events', {
    name: 'load',
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + 24 * HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 3 },
    rewards: [{ name: REWARD, type: 'ITEM', amount: 1_000_000_000 }],
    publish: true,
  });
  const eventId = created.body.data.eventId as string;
  const players = Array.from({ length: PLAYERS }, () => new Client(system));
  await Promise.all(
    players.map(async (player) => {
      await player.register();
      for (let login = 0; login < 3; login += 1) await player.logIn();
      await until(async () => (await player.post(`/events/${eventId}/completion`)).status === 200, 'completion');
    }),
  );
  return { eventId, players };
};

const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

const json = (player: Client) => ({ ...player.authorization, 'content-type': 'application/json' });
const claim = (eventId: string, player: Client): Request => ({
  method: 'POST',
  path: `/events/${eventId}/claims`,
  headers: json(player),
  body: JSON.stringify({ requestId: randomUUID(), rewardName: REWARD, amount: 1 }),
});

/** Of the seed: for each login 1 progress query, 1/3 completion, 3 claims. */
const mixed = (eventId: string, player: Client): Request => {
  const roll = Math.random() * (1 + 1 + 1 / 3 + 3);
  if (roll < 1)
    return {
      method: 'POST',
      path: '/auth/login',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(player.credentials),
    };
  if (roll < 2) return { method: 'GET', path: `/events/${eventId}/progress`, headers: player.authorization };
  return roll < 2 + 1 / 3
    ? { method: 'POST', path: `/events/${eventId}/completion`, headers: player.authorization }
    : claim(eventId, player);
};

const run = (url: string, next: () => Request): Promise<Result> =>
  autocannon({
    url,
    connections: Number(connections),
    duration: Number(seconds),
    requests: [{ setupRequest: (request) => ({ ...request, body: undefined, ...next() }) }],
  });

const report = (name: string, { requests, latency, errors, non2xx, duration }: Result): void => {
  const { p50, p97_5, p99, max } = latency;
  const rate = Math.round(requests.total / duration);
  process.stdout.write(
    `${name}: ${rate} requests/s, latency p50 ${p50} ms, p97.5 ${p97_5} ms, p99 ${p99} ms, max ${max} ms, not 2xx ${non2xx}, errors ${errors}\n`,
  );
};

const residentMiB = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1_024);

const main = async (): Promise<void> => {
  const system = await System.start(
    { LOG_LEVEL: 'error' },
    { 'auth-service': require.resolve('./auth-service-with-cheap-hashing') },
  );
  try {
    const { eventId, players } = await setUp(system);
    if (what !== 'mix')
      report('claims through command-service', await run(system.urlOf('command-service'), () => claim(eventId, pick(players))));
    if (what !== 'claims')
      report("the seed's mix through the gateway", await run(system.url, () => mixed(eventId, pick(players))));
    const memory = SERVICES.map((service) => `${service} ${residentMiB(system.pidOf(service))}`);
    process.stdout.write(`resident memory in MiB: ${memory.join(', ')}\n`);
  } finally {
    await system.stop();
  }
};

void main();
