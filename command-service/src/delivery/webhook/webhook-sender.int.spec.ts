import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createRawServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { Webhook } from 'standardwebhooks';
import { until } from '@rewards/testing/until';
import { SecretLost } from '../endpoints/endpoint-secrets';
import type { Outcome } from '../sender';
import { checkReceiverUrl, type Lookup } from './address-rules';
import { newSecret } from './signature';
import { CERTIFICATE, KEY } from './testing/certificate';
import { endpointAt, keys, message, secretsOf, type Secrets } from './testing/sending';
import { WebhookSender, type WebhookOptions } from './webhook-sender';

const NOW = Date.parse('2026-11-01T12:00:00.400Z');
const SECRET_OF_THE_RECEIVER = 'stack trace of the receiver';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

const listen = async (server: Server): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return (server.address() as AddressInfo).port;
};

/** Starts a receiver that answers each request, and keeps what it received. */
const receive = async (answer: RequestListener) => {
  const requests: (Pick<IncomingMessage, 'headers' | 'url' | 'method'> & { readonly body: string })[] = [];
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await text(request);
    requests.push({ headers: request.headers, url: request.url, method: request.method, body });
    answer(request, response);
  };
  const server = createServer((request, response) => void handle(request, response));
  let connections = 0;
  server.on('connection', () => (connections += 1));
  const port = await listen(server);
  return { url: `http://127.0.0.1:${port}/rewards?server=1`, requests, port, connections: () => connections };
};

const answering =
  (status: number, body = '', headers: Record<string, string> = {}): RequestListener =>
  (_, response) =>
    void response.writeHead(status, headers).end(body);

/** Starts a receiver that speaks bytes. */
const receiveRaw = async (talk: (socket: Socket) => void): Promise<string> => {
  const server = createRawServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => talk(socket));
  });
  return `http://127.0.0.1:${await listen(server)}/`;
};

const senderWith = (options: Partial<WebhookOptions> = {}, secrets: Secrets = secretsOf(keys)): WebhookSender => {
  const sender = new WebhookSender(secrets, { allowPrivate: true, now: () => NOW, ...options });
  closing.unshift(() => sender.close());
  return sender;
};

const running = new AbortController().signal;
/** Makes one attempt. The outcome is returned without its duration, which is checked here. */
const send = async (url: string, sender = senderWith(), timeoutMs = 5_000): Promise<Omit<Outcome, 'tookMs'>> => {
  const { tookMs, ...outcome } = await sender.send(endpointAt(url, { timeoutMs }), message, running);
  expect(tookMs).toBeGreaterThanOrEqual(0);
  expect(JSON.stringify(outcome)).not.toContain(SECRET_OF_THE_RECEIVER);
  return outcome;
};
const retry = (status: number | null, error: string, isEndpointDown: boolean, retryAfterSeconds: number | null = null) => ({
  kind: 'retry',
  status,
  error,
  isEndpointDown,
  retryAfterSeconds,
});

describe('a message', () => {
  it('is signed by Standard Webhooks, and posted to the path and query of the URL', async () => {
    const receiver = await receive(answering(200));
    await send(receiver.url, senderWith({ now: Date.now }));
    const [request] = receiver.requests;
    expect([request?.method, request?.url, request?.body]).toEqual(['POST', '/rewards?server=1', message.body]);
    expect(request?.headers).toMatchObject({
      host: `127.0.0.1:${receiver.port}`,
      'content-type': 'application/json',
      'webhook-id': message.id,
    });
    const headers = request?.headers as Record<string, string>;
    expect(new Webhook(keys.secret).verify(request?.body ?? '', headers)).toEqual(JSON.parse(message.body));
  });

  it('has the time of the attempt and the signatures of both secrets during a rotation', async () => {
    const receiver = await receive(answering(200));
    await send(receiver.url, senderWith({}, secretsOf(newSecret(), keys)));
    const { headers } = receiver.requests[0] ?? {};
    expect(headers?.['webhook-timestamp']).toBe('1793534400');
    expect(headers?.['webhook-signature']).toMatch(/^v1,\S+ v1a,\S+ v1,\S+ v1a,\S+$/);
  });

  it('is not sent if the secret is lost or cannot be read', async () => {
    const receiver = await receive(answering(200));
    const failing = (error: Error) => senderWith({}, { signing: () => Promise.reject(error) });
    expect(await send(receiver.url, failing(new SecretLost('endpoint-1')))).toEqual(
      retry(null, 'The signing secret of the endpoint is lost. Rotate it.', true),
    );
    expect(await send(receiver.url, failing(new Error(SECRET_OF_THE_RECEIVER)))).toEqual(
      retry(null, 'The signing secret of the endpoint cannot be read at the moment.', true),
    );
    expect(receiver.requests).toEqual([]);
  });

  it('goes over kept connections, which release closes', async () => {
    const receiver = await receive(answering(200));
    const sender = senderWith();
    for (let n = 0; n < 20; n += 1) await send(receiver.url, sender);
    // A message that follows immediately may need a second connection.
    const before = receiver.connections();
    expect(before).toBeLessThanOrEqual(2);
    sender.release('endpoint-1');
    await send(receiver.url, sender);
    expect(receiver.connections()).toBe(before + 1);
  });

  it('goes to the current URL of an endpoint that was changed', async () => {
    const [before, after] = [await receive(answering(200)), await receive(answering(200))];
    const sender = senderWith();
    for (const { url } of [before, after]) await send(url, sender);
    expect([before.requests.length, after.requests.length]).toEqual([1, 1]);
  });
});

describe('the answer', () => {
  it.each([200, 201, 202, 204, 299])('%d means delivered', async (status) =>
    expect(await send((await receive(answering(status))).url)).toEqual({ kind: 'delivered', status }),
  );

  it.each([
    ['{"reference":"grant-17"}', 'grant-17'],
    ['{"reference":"선물 17","more":1}', '선물 17'],
    [JSON.stringify({ reference: '🎁'.repeat(200) }), '🎁'.repeat(200)],
    [JSON.stringify({ reference: 'x'.repeat(201) }), undefined],
    ['{"reference":""}', undefined],
    ['{"reference":17}', undefined],
    ['{"reference":"a\\u0000b"}', undefined],
    ['{"reference":"a\\nb"}', undefined],
    ['{"reference":"\\ud800"}', undefined],
    ['["reference"]', undefined],
    ['null', undefined],
    ['thanks', undefined],
  ])('200 %s has the reference %s', async (body, reference) =>
    expect(await send((await receive(answering(200, body))).url)).toEqual({
      kind: 'delivered',
      status: 200,
      ...(reference !== undefined && { reference }),
    }),
  );

  it.each([409, 422])('%d means a full inventory only with its code', async (status) => {
    const full = await receive(answering(status, '{"code":"INVENTORY_FULL","detail":"no slot"}'));
    expect(await send(full.url)).toEqual({ kind: 'inventoryFull', status, error: "The player's inventory is full." });
    const rejected = { kind: 'rejected', status, error: `The receiver rejected the message with ${status}.` };
    for (const body of ['', '{"code":"inventory_full"}', '"INVENTORY_FULL"', SECRET_OF_THE_RECEIVER])
      expect(await send((await receive(answering(status, body))).url)).toEqual(rejected);
  });

  it('410 means gone', async () =>
    expect(await send((await receive(answering(410, SECRET_OF_THE_RECEIVER))).url)).toEqual({
      kind: 'gone',
      status: 410,
      error: 'The receiver answered 410: it no longer exists.',
    }));

  it.each([400, 401, 403, 404, 405, 413, 451, 499])('%d means rejected', async (status) => {
    const { url } = await receive(answering(status, '{"code":"INVENTORY_FULL"}'));
    expect(await send(url)).toEqual({ kind: 'rejected', status, error: `The receiver rejected the message with ${status}.` });
  });

  it.each([408, 425, 429])('%d is retried, and the receiver is not down', async (status) => {
    const receiver = await receive(answering(status, SECRET_OF_THE_RECEIVER));
    expect(await send(receiver.url)).toEqual(retry(status, `The receiver answered ${status}.`, false));
  });

  it.each([500, 502, 503, 504, 599])('%d is retried, and the receiver is down', async (status) => {
    const receiver = await receive(answering(status, SECRET_OF_THE_RECEIVER));
    expect(await send(receiver.url)).toEqual(retry(status, `The receiver answered ${status}.`, true));
  });

  it.each([
    ['120', 120],
    ['0', 0],
    [' 7 ', 7],
    ['Sun, 01 Nov 2026 12:00:30 GMT', 30],
    ['Sunday, 01-Nov-26 12:00:30 GMT', 30],
    ['Sun Nov  1 12:00:30 2026', 30],
    ['Sun, 01 Nov 2026 11:00:00 GMT', 0],
    ['-5', null],
    ['1.5', null],
    ['soon', null],
    ['2026-11-01', null],
    ['9'.repeat(400), Number.MAX_SAFE_INTEGER],
  ])('Retry-After: %s asks for %s seconds', async (value, seconds) => {
    for (const status of [429, 503]) {
      const { url } = await receive(answering(status, '', { 'retry-after': value }));
      expect(await send(url)).toEqual(retry(status, `The receiver answered ${status}.`, status === 503, seconds));
    }
  });

  it.each([301, 302, 303, 307, 308, 304])('%d is not followed', async (status) => {
    const elsewhere = await receive(answering(200));
    const { url } = await receive(answering(status, '', { location: elsewhere.url }));
    expect(await send(url)).toEqual(retry(status, `The receiver answered ${status}. Redirects are not followed.`, true));
    expect(elsewhere.requests).toEqual([]);
  });

  it.each(['600', '999'])('%s is no status, so it is retried', async (status) => {
    const url = await receiveRaw((socket) => socket.end(`HTTP/1.1 ${status} Odd\r\ncontent-length: 0\r\n\r\n`));
    expect(await send(url)).toEqual(retry(Number(status), `The receiver answered ${status}.`, true));
  });

  it('103 is followed by the answer', async () => {
    const url = await receiveRaw((socket) =>
      socket.end('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'),
    );
    expect(await send(url)).toEqual({ kind: 'delivered', status: 200 });
  });

  it('101 is not an answer', async () => {
    const url = await receiveRaw((socket) => socket.write('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'));
    expect(await send(url)).toEqual(retry(null, 'The receiver closed the connection without an answer.', true));
  });

  it('is retried if it is not HTTP', async () => {
    const url = await receiveRaw((socket) => socket.end(`${SECRET_OF_THE_RECEIVER}\r\n\r\n`));
    expect(await send(url)).toEqual(retry(null, 'The answer of the receiver is not valid HTTP.', true));
  });

  it('is retried if it is larger than 16 KiB, and read if it is not', async () => {
    const oversized = retry(200, 'The answer of the receiver is larger than 16 KiB.', true);
    const bodyOf = (bytes: number) => JSON.stringify({ reference: 'r', x: '' }).replace('""', `"${'x'.repeat(bytes - 24)}"`);
    expect(Buffer.byteLength(bodyOf(16_384))).toBe(16_384);
    expect(await send((await receive(answering(200, bodyOf(16_384)))).url)).toEqual({
      kind: 'delivered',
      status: 200,
      reference: 'r',
    });
    expect(await send((await receive(answering(200, bodyOf(16_385)))).url)).toEqual(oversized);
    const endless: RequestListener = (_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write('x'.repeat(8_192)));
      };
      response.on('drain', write).on('error', () => undefined);
      write();
    };
    expect(await send((await receive(endless)).url)).toEqual(oversized);
    const head = await receiveRaw((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\nx: ${'x'.repeat(20_000)}\r\ncontent-length: 0\r\n\r\n`),
    );
    expect(await send(head)).toEqual({ ...oversized, status: null });
  });

  it('has the effect of its status if a large page comes with an error', async () => {
    const page = 'x'.repeat(100_000);
    expect(await send((await receive(answering(410, page))).url)).toMatchObject({ kind: 'gone' });
    expect(await send((await receive(answering(404, page))).url)).toMatchObject({ kind: 'rejected' });
    expect(await send((await receive(answering(503, page))).url)).toMatchObject({ kind: 'retry', status: 503 });
    expect(await send((await receive(answering(422, page))).url)).toMatchObject({ kind: 'retry', status: 422 });
  });
});

describe('no answer', () => {
  const timedOut = retry(null, 'The receiver did not answer within the time limit.', true);
  const closed = retry(null, 'The receiver closed the connection without an answer.', true);

  it('is a timeout after the limit, before the head, in the body, and during the lookup', async () => {
    expect(await send((await receive(() => undefined)).url, senderWith(), 100)).toEqual(timedOut);
    const slowBody: RequestListener = (_, response) => void response.writeHead(200, { 'content-length': '10' }).write('x');
    expect(await send((await receive(slowBody)).url, senderWith(), 100)).toEqual(timedOut);
    const never: Lookup = () => new Promise(() => undefined);
    expect(await send('https://game.test/', senderWith({ lookup: never }), 100)).toEqual(timedOut);
  });

  it('is not sent later if the connection is ready after the limit', async () => {
    const receiver = await receive(answering(200));
    let resolve = (_: readonly string[]): void => undefined;
    let calls = 0;
    const sender = senderWith({ lookup: () => new Promise((settle) => ((calls += 1), (resolve = settle))) });
    const url = `http://localhost:${receiver.port}/`;
    expect(await send(url, sender, 100)).toEqual(timedOut);
    expect(calls).toBe(1);
    resolve(['127.0.0.1']);
    expect(await send(receiver.url)).toEqual({ kind: 'delivered', status: 200 });
    expect(receiver.requests).toHaveLength(1);
  });

  it('is a reset, before the head and in the body', async () => {
    expect(await send(await receiveRaw((socket) => socket.resetAndDestroy()))).toEqual(closed);
    expect(await send(await receiveRaw((socket) => socket.end()))).toEqual(closed);
    expect(await send(await receiveRaw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx')))).toEqual(closed);
  });

  it('is a refused connection', async () => {
    const server = createServer();
    const port = await listen(server);
    await once(server.close(), 'close');
    expect(await send(`http://127.0.0.1:${port}/`)).toEqual(retry(null, 'The receiver refused the connection.', true));
  });

  it('is a name that does not resolve', async () => {
    const lookup: Lookup = () => Promise.reject(Object.assign(new Error(SECRET_OF_THE_RECEIVER), { code: 'ENOTFOUND' }));
    const missing = retry(null, 'The name of the receiver does not resolve.', true);
    expect(await send('https://game.test/', senderWith({ lookup }))).toEqual(missing);
    expect(await send('https://game.test/', senderWith({ lookup: async () => [] }))).toEqual(missing);
  });

  it('is an attempt that the service ends, which is not the fault of the receiver', async () => {
    const ended = new AbortController();
    const { url } = await receive(() => ended.abort());
    const { tookMs: _, ...outcome } = await senderWith().send(endpointAt(url), message, ended.signal);
    expect(outcome).toEqual(retry(null, 'The attempt was interrupted.', false));
  });
});

describe('a connection', () => {
  const refused = retry(null, 'The address of the receiver is refused, because it is not public.', true);
  const loopback = ['127.0.0.1'];

  const receiveSecurely = async (answer = answering(200)) => {
    const seen: { host?: string; servername: string | false | null }[] = [];
    const server = createSecureServer({ cert: CERTIFICATE, key: KEY }, (request, response) => {
      seen.push({
        host: request.headers.host,
        servername: (request.socket as TLSSocket & { servername: string | false | null }).servername,
      });
      request.resume().on('end', () => answer(request, response));
    });
    server.on('tlsClientError', () => undefined);
    return { port: await listen(server), seen };
  };

  it('goes to the checked address, with the name as Host and as server name of TLS', async () => {
    const { port, seen } = await receiveSecurely();
    const lookups: string[] = [];
    const lookup: Lookup = async (name) => {
      lookups.push(name);
      return loopback;
    };
    expect(await send(`https://game.test:${port}/`, senderWith({ lookup, ca: CERTIFICATE }))).toEqual({
      kind: 'delivered',
      status: 200,
    });
    expect(seen).toEqual([{ host: `game.test:${port}`, servername: 'game.test' }]);
    expect(lookups).toEqual(['game.test']);
  });

  it('needs a certificate that is valid for the name', async () => {
    const { port, seen } = await receiveSecurely();
    const invalid = retry(null, 'TLS failed: the certificate of the receiver is not valid for its name.', true);
    const lookup: Lookup = async () => loopback;
    expect(await send(`https://other.test:${port}/`, senderWith({ lookup, ca: CERTIFICATE }))).toEqual(invalid);
    expect(await send(`https://game.test:${port}/`, senderWith({ lookup }))).toEqual(invalid);
    expect(seen).toEqual([]);
  });

  it('is refused if the name has another address than at the check', async () => {
    const { port, seen } = await receiveSecurely();
    const url = `https://game.test:${port}/`;
    const answers = [['203.0.114.10'], loopback];
    const lookup: Lookup = async () => answers.shift() ?? [];
    expect(await checkReceiverUrl(url, { allowPrivate: false, lookup })).toEqual({ ok: true });
    expect(await send(url, senderWith({ allowPrivate: false, lookup, ca: CERTIFICATE }))).toEqual(refused);
    expect([answers, seen]).toEqual([[], []]);
  });

  it('is refused if only one of the addresses is refused', async () => {
    const { port, seen } = await receiveSecurely();
    const lookup: Lookup = async () => [...loopback, '169.254.169.254'];
    expect(await send(`https://game.test:${port}/`, senderWith({ lookup, ca: CERTIFICATE }))).toEqual(refused);
    expect(seen).toEqual([]);
  });

  it.each(['https://127.0.0.1', 'https://2130706433', 'https://[::ffff:7f00:1]', 'https://localhost', 'http://127.0.0.1'])(
    'to %s is refused unless private addresses are allowed',
    async (origin) => {
      let connections = 0;
      const port = await listen(createRawServer(() => (connections += 1)));
      expect(await send(`${origin}:${port}/`, senderWith({ allowPrivate: false }))).toEqual(refused);
      expect(connections).toBe(0);
    },
  );

  it('over http goes to this machine only', async () => {
    const lookup: Lookup = async () => ['10.0.0.1'];
    expect(await send('http://localhost:9/', senderWith({ lookup }))).toEqual(refused);
    expect(await send('http://10.0.0.1:9/', senderWith({ lookup }))).toEqual(refused);
  });

  it('is refused to an address for metadata, also if private addresses are allowed', async () => {
    for (const host of ['169.254.169.254', '[fd00:ec2::254]', 'metadata.google.internal'])
      expect(await send(`https://${host}/`, senderWith())).toEqual(refused);
  });

  it('that redirects to a private address leads nowhere', async () => {
    const inside = await receive(answering(200));
    const { port } = await receiveSecurely(answering(302, '', { location: inside.url }));
    const lookup: Lookup = async () => loopback;
    expect(await send(`https://game.test:${port}/`, senderWith({ lookup, ca: CERTIFICATE }))).toMatchObject({
      kind: 'retry',
      status: 302,
    });
    expect(inside.requests).toEqual([]);
  });

  it('of one endpoint does not wait for another endpoint', async () => {
    const [slow, fast] = [await receive(() => undefined), await receive(answering(200))];
    const sender = senderWith();
    const ended = new AbortController();
    const waiting = Array.from({ length: 100 }, () => sender.send(endpointAt(slow.url), message, ended.signal));
    await until(
      '64 messages wait',
      () => slow.requests.length,
      (count) => count === 64,
    );
    const { kind } = await sender.send(endpointAt(fast.url, { endpointId: 'endpoint-2' }), message, running);
    expect(kind).toBe('delivered');
    ended.abort();
    for (const outcome of await Promise.all(waiting)) expect(outcome.kind).toBe('retry');
  });
});
