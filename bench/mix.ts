/** Mixed requests in fixed proportions, and players that send them. */
import { randomUUID } from 'node:crypto';
import autocannon, { type Request, type Result } from 'autocannon';
import { until } from '@rewards/testing/until';
import { Client } from '../e2e/testing/client';
import { System } from '../e2e/testing/system';

const HOUR = 3_600_000;
/** A claim takes at least a thousandth of a reward: together they allow 20,000 claims of one unit for each player. */
const REWARDS = Array.from({ length: 20 }, (_, index) => ({ name: `극한성장의 비약 ${index + 1}`, type: 'ITEM', amount: 1_000 }));
const PLAYERS = 50;

/** Starts all five services. Hashing is cheap, because it is not what the benchmarks measure. */
export const startSystem = (): Promise<System> =>
  System.start({ LOG_LEVEL: 'error' }, { 'auth-service': require.resolve('./auth-service-with-cheap-hashing') });

/** Publishes an event, and lets players complete it. */
export const setUp = async (system: System): Promise<{ eventId: string; players: Client[] }> => {
  const admin = await Client.admin(system);
  const operator = await Client.withRoles(system, admin, 'OPERATOR');
  const created = await operator.post('/events', {
    name: 'load',
    startsAt: new Date(Date.now() - HOUR).toISOString(),
    endsAt: new Date(Date.now() + 24 * HOUR).toISOString(),
    condition: { type: 'LOGIN_COUNT', count: 3 },
    rewards: REWARDS,
    publish: true,
  });
  const eventId = created.body.data.eventId as string;
  const players = Array.from({ length: PLAYERS }, () => new Client(system));
  await Promise.all(
    players.map(async (player) => {
      await player.register();
      for (let login = 0; login < 3; login += 1) await player.logIn();
      await until('completion', async () => (await player.post(`/events/${eventId}/completion`)).status === 200, Boolean, {
        withinMs: 30_000,
      });
    }),
  );
  return { eventId, players };
};

export const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T;

const json = (player: Client) => ({ ...player.authorization, 'content-type': 'application/json' });
export const claimRequest = (eventId: string, player: Client): Request => ({
  method: 'POST',
  path: `/events/${eventId}/claims`,
  headers: json(player),
  body: JSON.stringify({ requestId: randomUUID(), rewardName: pick(REWARDS).name, amount: 1 }),
});

/** Returns a random request. For each login, there are on average 1 progress query, 1/3 completion and 3 claims. */
export const mixedRequest = (eventId: string, player: Client): Request => {
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
    : claimRequest(eventId, player);
};

export interface Load {
  readonly connections: number;
  readonly seconds: number;
  /** Requests a second over all connections; unlimited by default. */
  readonly overallRate?: number;
}

export const runLoad = (url: string, next: () => Request, { connections, seconds, overallRate }: Load): Promise<Result> =>
  autocannon({
    url,
    connections,
    duration: seconds,
    ...(overallRate !== undefined && { overallRate }),
    requests: [{ setupRequest: (request) => ({ ...request, body: undefined, ...next() }) }],
  });

export const printResult = (name: string, { requests, latency, errors, non2xx, duration }: Result): void => {
  const { p50, p97_5, p99, max } = latency;
  const rate = Math.round(requests.total / duration);
  process.stdout.write(
    `${name}: ${rate} requests/s, latency p50 ${p50} ms, p97.5 ${p97_5} ms, p99 ${p99} ms, max ${max} ms, not 2xx ${non2xx}, errors ${errors}\n`,
  );
};
