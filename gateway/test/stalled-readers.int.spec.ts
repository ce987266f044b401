import { connect } from 'node:net';
import { until } from '@rewards/testing/until';
import { GatewayProcess, makeToken, startServices, type Handler, type Services } from './harness';

const STALL_MS = 600;
/** The limit for an endless response. */
const LONG_STALL_MS = 2 * STALL_MS;
/** Maximum memory that the gateway buffers for one client, for any requests. */
const MAX_BUFFERED = 6 * 1_024 * 1_024;
/** More than the kernel buffers for one connection. */
const FLOOD = 32 * 1_024 * 1_024;

/** Every how many checks memory is measured. Each measurement collects garbage, which slows down the gateway. */
const MEASURE_EVERY = 20;

/** Bytes of heartbeats: more than the receiving kernel buffers, less than the sending kernel buffers. */
const HEARTBEATS = 256 * 1_024;

let services: Services;
let gateway: GatewayProcess;

const CHUNK = Buffer.alloc(65_536, 'x');

const flood =
  (headers: Record<string, string | number>): Handler =>
  (_request, response) => {
    response.writeHead(200, headers);
    let remaining = FLOOD / CHUNK.byteLength;
    const send = (): void => {
      while (remaining > 0 && !response.destroyed) {
        remaining -= 1;
        if (!response.write(CHUNK)) return void response.once('drain', send);
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
/** Enlarges requests, so that few of them arrive at once. */
const PADDING = `X-Padding: ${'x'.repeat(500)}`;

/** Waits until the gateway disconnects a client that never reads. @returns the time it took and the maximum memory used */
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
  let checks = 0;
  await until(
    '0 open connections',
    async () => {
      const isMeasured = checks++ % MEASURE_EVERY === 0;
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

describe('a client that stalls', () => {
  it.each([
    ['a file, requested again and again', get('/api-docs/swagger-ui-bundle.js').repeat(300), STALL_MS],
    ['the merged documentation', get('/api-docs.json').repeat(100), STALL_MS],
    ['rejections', get('/claims', PADDING).repeat(9_000), STALL_MS],
    ['rejections of malformed paths', get('//claims', PADDING).repeat(9_000), STALL_MS],
    ['small pages', get('/health/live', PADDING).repeat(9_000), STALL_MS],
    ['a list of known length', get('/claims', BEARER), STALL_MS],
    ['lists of unknown length', get('/participations', BEARER).repeat(50), STALL_MS],
    ['an export', get('/claims/export', BEARER), LONG_STALL_MS],
    ['a live stream', get('/audit/stream', BEARER).repeat(10), LONG_STALL_MS],
    ['a live stream that the kernel has accepted', get('/audit/stream?type=quiet', BEARER), LONG_STALL_MS],
  ])(
    'is disconnected while reading %s, and the gateway buffers little for it',
    async (_name, bytes, limitMs) => {
      const { afterMs, held } = await stall(bytes);
      expect(afterMs).toBeGreaterThan(limitMs);
      expect(held).toBeLessThan(MAX_BUFFERED);
    },
    100_000,
  );

  it('gets its complete response if it is only slow', async () => {
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
