import { hash, verify } from '@node-rs/argon2';
import { HASHING_THREADS, OWASP_COST } from '@rewards/auth-service/dist/accounts/passwords';
import { Client } from '../../e2e/testing/client';
import { System } from '../../e2e/testing/system';
import { repeatWith, runClosedLoop } from '../load/closed-loop';
import { unexpectedOf } from '../load/latencies';
import { runOpenLoop } from '../load/open-loop';
import type { Phase } from '../suite/phase';

const PLAYERS = 16;
const READS_PER_SECOND = 100;

export const logins: Phase = {
  name: 'logins',
  purpose: 'logins with the real cost of passwords, beside bare Argon2id, and GET /events while logins saturate the threads',
  weight: 0.7,
  async run(bench) {
    const stored = await hash('correct horse battery', OWASP_COST);
    const system = await System.start({ LOG_LEVEL: 'error' });
    try {
      const players = Array.from({ length: PLAYERS }, () => new Client(system));
      for (const player of players) await player.register();
      const [reader] = players;
      await reader?.logIn();
      const seconds = bench.secondsFor(4 * bench.options.repetitions);
      const headers = reader?.authorization ?? {};
      const read = () =>
        runOpenLoop({
          url: system.url,
          perSecond: READS_PER_SECOND,
          seconds,
          warmUpSeconds: seconds / 4,
          next: () => ({ method: 'GET', path: '/events', headers }),
        });
      let next = 0;
      const logIn = () =>
        runClosedLoop({
          url: system.urlOf('auth-service'),
          connections: PLAYERS,
          seconds,
          next: () => ({
            method: 'POST',
            path: '/auth/login',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(players[(next += 1) % PLAYERS]?.credentials),
          }),
        });
      await bench.repeat(async () => {
        const bare = await repeatWith(HASHING_THREADS, seconds, async () => {
          await verify(stored, 'correct horse battery');
          return 200;
        });
        bench.sample(`bare Argon2id on ${HASHING_THREADS} thread(s)`, 'hashes/s', bare.perSecond);
        const alone = await logIn();
        bench.sample('logins', 'logins/s', alone.perSecond);
        bench.sample('logins: share of bare Argon2id', '%', (100 * alone.perSecond) / bare.perSecond);
        bench.sample('logins: unexpected answers', 'requests', unexpectedOf(alone));
        bench.sample('GET /events while idle: p99', 'ms', (await read()).p99);
        const [busy] = await Promise.all([read(), logIn()]);
        bench.sample('GET /events while logins saturate: p99', 'ms', busy.p99);
      });
    } finally {
      await system.stop();
    }
  },
};
