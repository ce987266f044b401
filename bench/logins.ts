/**
 * Compares the rate of logins with that of bare Argon2id with the same parameters and threads. Also measures GET /events through
 * the gateway while logins saturate the threads. Usage: npm run bench:logins -- [seconds]
 */
import { hash, verify } from '@node-rs/argon2';
import { HASHING_THREADS, OWASP_COST } from '@rewards/auth-service/dist/accounts/passwords';
import autocannon from 'autocannon';
import { Client } from '../e2e/testing/client';
import { System } from '../e2e/testing/system';

const PLAYERS = 16;
const seconds = Number(process.argv[2] ?? 10);

const bareHashesPerSecond = async (): Promise<number> => {
  const stored = await hash('correct horse battery', OWASP_COST);
  const started = performance.now();
  let hashes = 0;
  const worker = async () => {
    while (performance.now() - started < seconds * 1_000) {
      await verify(stored, 'correct horse battery');
      hashes += 1;
    }
  };
  await Promise.all(Array.from({ length: HASHING_THREADS }, worker));
  return hashes / ((performance.now() - started) / 1_000);
};

const main = async (): Promise<void> => {
  const bare = await bareHashesPerSecond();
  const system = await System.start({ LOG_LEVEL: 'error' });
  try {
    const players = Array.from({ length: PLAYERS }, () => new Client(system));
    for (const player of players) await player.register();
    const [reader] = players;
    if (!reader) return;
    await reader.logIn();
    const read = () =>
      autocannon({
        url: `${system.url}/events`,
        connections: 4,
        overallRate: 100,
        duration: seconds,
        headers: reader.authorization,
      });
    const idle = await read();
    let next = 0;
    const logIn = () =>
      autocannon({
        url: system.urlOf('auth-service'),
        connections: PLAYERS,
        duration: seconds,
        requests: [
          {
            setupRequest: (request) => ({
              ...request,
              method: 'POST',
              path: '/auth/login',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify(players[(next += 1) % PLAYERS]?.credentials),
            }),
          },
        ],
      });
    const { requests, non2xx, duration } = await logIn();
    const rate = requests.total / duration;
    const [busy] = await Promise.all([read(), logIn()]);
    process.stdout.write(
      [
        `bare Argon2id on ${HASHING_THREADS} thread(s): ${bare.toFixed(1)}/s`,
        `logins: ${rate.toFixed(1)}/s (${Math.round((100 * rate) / bare)} %), not 2xx ${non2xx}`,
        `GET /events at 100/s: p50 ${idle.latency.p50} ms, p99 ${idle.latency.p99} ms; while logins saturate: p50 ${busy.latency.p50} ms, p99 ${busy.latency.p99} ms`,
        '',
      ].join('\n'),
    );
  } finally {
    await system.stop();
  }
};

void main();
