import { sleep } from '@rewards/async';
import type { Role } from '@rewards/contracts';
import { unexpectedOf } from '../load/latencies';
import { LogWatch } from '../load/log-watch';
import { Mix, PEAK_PER_SECOND } from '../load/mix';
import { runOpenLoop } from '../load/open-loop';
import { startSystemOn } from '../load/system-on-world';
import type { Measurements, Phase } from '../suite/phase';

/** How often the background work is requested again, in case it has finished. */
const AGAIN_MS = 500;
const READS_PER_SECOND = 50;
const DAY = 86_400_000;

const run = async (bench: Measurements): Promise<void> => {
  const { data, log } = await bench.world.openFilled(bench.progress);
  const { system, tokens } = await startSystemOn(data);
  const watch = await LogWatch.open(data);
  // Each role has an account of its own, whose token is cached.
  const headersOf = (role: Role) =>
    tokens.headersOf(data.ids.account({ AUDITOR: -1, OPERATOR: -2, ADMIN: -3, USER: -4 }[role]), role);
  const post = (path: string, role: Role, body: object) =>
    fetch(`${system.url}${path}`, { method: 'POST', headers: headersOf(role), body: JSON.stringify(body) });
  const works: Readonly<Record<string, () => Promise<Response | null>>> = {
    quiet: async () => null,
    verification: () => fetch(`${system.url}/verification?fresh=true`, { headers: headersOf('AUDITOR') }),
    rebuild: () => post('/projections/participations/rebuild', 'ADMIN', {}),
    backfill: () =>
      post('/events', 'OPERATOR', {
        name: 'published late',
        startsAt: new Date(Date.now() - 30 * DAY).toISOString(),
        endsAt: new Date(Date.now() + DAY).toISOString(),
        condition: { type: 'LOGIN_COUNT', count: 3 },
        rewards: [{ name: 'potion', type: 'ITEM', amount: 1 }],
        publish: true,
      }),
  };
  try {
    const { claim } = new Mix(data, log, tokens);
    const seconds = bench.secondsFor(Object.keys(works).length * bench.options.repetitions * 1.3);
    await bench.repeat(async () => {
      for (const [name, request] of Object.entries(works)) {
        await watch.quiet();
        const ended = new AbortController();
        const working = (async () => {
          while (!ended.signal.aborted) {
            const answer = await request();
            // A rebuild that has not finished rejects another one.
            if (answer && !answer.ok && answer.status !== 409) throw new Error(`${name}: the answer was ${answer.status}`);
            await answer?.arrayBuffer();
            await sleep(name === 'backfill' ? seconds * 1_000 : AGAIN_MS, { signal: ended.signal });
          }
        })();
        const measured = { url: system.url, seconds, warmUpSeconds: seconds * 0.2 };
        const projections = () => ({ method: 'GET', path: '/projections', headers: headersOf('AUDITOR') }) as const;
        const [claims, reads] = await Promise.all([
          runOpenLoop({ ...measured, perSecond: PEAK_PER_SECOND, next: claim }),
          runOpenLoop({ ...measured, perSecond: READS_PER_SECOND, next: projections }),
        ]);
        ended.abort();
        await working;
        const during = name === 'quiet' ? 'while quiet' : `during a ${name}`;
        bench.sample(`claim p50 ${during}`, 'ms', claims.p50);
        bench.sample(`claim p99 ${during}`, 'ms', claims.p99);
        bench.sample(`GET /projections p99 ${during}`, 'ms', reads.p99);
        bench.sample(
          `unexpected answers ${during}`,
          'requests',
          unexpectedOf(reads) + unexpectedOf(claims, (status) => status < 300 || status === 409),
        );
      }
    });
  } finally {
    await watch.close();
    await system.stop();
  }
};

export const background: Phase = {
  name: 'background',
  purpose: 'claims and reads through the gateway during a verification, a rebuild and a backfill of the realistic log',
  weight: 1,
  run,
};
