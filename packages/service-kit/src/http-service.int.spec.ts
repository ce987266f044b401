import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { promisify } from 'node:util';
import { Body, Controller, Get, HttpCode, Param, Post, Query, type Type } from '@nestjs/common';
import { NOT_PROCESSED_HEADER, type ProblemBody } from '@rewards/contracts';
import { EventStoreDamaged, EventStoreUnavailable, TooMuchContention } from '@rewards/event-store';
import { DocumentStoreUnavailable } from '@rewards/document-store';
import { until } from '@rewards/testing/until';
import { problemBody } from '@rewards/testing/http';
import { createTestTokens } from '@rewards/testing/tokens';
import { EmptyBody, QueryText } from './fields';
import { createHttpService } from './http-service';
import type { Logger } from './logger';
import { Call, OfCall } from './call';
import { AccessTokenVerifier } from './access-token';
import { conversations, fuzzResets } from '../../../e2e/faults/resets';

let failure: unknown = null;
let answering: Promise<void> | null = null;

class EmailQuery {
  @QueryText()
  email?: string;
}

@Controller()
class AccountsController {
  @Get('auth/me')
  async me(@OfCall() { caller: { accountId, roles } }: Call) {
    await answering;
    if (failure) throw failure;
    return { data: { accountId, roles } };
  }

  @Post('auth/login')
  @HttpCode(200)
  async logIn(@Body() _body: EmptyBody) {
    await answering;
    return { data: 'anyone' };
  }

  @Get('accounts')
  list(@Query() { email }: EmailQuery) {
    return { data: email };
  }

  @Post('accounts/:accountId/roles')
  roles(@Param('accountId') accountId: string) {
    return { data: accountId };
  }
}

@Controller('unlisted')
class UnlistedController {
  @Get()
  read() {
    return { data: 'no rule defines who may read this' };
  }
}

class ToyModule {}

const LIMIT_MS = 1_500;

const tokens = createTestTokens();
const isUp = { value: true };

/** Levels and messages of the lines that the service logged. */
const lines: string[] = [];
const fieldsOfLines: object[] = [];
const log = (level: string) => (fields: object, message: string) => {
  lines.push(`${level} ${message}`);
  fieldsOfLines.push(fields);
};
const logger = {
  isLevelEnabled: () => false,
  debug: () => undefined,
  info: log('info'),
  warn: log('warn'),
  error: log('error'),
} as unknown as Logger;

const create = (...controllers: Type[]) =>
  createHttpService({
    service: 'auth',
    module: { module: ToyModule, controllers },
    logger,
    timeLimitMs: LIMIT_MS,
    identify: (authorization) => new AccessTokenVerifier(tokens.keySource).identify(authorization),
    readiness: {
      eventStore: async () => {
        if (!isUp.value) throw new EventStoreUnavailable('no connection');
      },
      messageBus: async () => (isUp.value ? undefined : new Promise(() => undefined)),
    },
  });

let app: Awaited<ReturnType<typeof create>>;
let port: number;
beforeAll(async () => {
  app = await create(AccountsController);
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => app.close());
afterEach(() => {
  lines.length = 0;
  fieldsOfLines.length = 0;
  failure = null;
  isUp.value = true;
});

const send = async (
  method: 'GET' | 'POST' | 'HEAD' | 'OPTIONS' | 'PUT',
  url: string,
  headers: Record<string, string> = {},
  payload?: string,
) => {
  const answer = await app.inject({ method, url, headers, ...(payload !== undefined && { payload }) });
  return {
    status: answer.statusCode,
    headers: answer.headers,
    body: answer.body === '' ? {} : (answer.json() as Record<string, unknown>),
  };
};
const bearer = (...roles: ('USER' | 'ADMIN')[]) => ({
  authorization: `Bearer ${tokens.sign({ accountId: randomUUID(), roles })}`,
});

it.each([
  ['GET', '/auth/me'],
  ['POST', '/auth/login'],
])('responds to %s %s with 503 at the time limit, and discards the late result', async (method, path) => {
  const request = () =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: { ...bearer('USER'), connection: 'close', ...(method === 'POST' && { 'content-type': 'application/json' }) },
      ...(method === 'POST' && { body: '{}' }),
    });
  let finish: () => void = () => undefined;
  answering = new Promise((resolve) => (finish = resolve));
  const late = await request();
  expect([late.status, late.headers.get('retry-after')]).toEqual([503, '1']);
  const detail = 'The request did not finish within 1.5 s. It may have taken effect: retry it unchanged.';
  expect(await late.json()).toEqual(problemBody(503, 'UNAVAILABLE', { detail }));
  finish();
  await answering;
  answering = null;
  expect((await request()).status).toBe(200);
});

it('does not build with a route that is not listed', async () => {
  await expect(create(UnlistedController)).rejects.toThrow('GET /unlisted is not in the route table');
});

it('identifies the caller by the token only, never by other headers', async () => {
  const forged = { 'x-user-id': 'somebody', 'x-user-roles': 'ADMIN', 'x-user-email': 'admin@example.com' };
  expect((await send('GET', '/auth/me', forged)).status).toBe(401);
  expect((await send('GET', '/auth/me', { ...forged, ...bearer('USER') })).body).toEqual({
    data: { accountId: expect.any(String), roles: ['USER'] },
  });
  expect((await send('POST', '/accounts/x/roles', { ...forged, ...bearer('USER') })).status).toBe(403);
});

it.each([
  ['GET', '/auth/me', 401],
  ['POST', '/auth/me', 401],
  ['GET', '/auth/login', 405],
  ['OPTIONS', '/auth/login', 405],
  ['HEAD', '/auth/me', 401],
  ['GET', '/nowhere', 401],
  ['GET', '/events', 401],
  ['GET', '/auth//me', 400],
  ['GET', '/auth/%6de', 400],
  ['GET', '/AUTH/ME', 401],
  ['GET', '/auth/me/', 401],
] as const)('responds to %s %s without a token with %i', async (method, url, status) =>
  expect((await send(method, url)).status).toBe(status),
);

it.each([
  ['POST', '/auth/me', 405],
  ['HEAD', '/auth/me', 200],
  ['HEAD', '/auth/login', 405],
  ['HEAD', '/health/live', 200],
  ['PUT', '/auth/me', 405],
  ['GET', '/nowhere', 404],
  ['GET', '/events', 404],
  ['GET', '/AUTH/ME', 404],
  ['GET', '/auth/me/', 404],
] as const)('responds to %s %s of an administrator with %i', async (method, url, status) => {
  expect((await send(method, url, bearer('ADMIN'))).status).toBe(status);
});

it('responds to HEAD like to GET, without the body', async () => {
  const headers = bearer('USER');
  const [got, head] = [
    await app.inject({ url: '/auth/me', headers }),
    await app.inject({ method: 'HEAD', url: '/auth/me', headers }),
  ];
  expect([head.statusCode, head.body, head.headers['content-length'], head.headers['content-type']]).toEqual([
    200,
    '',
    got.headers['content-length'],
    got.headers['content-type'],
  ]);
  expect((await send('HEAD', '/auth/me?x=1', headers)).status).toBe(400);
});

it('forbids storing, executing and framing by default, and has a separate policy for pages', async () => {
  const answers = await Promise.all(
    ['/auth/me', '/nowhere', '/auth//me', '/health/live', '/metrics', '/api-docs.json'].map((url) =>
      app.inject({ url, headers: bearer('ADMIN') }),
    ),
  );
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none';frame-ancestors 'none'",
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
    });
  }
  for (const url of ['/api-docs', '/api-docs/swagger-ui-bundle.js']) {
    const { headers, statusCode } = await app.inject(url);
    expect([statusCode, headers['cache-control'], headers['content-security-policy']]).toEqual([
      200,
      'no-cache',
      expect.stringContaining("script-src 'self'"),
    ]);
  }
  expect((await app.inject('/api-docs')).body).not.toMatch(/<script>|<script [^>]*>[^<\s]|onload=/);
});

describe('a connection', () => {
  const textOf = async (bytes: string): Promise<string> => {
    let text = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => (text += data.toString())).on('error', () => undefined);
    await once(socket, 'close');
    return text;
  };

  it.each([
    'CONNECT a:1 HTTP/1.1\r\n\r\n',
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nA : b\r\n\r\n',
    'GET /health/live HTTP/1.1\r\nConnection: close\r\n\r\n',
  ])('that sends %j gets a problem and is closed, and its traceId is logged', async (bytes) => {
    const text = await textOf(bytes);
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[^]*application\/problem\+json/);
    const body = JSON.parse(text.slice(text.indexOf('\r\n\r\n'))) as ProblemBody;
    expect(body).toEqual(
      problemBody(400, 'VALIDATION_FAILED', { errors: [{ field: expect.any(String), message: expect.any(String) }] }),
    );
    const requestId = /x-request-id: (.*)\r/i.exec(text)?.[1];
    expect(lines).toEqual(['info request rejected']);
    expect(fieldsOfLines).toEqual([
      expect.objectContaining({ traceId: body.traceId, requestId, code: 'VALIDATION_FAILED', status: 400 }),
    ]);
  });

  it('can be reset at any byte', async () => {
    const all = conversations(tokens.sign({ accountId: randomUUID(), roles: ['ADMIN'] })).filter(
      ({ bytes }) => bytes.length < 250,
    );
    const { rounds, answered } = await fuzzResets({ ports: [port], conversations: all, seed: 3, forMs: 0 });
    expect(rounds).toBeGreaterThan(1_000);
    expect(answered).toBeGreaterThan(10);
    const connections = promisify((done: (error: Error | null, count: number) => void) =>
      app.getHttpServer().getConnections(done),
    );
    await until('every connection to be closed', connections, (open) => open === 0);
    expect((await fetch(`http://127.0.0.1:${port}/health/live`, { headers: { connection: 'close' } })).status).toBe(200);
  });
});

it('lists the methods of a path in the Allow header', async () =>
  expect((await send('PUT', '/auth/login')).headers.allow).toBe('POST'));

it('accepts a login with any Authorization header', async () => {
  expect((await send('POST', '/auth/login', { authorization: 'nonsense' })).status).toBe(200);
});

it('rejects a query on a route without query parameters', async () => {
  for (const query of ['x=1', '__proto__=1', '$where=1', 'toString=1', 'x[$ne]=1']) {
    const { status, body } = await send('GET', `/auth/me?${query}`, bearer('USER'));
    expect([status, body.code]).toEqual([400, 'VALIDATION_FAILED']);
    expect((await send('POST', `/auth/login?${query}`)).status).toBe(400);
  }
  expect((await send('GET', '/auth/me?', bearer('USER'))).status).toBe(200);
  expect((await send('GET', '/health/ready?x=1')).status).toBe(200);
});

describe('text', () => {
  const nfc = '읽은 비약';
  const nfd = encodeURIComponent(nfc.normalize('NFD'));
  const admin = bearer('ADMIN');

  it('of a query or path is converted to NFC', async () => {
    expect((await send('GET', `/accounts?email=${nfd}`, admin)).body).toEqual({ data: nfc });
    expect((await send('POST', `/accounts/${nfd}/roles`, admin)).body).toEqual({ data: nfc });
  });

  it('of a path may be as long as 100 Korean syllables in NFD', async () => {
    const name = '읽'.repeat(100);
    const { body } = await send('POST', `/accounts/${encodeURIComponent(name.normalize('NFD'))}/roles`, admin);
    expect(body).toEqual({ data: name });
  });

  it.each(['%ff', '%c0%af', '%e0%80%af', '%ed%a0%80', '%f4%90%80%80', '%eb%b9', '%', '%4', '%zz'])(
    'of a query or path is rejected if it is not encoded UTF-8: %s',
    async (text) => {
      for (const query of [`email=${text}`, `${text}=x`, `x=1&${text}`]) {
        const { status, body } = await send('GET', `/accounts?${query}`, admin);
        expect([status, body.errors]).toEqual([400, [{ field: 'query', message: expect.stringContaining('UTF-8') }]]);
      }
      expect((await send('POST', `/auth/login?${text}`)).status).toBe(400);
      expect((await send('POST', `/accounts/${text}/roles`, admin)).status).toBe(400);
    },
  );

  it('of a query is checked after the token', async () => {
    expect((await send('GET', '/accounts?email=%ff')).status).toBe(401);
    expect((await send('GET', '/accounts?email=%ff', bearer('USER'))).status).toBe(403);
  });

  it('of a body is rejected before parsing if it is not UTF-8', async () => {
    const payload = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')]);
    const headers = { 'content-type': 'application/json' };
    const answer = await app.inject({ method: 'POST', url: '/auth/login', headers, payload });
    expect([answer.statusCode, answer.json()]).toEqual([
      400,
      expect.objectContaining({ code: 'VALIDATION_FAILED', errors: [{ field: 'body', message: 'must be valid UTF-8' }] }),
    ]);
  });
});

it('keeps a valid request id of the client', async () => {
  expect((await send('GET', '/auth/me', { 'x-request-id': 'abc-1' })).headers['x-request-id']).toBe('abc-1');
  expect((await send('GET', '/auth/me', { 'x-request-id': 'a b\tc' })).headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
});

it('continues the trace of the request', async () => {
  const traceId = '0af7651916cd43dd8448eb211c80319c';
  expect((await send('GET', '/auth/me', { traceparent: `00-${traceId}-b7ad6b7169203331-01` })).body.traceId).toBe(traceId);
  expect((await send('GET', '/auth/me', { traceparent: 'nonsense' })).body.traceId).toMatch(/^[0-9a-f]{32}$/);
});

it.each([
  [() => new EventStoreUnavailable('x'), 503, 'UNAVAILABLE'],
  [() => new DocumentStoreUnavailable('x'), 503, 'UNAVAILABLE'],
  [() => new TooMuchContention('x'), 503, 'TRY_AGAIN'],
  [() => new Error('a secret detail'), 500, 'INTERNAL'],
  [() => 'toString', 500, 'INTERNAL'],
])('responds to %s with %i %s and reveals nothing internal', async (error, status, code) => {
  failure = error();
  const { headers, body } = await send('GET', '/auth/me', bearer('USER'));
  expect(body).toEqual(problemBody(status, code));
  expect(JSON.stringify(body)).not.toMatch(/secret|stack|toString/);
  expect(headers['retry-after']).toBe(status === 503 ? '1' : undefined);
  expect(Object.keys(headers).filter((name) => /^(server|x-powered-by)$/.test(name))).toEqual([]);
});

it('is ready if every part is up, and reports the parts', async () => {
  const ready = await send('GET', '/health/ready');
  expect([ready.status, ready.body]).toEqual([200, { data: { status: 'ok', parts: { eventStore: 'up', messageBus: 'up' } } }]);
  isUp.value = false;
  const notReady = await send('GET', '/health/ready');
  const parts = { eventStore: 'down', messageBus: 'down' };
  expect(notReady.body).toEqual(problemBody(503, 'UNAVAILABLE', { parts, reasons: expect.any(Object) }));
  expect((await send('GET', '/health/live')).status).toBe(200);
});

it('reports why a part is down, and logs it once for all polls', async () => {
  await app.close();
  app = await create(AccountsController);
  isUp.value = false;
  for (let poll = 0; poll < 3; poll += 1) {
    const { body } = await send('GET', '/health/ready');
    expect(body.reasons).toEqual({ eventStore: 'no connection', messageBus: 'no answer within 1500 ms' });
    expect(body.detail).toBe('Not ready: eventStore (no connection); messageBus (no answer within 1500 ms).');
  }
  expect((await app.inject('/metrics')).body).toMatch(/^part_up\{part="eventStore".*\} 0$/m);
  isUp.value = true;
  expect((await send('GET', '/health/ready')).body).toEqual({
    data: { status: 'ok', parts: { eventStore: 'up', messageBus: 'up' } },
  });
  expect((await app.inject('/metrics')).body).toMatch(/^part_up\{part="eventStore".*\} 1$/m);
  expect(lines.toSorted()).toEqual([
    'info eventStore recovered',
    'info messageBus recovered',
    'warn eventStore is unavailable, retrying',
    'warn messageBus is unavailable, retrying',
  ]);
}, 20_000);

it('sends a longer Retry-After if an engine is damaged, and logs the damage once', async () => {
  failure = new EventStoreDamaged('/data/events.db is damaged');
  for (let time = 0; time < 3; time += 1) {
    const { body, headers } = await send('GET', '/auth/me', bearer('USER'));
    expect(body).toEqual(problemBody(503, 'UNAVAILABLE'));
    expect(body.detail).toBe('The event store is damaged. An operator has to restore it.');
    expect(headers['retry-after']).toBe('60');
  }
  expect(lines).toEqual(['error eventStore is damaged, so the tasks that depend on it have stopped']);
});

it('serves its OpenAPI document and metrics without a token', async () => {
  const { body } = await send('GET', '/api-docs.json');
  expect(Object.keys(body.paths as object)).toEqual(expect.arrayContaining(['/auth/me', '/auth/login']));
  expect((await app.inject('/metrics')).body).toContain('http_request_duration_seconds_count');
  expect((await app.inject('/api-docs')).statusCode).toBe(200);
});

it('finishes requests in flight when it stops, and marks rejected late requests as not processed', async () => {
  const stopping = await create(AccountsController);
  await stopping.listen(0, '127.0.0.1');
  const { port } = stopping.getHttpServer().address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const open = async () => {
    const socket = connect(port, '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    return socket;
  };
  const textOf = async (socket: Socket): Promise<string> => {
    let text = '';
    for await (const chunk of socket) text += chunk as string;
    return text;
  };
  const [used, unused] = [await open(), await open()];
  used.write('GET /health/live HTTP/1.1\r\nHost: s\r\n\r\n');
  expect(String(await once(used, 'data'))).toMatch(/^HTTP\/1\.1 200 /);

  let finish: () => void = () => undefined;
  let begun = false;
  answering = {
    then: (done: () => void) => {
      begun = true;
      finish = done;
    },
  } as unknown as Promise<void>;
  const inFlight = fetch(`${url}/auth/me`, { headers: bearer('USER') });
  await until('the request to begin', () => begun);
  const closed = stopping.close();
  const late = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(`${url}${path}`, init);
    const { status, headers } = response;
    expect([status, ((await response.json()) as ProblemBody).code]).toEqual([503, 'UNAVAILABLE']);
    expect(Object.fromEntries(headers)).toMatchObject({
      [NOT_PROCESSED_HEADER]: 'stopping',
      connection: 'close',
      'content-type': 'application/problem+json; charset=utf-8',
      'retry-after': '1',
      'x-request-id': expect.any(String),
      'x-frame-options': 'DENY',
    });
  };
  await until(
    '503 of the readiness',
    async () => (await fetch(`${url}/health/ready`)).status,
    (status) => status === 503,
  );
  await late('/health/ready');
  await late('/auth/login', { method: 'POST' });
  used.write('POST /auth/login HTTP/1.1\r\nHost: s\r\nContent-Length: 20\r\n\r\n');
  expect(await textOf(used)).toMatch(/^HTTP\/1\.1 503 [^]*x-not-processed: stopping\r\n/);

  finish();
  const answer = await inFlight;
  expect([answer.status, answer.headers.get('connection')]).toEqual([200, 'close']);
  // A request that is sent while its connection ends gets this response.
  expect(await textOf(unused)).toMatch(/^HTTP\/1\.1 503 [^]*x-not-processed: stopping\r\n/);
  await closed;
  await expect(fetch(url)).rejects.toThrow();
  answering = null;
});
