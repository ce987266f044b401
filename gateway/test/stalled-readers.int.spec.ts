import { connect } from 'node:net';
import { until } from '@rewards/testing/until';
import { GatewayProcess, makeToken, startServices, type Handler, type Services } from './harness';

const STALL_MS = 600;
/** Of an endless answer. */
const LONG_STALL_MS = 2 * STALL_MS;
/** What may wait in the gateway for one reader, whatever it requested. */
const HELD_FOR_A_READER = 6 * 1_024 * 1_024;
/** More than the kernel takes from a process on behalf of a reader. */
const FLOOD = 32 * 1_024 * 1_024;

/** Collecting garbage all the time would leave the gateway no time for its work. */
const MEASURE_EVERY = 20;

/** A few heartbeats: more than the reader's machine accepts, less than this one's kernel does. */
const HEARTBEATS = 256 * 1_024;

let services: Services;
let gateway: GatewayProcess;

const PIECE = Buffer.alloc(65_536, 'x');

const flood =
  (headers: Record<string, string | number>): Handler =>
  (_request, response) => {
    response.writeHead(200, headers);
    let left = FLOOD / PIECE.byteLength;
    const send = (): void => {
      while (left > 0 && !response.destroyed) {
        left -= 1;
        if (!response.write(PIECE)) return void response.once('drain', send);
      }
      response.end();
    };
    send();
  };

beforeAll(async () => {
  const started = await startServices();
  services = started.services;
  const description = JSON.stringify({ paths: { '/x': 'x'.repeat(250_000) } });
  const describe: Handler = (_request, response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(description);
  const answers: Readonly<Record<string, Handler>> = {
    '/api-docs.json': describe,
    '/claims': flood({ 'content-type': 'application/json', 'content-length': FLOOD }),
    '/participations': flood({ 'content-type': 'application/json' }),
    '/claims/export': flood({ 'content-type': 'text/csv' }),
    '/audit/stream': flood({ 'content-type': 'text/event-stream' }),
    '/audit/stream?type=quiet': (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(Buffer.alloc(HEARTBEATS, ':\n'));
    },
  };
  for (const service of Object.values(services)) {
    service.handler = (request, response) => answers[request.url ?? '']?.(request, response);
  }
  gateway = await GatewayProcess.start(started.urls, { STALL_MS: String(STALL_MS) });
}, 60_000);

afterAll(async () => {
  gateway.stop();
  await Promise.all(Object.values(services).map((service) => service.stop()));
});

const BEARER = `Authorization: Bearer ${makeToken(['ADMIN'])}`;
const get = (path: string, ...headers: string[]) => `${[`GET ${path} HTTP/1.1`, 'Host: g', ...headers].join('\r\n')}\r\n\r\n`;
/** Long enough for few of them to arrive at once. */
const PADDING = `X-Padding: ${'x'.repeat(500)}`;

/** @returns once the gateway has disconnected a reader that never reads: after how long, and how much it held at most */
const stall = async (bytes: string): Promise<{ readonly afterMs: number; readonly held: number }> => {
  await until(
    '0 open connections',
    async () => (await gateway.held(false)).connections,
    (value) => value === 0,
    { withinMs: 30_000 },
  );
  const before = await gateway.held();
  const since = performance.now();
  const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes, 'latin1'));
  socket.on('error', () => undefined).pause();
  await until(
    '1 open connection',
    async () => (await gateway.held(false)).connections,
    (value) => value === 1,
  );
  let held = 0;
  let looks = 0;
  await until(
    '0 open connections',
    async () => {
      const isMeasured = looks++ % MEASURE_EVERY === 0;
      const now = await gateway.held(isMeasured);
      if (isMeasured) held = Math.max(held, now.memory - before.memory);
      return now.connections === 0;
    },
    Boolean,
    { withinMs: 60_000 },
  );
  const afterMs = performance.now() - since;
  socket.destroy();
  return { afterMs, held };
};

describe('a reader that accepts nothing is disconnected, and little waits for it:', () => {
  it.each([
    ['a file, requested again and again', get('/api-docs/swagger-ui-bundle.js').repeat(300), STALL_MS],
    ['the merged documentation', get('/api-docs.json').repeat(100), STALL_MS],
    ['refusals', get('/claims', PADDING).repeat(9_000), STALL_MS],
    ['refusals of paths', get('//claims', PADDING).repeat(9_000), STALL_MS],
    ['small pages', get('/health/live', PADDING).repeat(9_000), STALL_MS],
    ['a list of known length', get('/claims', BEARER), STALL_MS],
    ['lists of unknown length', get('/participations', BEARER).repeat(50), STALL_MS],
    ['an export', get('/claims/export', BEARER), LONG_STALL_MS],
    ['a live stream', get('/audit/stream', BEARER).repeat(10), LONG_STALL_MS],
    ['a live stream that the kernel has accepted', get('/audit/stream?type=quiet', BEARER), LONG_STALL_MS],
  ])(
    '%s',
    async (_name, bytes, patienceMs) => {
      const { afterMs, held } = await stall(bytes);
      expect(afterMs).toBeGreaterThan(patienceMs);
      expect(held).toBeLessThan(HELD_FOR_A_READER);
    },
    100_000,
  );

  it('but one that is slow gets its whole answer', async () => {
    const answers = 24;
    const bytes =
      get('/api-docs/swagger-ui-bundle.js').repeat(answers - 1) + get('/api-docs/swagger-ui-bundle.js', 'Connection: close');
    const since = performance.now();
    let received = 0;
    let count = 0;
    await new Promise<void>((resolve, reject) => {
      const socket = connect(gateway.port, '127.0.0.1', () => socket.write(bytes));
      socket.on('data', (data) => {
        received += data.byteLength;
        count += data.toString('latin1').match(/HTTP\/1\.1 200/g)?.length ?? 0;
        if (received < 1_000_000) return;
        received = 0;
        socket.pause();
        setTimeout(() => socket.resume(), STALL_MS / 6);
      });
      socket.on('error', reject).on('close', () => resolve());
    });
    expect(count).toBe(answers);
    expect(performance.now() - since).toBeGreaterThan(3 * STALL_MS);
  }, 30_000);
});
