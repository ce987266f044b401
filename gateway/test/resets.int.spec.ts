import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { conversations, fuzzResets } from '../../e2e/testing/reset-fuzzer';
import type { Held } from './gateway.process';
import { answerJson, makeToken, startServices, until, type Services, type Urls } from './harness';

const FUZZ_MS = Number(process.env.FZ ?? 45_000);
/** What one request would leave behind if the work on it did not end with its connection; measured before it did. */
const LEAK_PER_REQUEST = 16 * 1_024;
const TOLERANCE = 24 * 1_024 * 1_024;

let services: Services;
let gateway: ChildProcess;
let port: number;
let openStreams = 0;

const fork_ = (urls: Urls): ChildProcess =>
  fork(
    require.resolve('../../packages/event-store/src/testing/run-typescript.cjs'),
    [join(__dirname, 'gateway.process.ts')],
    {
      execArgv: ['--expose-gc'],
      env: {
        PATH: process.env['PATH'],
        GATEWAY_PORT: '0',
        RATE_LIMIT: 'off',
        LOG_LEVEL: 'silent',
        STALL_MS: '2000',
        AUTH_URL: urls.auth,
        COMMAND_URL: urls.command,
        QUERY_URL: urls.query,
        PROJECTIONS_URL: urls.projections,
      },
    },
  );

const held = async (): Promise<Held> => {
  const message = once(gateway, 'message');
  gateway.send('measure');
  return (await message)[0] as Held;
};

beforeAll(async () => {
  const started = await startServices();
  services = started.services;
  const large = JSON.stringify({ data: 'x'.repeat(200_000) });
  services.query.handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(large);
  };
  services.projections.handler = (_request, response) => {
    openStreams += 1;
    response.once('close', () => (openStreams -= 1));
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(': searched\n\n');
  };
  services.command.handler = (_request, response) => answerJson(response, 201, { data: {} });
  gateway = fork_(started.urls);
  [port] = (await once(gateway, 'message')) as [number];
}, 60_000);

afterAll(async () => {
  gateway.kill('SIGKILL');
  await Promise.all(Object.values(services).map((service) => service.stop()));
});

const forget = () => Object.values(services).forEach((service) => (service.received.length = 0));

it('connections that break at any byte of anything end no process and leave nothing behind', async () => {
  const all = conversations(makeToken(['ADMIN']));
  const fuzz = { ports: [port], conversations: all };
  // Once all that is loaded and remembered only once is there.
  await fuzzResets({ ...fuzz, conversations: all.filter(({ bytes }) => bytes.length < 300), seed: 1, forMs: 0 });
  await until(async () => (await held()).connections === 0, 10_000);
  const before = await held();
  forget();

  const { rounds, answered } = await fuzzResets({ ...fuzz, seed: 2, forMs: FUZZ_MS });
  forget();
  console.log(rounds, answered, await held());
  expect(gateway.exitCode).toBeNull();
  expect(rounds).toBeGreaterThan(5_000);
  expect(answered).toBeGreaterThan(1_000);
  expect(rounds * LEAK_PER_REQUEST).toBeGreaterThan(3 * TOLERANCE);

  let after = before;
  await until(async () => {
    after = await held();
    return (
      after.connections === 0 &&
      after.answers === 0 &&
      after.sockets <= before.sockets &&
      openStreams === 0 &&
      after.memory - before.memory < TOLERANCE
    );
  }, 20_000).catch(() => undefined);
  expect({ ...after, openStreams, memory: Math.max(0, after.memory - before.memory - TOLERANCE) }).toEqual({
    connections: 0,
    answers: 0,
    sockets: expect.any(Number),
    openStreams: 0,
    memory: 0,
  });
  expect(after.sockets).toBeLessThanOrEqual(before.sockets);
  console.log(rounds, answered, before, after);
  expect((await fetch(`http://127.0.0.1:${port}/health/live`)).status).toBe(200);
}, 180_000);
