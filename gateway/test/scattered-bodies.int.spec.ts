import { connect } from 'node:net';
import { until } from '@rewards/testing/until';
import { errorsOf, problemBody } from '@rewards/testing/http';
import { GatewayProcess, makeToken, sendRaw, startServices, type Services } from './harness';

const ATTACKERS = 40;
/** In one-byte chunks, such a body has 360 kB. */
const BODY_BYTES = 60_000;
/** One read from a connection, split into chunks. Without a bound it was 22 MB. */
const MEMORY_PER_ATTACKER = 512 * 1_024;

let services: Services;
let gateway: GatewayProcess;

beforeAll(async () => {
  const started = await startServices();
  services = started.services;
  gateway = await GatewayProcess.start(started.urls, { STALL_MS: '30000' });
}, 60_000);
afterAll(async () => {
  gateway.stop();
  await Promise.all(Object.values(services).map((service) => service.stop()));
});

const post = (path: string, ...headers: string[]) =>
  `${[`POST ${path} HTTP/1.1`, 'Host: g', 'Content-Type: application/json', 'Transfer-Encoding: chunked', ...headers].join('\r\n')}\r\n\r\n`;
const byteByByte = (text: string) => [...text].map((character) => `1\r\n${character}\r\n`).join('');
const BEARER = `Authorization: Bearer ${makeToken(['ADMIN'])}`;

it('accepts a small body in one-byte chunks', async () => {
  const body = JSON.stringify({ email: 'player@example.com', password: 'x'.repeat(1_000) });
  const { answers } = await sendRaw(gateway.port, `${post('/auth/login')}${byteByByte(body)}0\r\n\r\n`);
  expect(answers[0]?.status).toBe(200);
  expect(services.auth.received).toMatchObject([{ body, headers: { 'content-length': String(body.length) } }]);
});

it('accepts a large body in small chunks', async () => {
  const chunk = `40\r\n"${'x'.repeat(61)}",\r\n`;
  const { answers } = await sendRaw(gateway.port, `${post('/events', BEARER)}${chunk.repeat(1_000)}0\r\n\r\n`);
  expect(answers[0]?.status).toBe(200);
  expect(services.command.received[0]?.body).toHaveLength(1_000 * 64);
});

it('rejects a large body in one-byte chunks', async () => {
  const { answers, closed } = await sendRaw(gateway.port, `${post('/events', BEARER)}${byteByByte('x'.repeat(2_000))}`, 2);
  expect([answers[0]?.status, answers[0]?.headers['connection'], closed]).toEqual([400, 'close', true]);
  expect(JSON.parse(answers[0]?.body ?? '')).toEqual(problemBody(400, 'VALIDATION_FAILED', errorsOf('body')));
});

it.each([
  ['accepted', post('/events', BEARER)],
  ['rejected', post('/events')],
])(
  'bounds the memory for many large bodies in one-byte chunks of %s requests',
  async (_name, head) => {
    const bytes = `${head}${byteByByte('x'.repeat(BODY_BYTES))}0\r\n\r\n`;
    const before = await gateway.held();
    let closed = 0;
    for (let index = 0; index < ATTACKERS; index += 1) {
      const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes));
      socket
        .on('error', () => undefined)
        .on('close', () => (closed += 1))
        .resume();
    }
    let memory = 0;
    await until(
      'every attacker to be disconnected',
      async () => {
        expect((await fetch(`http://127.0.0.1:${gateway.port}/health/live`)).status).toBe(200);
        memory = Math.max(memory, (await gateway.held()).memory - before.memory);
        return closed === ATTACKERS;
      },
      Boolean,
      { withinMs: 60_000 },
    );
    expect(memory).toBeLessThan(ATTACKERS * MEMORY_PER_ATTACKER);
  },
  90_000,
);
