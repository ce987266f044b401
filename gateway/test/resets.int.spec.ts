import { until } from '@rewards/testing/until';
import { conversations, fuzzResets } from '../../e2e/faults/resets';
import { answerJson, GatewayProcess, makeToken, startServices, type Services } from './harness';

const FUZZ_MS = 60_000;
/** Leaked memory for each small request before work on a request ended with its connection. */
const LEAK_PER_REQUEST = 16 * 1_024;
const TOLERANCE = 10 * 1_024 * 1_024;

let services: Services;
let gateway: GatewayProcess;
let openStreams = 0;

beforeAll(async () => {
  const started = await startServices();
  services = started.services;
  services.query.handler = (_request, response) => answerJson(response, 200, { data: 'x'.repeat(200_000) });
  services.command.handler = (_request, response) => answerJson(response, 201, { data: {} });
  services.projections.handler = (_request, response) => {
    openStreams += 1;
    response.once('close', () => (openStreams -= 1));
    response.writeHead(200, { 'content-type': 'text/event-stream' }).write(': searched\n\n');
  };
  gateway = await GatewayProcess.start(started.urls, { STALL_MS: '30000' });
}, 60_000);

afterAll(async () => {
  gateway.stop();
  await Promise.all(Object.values(services).map((service) => service.stop()));
});

const forget = () => Object.values(services).forEach((service) => (service.received.length = 0));

it('survives connections that are reset at any byte, without leaking memory or sockets', async () => {
  const all = conversations(makeToken(['ADMIN']));
  const fuzz = { ports: [gateway.port], conversations: all };
  // Warm up, so that everything that is loaded or cached once is in memory.
  await fuzzResets({ ...fuzz, conversations: all.filter(({ bytes }) => bytes.length < 300), seed: 1, forMs: 0 });
  const isIdle = async () => {
    const { connections, answers } = await gateway.held();
    return connections === 0 && answers === 0 && openStreams === 0;
  };
  await until('the gateway to be idle', isIdle, Boolean, { withinMs: 10_000 });
  const before = await gateway.held();

  const { rounds, answered } = await fuzzResets({ ...fuzz, seed: 2, forMs: FUZZ_MS });
  forget();
  expect([gateway.child.exitCode, gateway.child.signalCode]).toEqual([null, null]);
  expect(rounds).toBeGreaterThan(10_000);
  expect(answered).toBeGreaterThan(100);
  expect(rounds * LEAK_PER_REQUEST).toBeGreaterThan(10 * TOLERANCE);

  await until('the gateway to be idle', isIdle, Boolean, { withinMs: 10_000 });
  await until(
    'the sockets to be closed',
    async () => (await gateway.held()).sockets,
    (value) => value <= before.sockets,
    { withinMs: 10_000 },
  );
  expect((await gateway.held()).memory - before.memory).toBeLessThan(TOLERANCE);
  expect((await fetch(`http://127.0.0.1:${gateway.port}/health/live`)).status).toBe(200);
}, 180_000);
