import { createHmac, generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { get as httpGet, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { NOT_PROCESSED_HEADER, ROLES, ROUTES, type Role } from '@rewards/contracts';
import { parseNetworks } from '@rewards/service-kit/addresses';
import { createLogger } from '@rewards/service-kit/logger';
import { Metrics } from '@rewards/service-kit/metrics';
import { until } from '@rewards/testing/until';
import { problemBody } from '@rewards/testing/http';
import { serveMetrics } from '../src/metrics-server';
import { answerJson, FakeService, makeToken, sendRaw, startWorld, type World } from './harness';

const bearer = (roles: readonly Role[], claims: object = {}) => ({ authorization: `Bearer ${makeToken(roles, claims)}` });

const JSON_BODY = { 'content-type': 'application/json' };

let world: World;

const call = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${world.url}${path}`, init);

const post = (path: string, body: string, headers: Record<string, string> = {}) =>
  call(path, { method: 'POST', body, headers: { ...JSON_BODY, ...headers } });

const expectProblem = async (response: Response, status: number, code: string) => {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const body = (await response.json()) as Record<string, unknown>;
  expect({ status: response.status, body }).toEqual({
    status,
    body: expect.objectContaining({
      type: expect.any(String),
      title: expect.any(String),
      status,
      detail: expect.any(String),
      code,
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    }),
  });
  return body;
};

/** Sends bytes and reads responses with one-line bodies until `count` have arrived. */
const readAll = (bytes: string, count: number): Promise<{ answers: string[] }> =>
  new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(world.gateway.port, '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (!text.endsWith('}}')) return;
      const answers = text.split(/(?=HTTP\/1\.1 )/);
      if (answers.length < count) return;
      socket.destroy();
      resolve({ answers });
    });
    socket.on('error', reject).on('close', () => reject(new Error('the connection closed before all responses arrived')));
  });

const sockets: Socket[] = [];
afterEach(() => sockets.splice(0).forEach((socket) => socket.destroy()));

const open = async (): Promise<Socket> => {
  const socket = connect(world.gateway.port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};
const textOf = async (socket: Socket): Promise<string> => {
  let text = '';
  socket.on('data', (data) => (text += data.toString()));
  await once(socket, 'close');
  return text;
};

const concrete = (path: string) => path.replace(/\{\w+\}/g, () => randomUUID());

describe('the gateway', () => {
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());
  beforeEach(() => world.forget());

  describe('access control', () => {
    const everyRoute = ROUTES.map((route) => [`${route.method} ${route.path}`, route] as const);

    it.each(everyRoute)('enforces the token and the roles of %s', async (_name, route) => {
      const init = { method: route.method };
      const path = concrete(route.path);
      const withoutToken = await call(path, init);
      if (route.access === 'anyone') expect(withoutToken.status).toBe(200);
      else {
        await expectProblem(withoutToken, 401, 'UNAUTHENTICATED');
        expect(withoutToken.headers.get('www-authenticate')).toBe('Bearer');
      }
      for (const role of ROLES) {
        world.forget();
        const response = await call(path, { ...init, headers: bearer([role]) });
        // auth-service checks the current roles of the account, which may have changed since the token was issued.
        const isAllowed =
          route.service === 'auth' || route.access === 'anyone' || role === 'ADMIN' || route.access.includes(role);
        if (isAllowed) expect(response.status).toBe(200);
        else {
          await expectProblem(response, 403, 'FORBIDDEN');
          expect(world.received()).toEqual([]);
        }
      }
    });

    const otherKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const [head = '', payload = '', signature = ''] = makeToken(['ADMIN']).split('.');
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const unsigned = `${encode({ alg: 'none', kid: 'key-1' })}.${payload}`;
    const symmetric = `${encode({ alg: 'HS256', kid: 'key-1' })}.${payload}`;
    const pem = otherKey.publicKey.export({ type: 'spki', format: 'pem' });

    it.each([
      ['no token', undefined],
      ['an empty header', ''],
      ['another scheme', 'Basic dXNlcjpwYXNz'],
      ['a malformed token', 'Bearer nonsense'],
      ['an expired token', `Bearer ${makeToken(['ADMIN'], { exp: Math.floor(Date.now() / 1_000) - 60 })}`],
      ['a token of another issuer', `Bearer ${makeToken(['ADMIN'], { iss: 'other' })}`],
      ['a token for another audience', `Bearer ${makeToken(['ADMIN'], { aud: 'other' })}`],
      ['a token that is not valid yet', `Bearer ${makeToken(['ADMIN'], { nbf: Math.floor(Date.now() / 1_000) + 60 })}`],
      ['a token with an unknown key', `Bearer ${makeToken(['ADMIN'], {}, { kid: 'other' })}`],
      ['a token without an algorithm', `Bearer ${unsigned}.`],
      ['a signed token without an algorithm', `Bearer ${unsigned}.${signature}`],
      [
        'a token with a symmetric algorithm',
        `Bearer ${symmetric}.${createHmac('sha256', pem).update(symmetric).digest('base64url')}`,
      ],
      [
        'an edited payload',
        `Bearer ${head}.${encode({ ...JSON.parse(Buffer.from(payload, 'base64url').toString()), email: 'x@y.z' })}.${signature}`,
      ],
      ['an unknown role', `Bearer ${makeToken(['ROOT' as Role])}`],
    ])('rejects a request with %s', async (_name, authorization) => {
      const response = await call('/events', authorization === undefined ? {} : { headers: { authorization } });
      await expectProblem(response, 401, 'UNAUTHENTICATED');
      expect(world.received()).toEqual([]);
    });

    it('ignores a malformed token on a public route', async () => {
      const response = await post('/auth/login', '{}', { authorization: 'Basic nonsense' });
      expect(response.status).toBe(200);
      expect(world.received()).toMatchObject([
        { url: '/auth/login', headers: expect.not.objectContaining({ authorization: expect.anything() }) },
      ]);
    });

    it.each(['/metrics', '/nothing', '/Events', '/events/', '/auth/login/x'])(
      'answers 404 for %s with a token and 401 without',
      async (path) => {
        await expectProblem(await call(path), 401, 'UNAUTHENTICATED');
        await expectProblem(await call(path, { headers: bearer(['ADMIN']) }), 404, 'NOT_FOUND');
        await expectProblem(await call(path, { method: 'POST', headers: bearer(['ADMIN']) }), 404, 'NOT_FOUND');
        expect(world.received()).toEqual([]);
      },
    );

    it.each(['OPTIONS', 'PUT', 'PATCH', 'DELETE', 'PROPFIND'])(
      'answers 405 to %s, or 401 without a required token',
      async (method) => {
        const [anonymous, player, open, page] = await Promise.all([
          call('/events', { method }),
          call('/events', { method, headers: bearer(['USER']) }),
          call('/auth/login', { method }),
          call('/health', { method }),
        ]);
        expect([anonymous.status, player.status, open.status, page.status]).toEqual([401, 405, 405, 405]);
        expect([player, open, page].map(({ headers }) => headers.get('allow'))).toEqual(['POST, GET', 'POST', 'GET']);
        expect(player.headers.get('content-type')).toMatch(/^application\/problem\+json/);
        expect(world.received()).toEqual([]);
      },
    );

    it('rejects in the order 401, 403, body size and type, 404', async () => {
      const large = 'x'.repeat(262_145);
      await expectProblem(await post('/events', large), 401, 'UNAUTHENTICATED');
      await expectProblem(await post('/events', large, bearer(['USER'])), 403, 'FORBIDDEN');
      await expectProblem(await post('/events', large, bearer(['OPERATOR'])), 413, 'PAYLOAD_TOO_LARGE');
      await expectProblem(await post('/nothing', large, bearer(['OPERATOR'])), 413, 'PAYLOAD_TOO_LARGE');
      await expectProblem(await post('/nothing', '{}', bearer(['OPERATOR'])), 404, 'NOT_FOUND');
    });

    it('answers 503 while the public keys are unavailable', async () => {
      const isolated = await startWorld();
      await isolated.services.auth.stop();
      const response = await fetch(`${isolated.url}/events`, { headers: bearer(['USER']) });
      await expectProblem(response, 503, 'UNAVAILABLE');
      expect(response.headers.get('retry-after')).toBe('1');
      await isolated.services.auth.start();
      await isolated.stop();
    });
  });

  describe('a forwarded request', () => {
    it('contains the identity of the token, and no forged headers of the client', async () => {
      const accountId = randomUUID();
      const headers = {
        ...bearer(['USER'], { sub: accountId, email: '선수@example.com' }),
        'x-user-id': 'forged',
        'X-User-Roles': 'ADMIN',
        'x-user-anything': 'forged',
        'x-forwarded-for': '203.0.113.9',
        forwarded: 'for=203.0.113.9',
        cookie: 'a=b',
        te: 'trailers',
        'proxy-authorization': 'Basic x',
        'x-min-position': '0',
      };
      await call('/events/e1?page=2&x=%EA%B7%B9', { headers });
      const [received] = world.services.query.received;
      expect(received).toMatchObject({
        method: 'GET',
        url: '/events/e1?page=2&x=%EA%B7%B9',
        headers: {
          authorization: headers.authorization,
          'x-user-id': accountId,
          'x-user-email': encodeURIComponent('선수@example.com'),
          'x-user-roles': 'USER',
          'x-min-position': '0',
        },
      });
      for (const name of ['x-user-anything', 'x-forwarded-for', 'forwarded', 'cookie', 'te', 'proxy-authorization']) {
        expect(received?.headers).not.toHaveProperty(name);
      }
    });

    it('contains no identity on a public route', async () => {
      await post('/auth/login', '{}', { 'x-user-id': 'forged', 'x-user-roles': 'ADMIN' });
      expect(Object.keys(world.services.auth.received[0]?.headers ?? {}).filter((name) => name.startsWith('x-user-'))).toEqual(
        [],
      );
    });

    it('contains the complete body with its length, regardless of the original framing', async () => {
      const body = JSON.stringify({ name: '극한성장의 비약' });
      const chunked = { method: 'POST', headers: { ...bearer(['OPERATOR']), ...JSON_BODY }, duplex: 'half' };
      await call('/events', { ...chunked, body: new Blob([body]).stream() } as RequestInit);
      await post('/events', body, bearer(['OPERATOR']));
      const expected = {
        body,
        headers: { 'content-length': String(Buffer.byteLength(body)), 'content-type': 'application/json' },
      };
      expect(world.services.command.received).toMatchObject([expected, expected]);
      expect(world.services.command.received[0]?.headers).not.toHaveProperty('transfer-encoding');
    });

    it('has no body if the client sent none', async () => {
      expect((await call('/events/e1/publish', { method: 'POST', headers: bearer(['OPERATOR']) })).status).toBe(200);
      expect(world.services.command.received).toMatchObject([{ body: '', headers: { 'content-length': '0' } }]);
    });

    it('keeps the trace and the request id of the client', async () => {
      const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
      const headers = { ...bearer(['USER']), traceparent: `00-${traceId}-00f067aa0ba902b7-01`, 'x-request-id': 'my.own_id-1' };
      const response = await call('/events', { headers });
      expect(response.headers.get('x-request-id')).toBe('my.own_id-1');
      const received = world.services.query.received[0]?.headers;
      expect(received?.['x-request-id']).toBe('my.own_id-1');
      expect(received?.traceparent).toMatch(new RegExp(`^00-${traceId}-(?!00f067aa0ba902b7)[0-9a-f]{16}-01$`));
      const refused = await expectProblem(await call('/nothing', { headers }), 404, 'NOT_FOUND');
      expect(refused['traceId']).toBe(traceId);
    });

    it.each(['', 'a b', 'x'.repeat(101), 'a/b', '<script>'])('replaces the invalid request id %j', async (given) => {
      const response = await call('/events', { headers: { 'x-request-id': given } });
      expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    });
  });

  it.each(['/', '/health', '/health/live', '/api-docs', '/api-docs.json'])(
    'rejects a query of %s that is not valid UTF-8',
    async (path) => {
      await expectProblem(await call(`${path}?x=%ff`), 400, 'VALIDATION_FAILED');
    },
  );

  it('serves a start page at / that links the applications, the rules and the API documentation, without a token', async () => {
    const response = await call('/');
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const page = await response.text();
    expect(page).toMatch(/href="\/console"[^]*href="\/play"[^]*href="\/rules"[^]*href="\/rules\/ko"[^]*href="\/api-docs"/);
    const head = await call('/', { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    await expectProblem(await post('/', '{}'), 405, 'METHOD_NOT_ALLOWED');
  });

  it.each([
    ['/rules', '<h1 id="rules">Rules</h1>', 'href="/rules/ko"', 'id="conditions"'],
    ['/rules/ko', '<h1 id="규칙">규칙</h1>', 'href="/rules"', 'lang="ko"'],
  ])('serves the rules at %s without a token, with anchors and a link to the translation', async (path, ...parts) => {
    const response = await call(path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    const page = await response.text();
    expect(parts.filter((part) => !page.includes(part))).toEqual([]);
    await expectProblem(await call('/rules/fr'), 401, 'UNAUTHENTICATED');
  });

  describe('a request body', () => {
    const operator = bearer(['OPERATOR']);

    it.each([
      ['/events', 262_144],
      ['/events/e1/change', 262_144],
      ['/events/e1/rewards', 65_536],
      ['/events/e1/claims', 65_536],
    ])('can be up to the size limit of %s, with a Content-Length or in chunks', async (path, limit) => {
      const largest = JSON.stringify('x'.repeat(limit - 2));
      expect((await post(path, largest, operator)).status).toBe(200);
      await expectProblem(await post(path, `${largest} `, operator), 413, 'PAYLOAD_TOO_LARGE');
      const chunked = {
        method: 'POST',
        headers: { ...operator, ...JSON_BODY },
        body: new Blob([largest, ' ']).stream(),
        duplex: 'half',
      };
      await expectProblem(await call(path, chunked as RequestInit), 413, 'PAYLOAD_TOO_LARGE');
      expect(world.services.command.received).toHaveLength(1);
    });

    it.each(['application/json', 'application/json; charset=utf-8', 'Application/JSON;charset="UTF-8"'])(
      'is accepted as %s',
      async (type) => {
        expect((await post('/events', '{}', { ...operator, 'content-type': type })).status).toBe(200);
      },
    );

    it.each([
      'text/plain',
      'application/x-www-form-urlencoded',
      'application/json; charset=latin1',
      'application/jsonp',
      'multipart/form-data',
      '',
    ])('is rejected as %j', async (type) => {
      await expectProblem(await post('/events', '{}', { ...operator, 'content-type': type }), 415, 'UNSUPPORTED_MEDIA_TYPE');
      expect(world.received()).toEqual([]);
    });

    it('is rejected if it is compressed', async () => {
      await expectProblem(
        await post('/events', '{}', { ...operator, 'content-encoding': 'gzip' }),
        415,
        'UNSUPPORTED_MEDIA_TYPE',
      );
    });

    it('does not reach the service if the client disconnects before its end', async () => {
      const sending = httpRequest(`${world.url}/events`, {
        method: 'POST',
        headers: { ...operator, ...JSON_BODY, 'content-length': 100 },
      });
      sending.on('error', () => undefined);
      sending.write('{"half":');
      await once(sending, 'socket');
      await call('/health/live');
      sending.destroy();
      await until('the log line of the incomplete request', () =>
        world.log.some(({ method, complete }) => method === 'POST' && complete === false),
      );
      expect(world.received()).toEqual([]);
    });
  });

  describe('a response', () => {
    it('is that of the service, without headers about its server', async () => {
      world.services.command.handler = (_request, response) => {
        response.writeHead(201, {
          'content-type': 'application/json; charset=utf-8',
          'x-position': 'p1',
          etag: '"7"',
          server: 'secret/1.0',
          'x-powered-by': 'secret',
          'x-request-id': 'theirs',
          'set-cookie': ['a=1', 'b=2'],
        });
        response.end('{"data":{}}');
      };
      const response = await post('/events', '{}', { ...bearer(['OPERATOR']), 'x-request-id': 'mine' });
      expect(response.status).toBe(201);
      expect(await response.text()).toBe('{"data":{}}');
      expect(Object.fromEntries(response.headers)).toMatchObject({ 'x-position': 'p1', etag: '"7"', 'x-request-id': 'mine' });
      expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
      expect(response.headers.has('server')).toBe(false);
      expect(response.headers.has('x-powered-by')).toBe(false);
    });

    it.each([400, 401, 404, 409, 422, 500, 503])('contains the problem of the service unchanged: %d', async (status) => {
      const body = {
        type: 'urn:x',
        title: 't',
        status,
        detail: 'd',
        code: 'CONDITION_NOT_MET',
        traceId: 'x',
        progress: 1,
        required: 3,
      };
      world.services.command.handler = (_request, response) => answerJson(response, status, body, 'application/problem+json');
      const response = await post('/events/e1/completion', '{}', bearer(['USER']));
      expect([response.status, response.headers.get('content-type'), await response.json()]).toEqual([
        status,
        'application/problem+json',
        body,
      ]);
    });

    it('has security headers, and no CORS headers', async () => {
      for (const response of [
        await call('/events', { headers: bearer(['USER']) }),
        await call('/events'),
        await call('/%61'),
        await call('/health'),
      ]) {
        expect(Object.fromEntries(response.headers)).toMatchObject({
          'content-security-policy': "default-src 'none';frame-ancestors 'none'",
          'x-content-type-options': 'nosniff',
          'x-frame-options': 'DENY',
        });
        expect(response.headers.has('access-control-allow-origin')).toBe(false);
      }
    });

    it('is sent in the order of pipelined requests', async () => {
      const count = 3_000;
      const requests = Array.from(
        { length: count },
        (_, index) => `GET /health/live HTTP/1.1\r\nHost: g\r\nX-Request-Id: r${index}\r\n\r\n`,
      );
      const { answers } = await readAll(requests.join(''), count);
      expect(answers.map((answer) => /x-request-id: r(\d+)/i.exec(answer)?.[1])).toEqual(
        requests.map((_, index) => String(index)),
      );
    });

    it('keeps the connection open for further requests', async () => {
      const bytes = `GET /events HTTP/1.1\r\nHost: g\r\nAuthorization: ${bearer(['USER']).authorization}\r\n\r\n`;
      const { answers } = await sendRaw(world.gateway.port, bytes.repeat(3), 3);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    });
  });

  describe('a stream', () => {
    const open = (path: string): Promise<IncomingMessage> =>
      new Promise((resolve, reject) =>
        httpGet(`${world.url}${path}`, { headers: bearer(['USER']) }, resolve).on('error', reject),
      );

    it('is forwarded immediately, and ends at the service when the client disconnects', async () => {
      let ended = false;
      world.services.query.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.flushHeaders();
        response.once('close', () => (ended = true));
      };
      const stream = await open('/events');
      expect(stream.headers['content-type']).toBe('text/event-stream');
      stream.on('error', () => undefined);
      stream.destroy();
      await until('the upstream request to end', () => ended);
    });

    it('arrives chunk by chunk', async () => {
      let send: (text: string) => void = () => undefined;
      world.services.query.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        send = (text) => response.write(text);
        send('id: 1\n\n');
      };
      const stream = await open('/events');
      let text = '';
      stream.on('data', (chunk) => (text += chunk));
      stream.on('error', () => undefined);
      await until(
        'the first event',
        () => text,
        (value) => value === 'id: 1\n\n',
      );
      send('id: 2\n\n');
      await until(
        'the second event',
        () => text,
        (value) => value === 'id: 1\n\nid: 2\n\n',
      );
      stream.destroy();
    });

    it('applies backpressure to a service that is faster than the client', async () => {
      const piece = Buffer.alloc(64 * 1024, 'x');
      let sent = 0;
      let isHeldBack = false;
      world.services.query.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/csv' });
        const send = () => {
          while (sent < 64 * 1024 * 1024) {
            sent += piece.length;
            if (!response.write(piece)) {
              isHeldBack = true;
              response.once('drain', () => {
                isHeldBack = false;
                send();
              });
              return;
            }
          }
          response.end();
        };
        send();
      };
      const stream = await open('/events');
      stream.on('error', () => undefined);
      let before = -1;
      await until('the upstream to be held back', () => {
        const isStill = isHeldBack && sent === before;
        before = sent;
        return isStill;
      });
      expect(sent).toBeLessThan(32 * 1024 * 1024);
      stream.destroy();
    });

    it('is aborted when the service aborts it', async () => {
      world.services.query.handler = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1_000 });
        response.write('{"data":', () => response.destroy());
      };
      await expect(call('/events', { headers: bearer(['USER']) }).then((response) => response.text())).rejects.toThrow();
    });
  });

  describe('a service that fails', () => {
    it('causes a 502 and a log line with the reason if it closes the connection', async () => {
      world.services.query.handler = (request) => request.socket.destroy();
      const body = await expectProblem(await call('/events', { headers: bearer(['USER']) }), 502, 'BAD_GATEWAY');
      expect(world.log).toContainEqual(
        expect.objectContaining({
          code: 'BAD_GATEWAY',
          traceId: body['traceId'],
          err: expect.objectContaining({ code: 'UND_ERR_SOCKET' }),
        }),
      );
    });

    it('causes a 502 if it does not speak HTTP', async () => {
      const nonsense: typeof world.services.query.handler = (request) => request.socket.end('nonsense\r\n\r\n');
      for (const service of [world.services.query, world.services.delivery]) service.handler = nonsense;
      await expectProblem(await call('/events', { headers: bearer(['USER']) }), 502, 'BAD_GATEWAY');
      await expectProblem(await post('/delivery-endpoints', '{}', bearer(['ADMIN'])), 502, 'BAD_GATEWAY');
    });

    it('sees its connection close if the client disconnects before the response', async () => {
      let begun = false;
      let ended = false;
      world.services.query.handler = (_request, response) => {
        begun = true;
        response.once('close', () => (ended = true));
      };
      const asking = httpGet(`${world.url}/events`, { headers: bearer(['USER']) });
      asking.on('error', () => undefined);
      await until('the request to reach the service', () => begun);
      asking.destroy();
      await until('the upstream request to end', () => ended);
    });
  });

  describe('health', () => {
    it('is 200 with the services if all are ready', async () => {
      const response = await call('/health');
      expect([response.status, await response.json()]).toEqual([
        200,
        { data: { status: 'ok', services: { auth: 'up', command: 'up', delivery: 'up', query: 'up', projections: 'up' } } },
      ]);
      expect((await call('/health/ready')).status).toBe(200);
    });

    it('is 503 with the services that are not ready, while /health/live is 200', async () => {
      world.services.query.handler = (_request, response) => answerJson(response, 503, {});
      world.services.command.handler = (request) => request.socket.destroy();
      const response = await call('/health');
      const body = await expectProblem(response, 503, 'UNAVAILABLE');
      expect(body['services']).toEqual({ auth: 'up', command: 'down', delivery: 'up', query: 'down', projections: 'up' });
      expect(response.headers.get('retry-after')).toBe('1');
      expect((await call('/health/live')).status).toBe(200);
    });

    it('contains the reasons of parts that are down, except of engines, whose reasons contain files and addresses', async () => {
      const reasons = { counter: 'Rebuild the counter: npm run rebuild -- counter', eventStore: '/data/events.db is damaged' };
      world.services.command.handler = (_request, response) => answerJson(response, 503, { reasons });
      world.services.query.handler = (_request, response) => answerJson(response, 503, { reasons: 'none' });
      world.services.delivery.handler = (_request, response) =>
        answerJson(response, 503, { reasons: { secrets: '/data/delivery.db is damaged' } });
      const body = await expectProblem(await call('/health'), 503, 'UNAVAILABLE');
      expect(body['reasons']).toEqual({ command: { counter: reasons.counter } });
    });
  });

  describe('documentation', () => {
    const documentOf = (name: string) => ({
      openapi: '3.0.0',
      paths: { [`/${name}`]: { get: { operationId: name } } },
      components: { schemas: { Problem: { type: 'object' } } },
    });

    it('covers all services that answer', async () => {
      world.services.auth.handler = (_request, response) => answerJson(response, 200, documentOf('auth'));
      world.services.query.handler = (_request, response) => answerJson(response, 200, documentOf('query'));
      world.services.command.handler = (request) => request.socket.destroy();
      world.services.projections.handler = (_request, response) => response.end('no JSON');
      const response = await call('/api-docs.json');
      expect(response.headers.get('content-type')).toMatch(/^application\/json/);
      expect(await response.json()).toMatchObject({
        info: { description: expect.stringContaining('command, projections') },
        paths: { '/auth': {}, '/query': {} },
        components: { schemas: { Problem: { type: 'object' } } },
      });
    });

    it('is served for HEAD as for GET, without the body', async () => {
      for (const path of [
        '/api-docs',
        '/api-docs/swagger-ui-bundle.js',
        '/health/live',
        '/health',
        '/api-docs.json',
        '/events',
      ]) {
        world.services.query.handler = (request, response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': 2, etag: '"1"' });
          response.end(request.method === 'HEAD' ? undefined : '{}');
        };
        const headers = bearer(['USER']);
        const [got, head] = [await call(path, { headers }), await call(path, { method: 'HEAD', headers })];
        expect([path, head.status, await head.text()]).toEqual([path, got.status, '']);
        await got.arrayBuffer();
        for (const name of ['content-type', 'content-length', 'cache-control', 'content-security-policy', 'etag']) {
          expect([path, name, head.headers.get(name)]).toEqual([path, name, got.headers.get(name)]);
        }
      }
      expect(world.services.query.received.map(({ method }) => method)).toEqual(expect.arrayContaining(['GET', 'HEAD']));
    });

    it('can be cached with revalidation, and other responses cannot be cached', async () => {
      const control = async (path: string) => (await call(path, { headers: bearer(['USER']) })).headers.get('cache-control');
      expect(await Promise.all(['/api-docs', '/api-docs/start.js'].map(control))).toEqual(['no-cache', 'no-cache']);
      const others = ['/health', '/health/live', '/events', '/nothing', '/%61', '/claims', '/api-docs/nothing'];
      expect(new Set(await Promise.all(others.map(control)))).toEqual(new Set(['no-store']));
      world.services.auth.handler = (_request, response) => response.writeHead(200, { 'cache-control': 'max-age=300' }).end('{}');
      expect(await control('/auth/me')).toBe('max-age=300');
    });

    it('is a page that loads only files of the gateway', async () => {
      const page = await call('/api-docs');
      const html = await page.text();
      expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
      expect(html).not.toMatch(/<script>|onload=/);
      for (const [, file = ''] of html.matchAll(/(?:src|href)="([^"]+)"/g)) {
        const response = await call(file);
        expect([file, response.status]).toEqual([file, 200]);
        expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(50);
      }
      await expectProblem(await call('/api-docs/index.html'), 404, 'NOT_FOUND');
    });
  });

  describe('the log', () => {
    it('has one line for each request, without secrets or personal data', async () => {
      const token = makeToken(['OPERATOR'], { email: 'secret.person@example.com' });
      const headers = { authorization: `Bearer ${token}`, ...JSON_BODY };
      await call('/events?email=secret.person@example.com', { method: 'POST', body: '{"password":"hunter22"}', headers });
      await call('/accounts/secret.person@example.com', { headers });
      world.services.query.handler = (request) => request.socket.destroy();
      await call('/events?email=secret.person@example.com', { headers });
      await until(
        'three log lines',
        () => world.log.filter(({ msg }) => msg === 'request').length,
        (value) => value === 3,
      );
      const text = JSON.stringify(world.log);
      expect(text).not.toMatch(/secret|hunter22|Bearer/);
      expect(text).not.toContain(token.split('.')[1]);
      const lines = world.log.filter(({ msg }) => msg === 'request');
      expect(lines).toMatchObject([
        { level: 20, method: 'POST', route: '/events', status: 200, complete: true },
        { level: 20, method: 'GET', route: 'unlisted', status: 404 },
        { level: 30, method: 'GET', route: '/events', status: 502 },
      ]);
    });
  });
});

describe('the metrics of the gateway', () => {
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());
  const metricsUrl = () => `http://127.0.0.1:${world.gateway.metricsPort}/metrics`;

  it('count its requests, and use the process names of the services', async () => {
    await call('/events/3f1e1b8e-0000-4000-8000-000000000001', { headers: bearer(['USER']) });
    await call('/nothing', { headers: bearer(['USER']) });
    const metrics = async () => (await fetch(metricsUrl())).text();
    // A request is counted only after its response was sent.
    await until('the answer to be observed', metrics, (text) => text.includes('route="unlisted"'));
    const lines = (await metrics()).split('\n');
    const has = (name: string, ...labels: string[]): boolean =>
      lines.some((line) => line.startsWith(`${name}{`) && line.endsWith(' 1') && labels.every((label) => line.includes(label)));
    const count = 'http_request_duration_seconds_count';
    expect(has(count, 'method="GET"', 'route="/events/{eventId}"', 'status="200"')).toBe(true);
    expect(has(count, 'method="GET"', 'route="unlisted"', 'status="404"')).toBe(true);
    const parts = ['auth-service', 'command-service', 'delivery', 'query-service', 'projections'];
    expect(parts.filter((part) => !has('part_up', `part="${part}"`))).toEqual([]);
    expect(lines.filter((line) => /^[^#]/.test(line) && !line.includes('service="gateway"'))).toEqual([]);
  });

  it('are served on a separate port, which serves nothing else', async () => {
    expect((await call('/metrics', { headers: bearer(['ADMIN']) })).status).toBe(404);
    for (const [path, method] of [
      ['/events', 'GET'],
      ['/health', 'GET'],
      ['/metrics', 'POST'],
    ]) {
      expect((await fetch(new URL(path as string, metricsUrl()), { method: method as string })).status).toBe(404);
    }
  });

  it('are missing with a warning if the default port is in use, but a configured port must be free', async () => {
    const port = Number(new URL(metricsUrl()).port);
    const other = await startWorld({ metricsPort: { port, isChosen: false } });
    expect(other.gateway.metricsPort).toBeNull();
    expect(other.log.map(({ msg }) => msg)).toContain(
      `Port ${port} (gateway, GATEWAY_METRICS_PORT) is already in use. The gateway serves no metrics. ` +
        'Set GATEWAY_METRICS_PORT to a free port.',
    );
    await other.stop();
    const chosen = { host: '127.0.0.1', metricsPort: { port, isChosen: true } };
    await expect(serveMetrics(new Metrics('gateway'), chosen, createLogger('gateway', 'silent'))).rejects.toThrow(
      `Port ${port} (gateway, GATEWAY_METRICS_PORT) is already in use.`,
    );
  });
});

describe('a gateway whose services are unavailable', () => {
  it('answers 503 with Retry-After', async () => {
    world = await startWorld();
    await call('/events', { headers: bearer(['USER']) });
    await world.services.query.stop();
    const response = await call('/events', { headers: bearer(['USER']) });
    await expectProblem(response, 503, 'UNAVAILABLE');
    expect(response.headers.get('retry-after')).toBe('1');
    await world.services.query.start();
    await world.stop();
  });

  it('answers 503 for the routes of the one that is unavailable only', async () => {
    world = await startWorld();
    await world.services.delivery.stop();
    await expectProblem(await post('/delivery-endpoints', '{}', bearer(['ADMIN'])), 503, 'UNAVAILABLE');
    const others = ['/auth/login', '/events/3f1e1b8e-0000-4000-8000-000000000001/claims'];
    for (const path of others) expect((await post(path, '{}', bearer(['USER']))).status).toBe(200);
    expect((await call('/events', { headers: bearer(['USER']) })).status).toBe(200);
    await world.services.delivery.start();
    await world.stop();
  });
});

describe('a gateway with a short upstream timeout', () => {
  beforeAll(async () => {
    world = await startWorld({ upstreamTimeoutMs: 300 });
  });
  afterAll(() => world.stop());

  it('answers 504 and aborts the request if a service does not answer in time', async () => {
    let ended = false;
    world.services.query.handler = (_request, response) => response.once('close', () => (ended = true));
    await expectProblem(await call('/events', { headers: bearer(['USER']) }), 504, 'UPSTREAM_TIMEOUT');
    await until('the upstream request to end', () => ended);
    world.services.delivery.handler = () => undefined;
    await expectProblem(await post('/delivery-endpoints', '{}', bearer(['ADMIN'])), 504, 'UPSTREAM_TIMEOUT');
  });

  it('aborts a response that stalls', async () => {
    world.services.query.handler = (_request, response) => void response.writeHead(200, { 'content-length': 10 }).write('{');
    const response = await call('/events', { headers: bearer(['USER']) });
    await expect(response.text()).rejects.toThrow();
  });
});

describe('a gateway with rate limits', () => {
  beforeAll(async () => {
    world = await startWorld({ rates: { account: 0.2, address: 0.5, site: 1, credentials: 0.04, siteCredentials: 1 } });
  });
  afterAll(() => world.stop());

  it('answers 429 to an account over its limit, and still serves others', async () => {
    const headers = bearer(['USER']);
    expect((await call('/events', { headers })).status).toBe(200);
    const response = await call('/events', { headers });
    await expectProblem(response, 429, 'RATE_LIMITED');
    expect(Number(response.headers.get('retry-after'))).toBeGreaterThanOrEqual(4);
    expect(response.headers.get('ratelimit')).toMatch(/^"account";r=0;t=\d+$/);
    expect(response.headers.get('ratelimit-policy')).toBe('"account";q=1;w=5, "address";q=4;w=8');
    const other = await call('/events', { headers: bearer(['USER']) });
    expect([other.status, other.headers.get('ratelimit')]).toEqual([200, '"account";r=0;t=5']);
  });

  it('counts requests with invalid tokens against the address, separately from logins', async () => {
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await call('/events', { headers: { authorization: 'Bearer bad' } })).status);
    expect(statuses).toEqual([401, 401, 429]);
    expect((await post('/auth/login', '{}')).status).toBe(200);
    expect((await post('/auth/login', '{}')).status).toBe(429);
  });
});

describe('a gateway that receives malformed requests', () => {
  beforeAll(async () => {
    world = await startWorld({ rates: { account: 1, address: 0.25, site: 1, credentials: 1, siteCredentials: 1 } });
  });
  afterAll(() => world.stop());

  it('counts them against the address', async () => {
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await call('//events')).status);
    expect(statuses).toEqual([400, 400, 429]);
  });
});

describe('a gateway with several instances of a service', () => {
  const other = new FakeService();
  const statuses = async (count: number) => {
    const headers = bearer(['USER']);
    const answers = [];
    for (let index = 0; index < count; index += 1) answers.push((await call('/events', { headers })).status);
    return answers;
  };

  beforeAll(async () => {
    world = await startWorld({ otherQueryUrls: [await other.start()] });
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    world.forget();
    other.received.length = 0;
  });

  it('uses all instances', async () => {
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
    expect([other.received.length, world.services.query.received.length]).toEqual([2, 2]);
  });

  const stopping = { [NOT_PROCESSED_HEADER]: 'stopping', connection: 'close', 'retry-after': '1' };

  it('retries on another instance a request, even a write, that the first one did not process', async () => {
    other.handler = (_request, response) => response.writeHead(503, stopping).end('{}');
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
    world.services.query.handler = other.handler;
    const response = await call('/events', { headers: bearer(['USER']) });
    expect(response.headers.has(NOT_PROCESSED_HEADER)).toBe(false);
    await expectProblem(response, 503, 'UNAVAILABLE');

    let attempts = 0;
    world.services.command.handler = (_request, answer) => {
      attempts += 1;
      if (attempts === 1) answer.writeHead(503, stopping).end('{}');
      else answerJson(answer, 201, { data: 'done' });
    };
    expect((await post('/events', '{"a":1}', bearer(['OPERATOR']))).status).toBe(201);
    expect(world.services.command.received.map(({ body }) => body)).toEqual(['{"a":1}', '{"a":1}']);
  });

  it('does not retry after any other 503', async () => {
    other.handler = world.services.query.handler = (_request, response) =>
      answerJson(response, 503, { code: 'UNAVAILABLE', detail: 'An engine is unavailable.' }, 'application/problem+json');
    const response = await call('/events', { headers: bearer(['USER']) });
    expect(await response.json()).toEqual({ code: 'UNAVAILABLE', detail: 'An engine is unavailable.' });
    expect(other.received.length + world.services.query.received.length).toBe(1);
  });

  it('sends nothing on a new connection to a stopping instance before the instance has answered a probe', async () => {
    other.handler = (_request, response) => response.writeHead(503, stopping).end('{}');
    expect(await statuses(2)).toEqual([200, 200]);
    // The operating system resets connections that a process has not accepted when it stops listening.
    const receivedBefore = other.received.length;
    other.resetsAll = true;
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
    expect(other.received).toHaveLength(receivedBefore);
    other.resetsAll = false;
    other.handler = (_request, response) => answerJson(response, 200, { data: 'ok' });
    expect(await statuses(4)).toEqual([200, 200, 200, 200]);
    expect(other.received).toHaveLength(receivedBefore + 2);
  });

  it('does not retry a request that may have been processed', async () => {
    other.handler = world.services.query.handler = (request) => request.socket.destroy();
    await expectProblem(await call('/events', { headers: bearer(['USER']) }), 502, 'BAD_GATEWAY');
    expect(other.received.length + world.services.query.received.length).toBe(1);
  });

  it('retries on another instance if it cannot connect, and is healthy while one instance answers', async () => {
    await other.stop();
    expect(await statuses(6)).toEqual([200, 200, 200, 200, 200, 200]);
    expect((await call('/health')).status).toBe(200);
  });
});

describe('a gateway that limits connections', () => {
  afterEach(() => world.stop());

  it('rejects connections over the limit of an address with a reason, and accepts others after one has closed', async () => {
    world = await startWorld({ connections: { perAddress: 2, total: 10 } });
    const [first] = [await open(), await open()];
    await until(
      '2 open connections',
      () => world.gateway.load().connections,
      (value) => value === 2,
    );
    const text = await textOf(await open());
    expect(text).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/);
    expect(text).toMatch(/\r\nretry-after: 1\r\n/i);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toEqual(problemBody(429, 'RATE_LIMITED'));
    expect(world.log).toContainEqual(
      expect.objectContaining({ address: '127.0.0.1', msg: 'connections refused: over the limit' }),
    );
    first.destroy();
    await until(
      '1 open connection',
      () => world.gateway.load().connections,
      (value) => value === 1,
    );
    expect((await sendRaw(world.gateway.port, 'GET /health/live HTTP/1.1\r\nHost: g\r\n\r\n')).answers[0]?.status).toBe(200);
  });

  it('rejects connections over the total limit', async () => {
    world = await startWorld({ connections: { perAddress: 10, total: 1 } });
    await open();
    await until(
      '1 open connection',
      () => world.gateway.load().connections,
      (value) => value === 1,
    );
    expect(await textOf(await open())).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\n[^]*"code":"UNAVAILABLE"/);
  });

  it('exempts trusted proxies', async () => {
    const trustProxy = parseNetworks(['127.0.0.0/8']) ?? false;
    world = await startWorld({ connections: { perAddress: 1, total: 1 }, trustProxy });
    for (let index = 0; index < 5; index += 1) await open();
    await until(
      '5 open connections',
      () => world.gateway.load().connections,
      (value) => value === 5,
    );
    expect((await call('/health/live')).status).toBe(200);
  });
});

describe('a gateway with an allowed origin', () => {
  beforeAll(async () => {
    world = await startWorld({ corsOrigins: ['https://play.example.com'], trustProxy: true });
  });
  afterAll(() => world.stop());

  it('sends CORS headers only to that origin', async () => {
    const preflight = {
      method: 'OPTIONS',
      headers: { origin: 'https://play.example.com', 'access-control-request-method': 'POST' },
    };
    const response = await call('/events', preflight);
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('https://play.example.com');
    const other = await call('/events', { ...preflight, headers: { ...preflight.headers, origin: 'https://evil.example.com' } });
    expect(other.status).toBe(401);
    expect(other.headers.has('access-control-allow-origin')).toBe(false);
    expect(other.headers.get('vary')).toBe('Origin');
  });

  it('sends CORS headers with rejections too, and keeps the Vary header of a service', async () => {
    const origin = 'https://play.example.com';
    const rejected = await call('/events', { headers: { origin } });
    expect([rejected.status, rejected.headers.get('access-control-allow-origin')]).toEqual([401, origin]);
    world.services.query.handler = (_request, response) => response.writeHead(200, { vary: 'Accept' }).end();
    const answered = await call('/events', { headers: { origin, ...bearer(['USER']) } });
    expect(answered.headers.get('vary')).toBe('Origin, Accept');
  });

  it('forwards X-Forwarded-For from a trusted proxy', async () => {
    await call('/events', { headers: { ...bearer(['USER']), 'x-forwarded-for': '203.0.113.9' } });
    expect(world.services.query.received.at(-1)?.headers['x-forwarded-for']).toBe('203.0.113.9');
  });
});

describe('a stopping gateway', () => {
  beforeEach(async () => {
    world = await startWorld();
  });
  afterEach(() => Promise.all(Object.values(world.services).map((service) => service.stop())));

  it('finishes requests in flight, ends live streams, and rejects new requests', async () => {
    let finish: () => void = () => undefined;
    world.services.command.handler = (_request, response) => (finish = () => answerJson(response, 201, { data: 'done' }));
    world.services.query.handler = (_request, response) =>
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(':\n\n');
    const inFlight = post('/events', '{}', bearer(['OPERATOR']));
    const stream = await call('/events', { headers: bearer(['USER']) });
    await until(
      'the request to reach the service',
      () => world.services.command.received.length,
      (value) => value === 1,
    );

    const [idle, silent] = [await open(), await open()];
    await until(
      '4 open connections',
      () => world.gateway.load().connections,
      (value) => value === 4,
    );
    const stopped = world.gateway.stop();
    await expect(stream.text()).rejects.toThrow();
    const late = await call('/health/live', { headers: { 'x-request-id': 'mine' } });
    expect(Object.fromEntries(late.headers)).toMatchObject({
      connection: 'close',
      'retry-after': '1',
      'x-request-id': 'mine',
      'cache-control': 'no-store',
      'x-frame-options': 'DENY',
    });
    await expectProblem(late, 503, 'UNAVAILABLE');
    idle.write('POST /events HTTP/1.1\r\nHost: g\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n{');
    const text = await textOf(idle);
    expect(text).toMatch(/^HTTP\/1\.1 503 Service Unavailable\r\nConnection: close\r\n/);
    expect(JSON.parse(text.slice(text.indexOf('\r\n\r\n')))).toEqual(problemBody(503, 'UNAVAILABLE'));
    expect(text).not.toContain(NOT_PROCESSED_HEADER);
    silent.write('HEAD /events HTTP/1.1\r\nHost: g\r\n\r\n');
    expect(await textOf(silent)).toMatch(/^HTTP\/1\.1 503 [^]*content-length: \d+\r\n\r\n$/i);
    const unused = await open();
    finish();
    const response = await inFlight;
    expect([response.status, response.headers.get('connection')]).toEqual([201, 'close']);
    // A request on this connection could cross its close, so the response is sent in advance.
    expect(await textOf(unused)).toMatch(/^HTTP\/1\.1 503 /);
    await stopped;
    expect(world.services.command.received).toHaveLength(1);
    await expect(call('/health/live')).rejects.toThrow();
  });

  it('waits no longer than the given time', async () => {
    world.services.command.handler = () => undefined;
    const inFlight = post('/events', '{}', bearer(['OPERATOR']));
    inFlight.catch(() => undefined);
    await until(
      'the request to reach the service',
      () => world.services.command.received.length,
      (value) => value === 1,
    );
    await world.gateway.stop(50);
    await expect(inFlight).rejects.toThrow();
  });
});
