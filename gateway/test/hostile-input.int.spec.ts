import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { problemBody } from '@rewards/testing/http';
import { makeToken, sendRaw, startWorld, type RawAnswer, type World } from './harness';

const PLAYER_ID = randomUUID();
const PLAYER = `Authorization: Bearer ${makeToken(['USER'], { sub: PLAYER_ID })}`;
const ADMIN = `Authorization: Bearer ${makeToken(['ADMIN'])}`;
const ADMIN_PATH = `/accounts/${PLAYER_ID}/roles`;

/** A smuggled request, which a service must never process as a separate request. */
const SMUGGLED = `POST ${ADMIN_PATH} HTTP/1.1\r\nHost: s\r\nx-user-id: ${PLAYER_ID}\r\nx-user-roles: ADMIN\r\nContent-Length: 0\r\n\r\n`;

let world: World;

const lines = (...parts: string[]) => parts.join('\r\n');
const head = (...parts: string[]) => `${lines(...parts)}\r\n\r\n`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunked = (text: string) => `${chunk(text)}0\r\n\r\n`;

const attack = async (bytes: string, count = 1): Promise<{ answers: RawAnswer[]; closed: boolean }> => {
  const outcome = await sendRaw(world.gateway.port, bytes, count);
  // Bytes that remained on a connection to a service would now reach the service.
  await sendRaw(world.gateway.port, head('GET /events HTTP/1.1', 'Host: g', PLAYER));
  await sendRaw(
    world.gateway.port,
    `${head('POST /auth/login HTTP/1.1', 'Host: g', 'Content-Type: application/json', 'Content-Length: 2')}{}`,
  );
  return outcome;
};

const statuses = ({ answers }: { answers: RawAnswer[] }) => answers.map(({ status }) => status);

/** The requests that reached a service, except the two after each attack. */
const reached = () => world.received().filter(({ url, body }) => url !== '/events' && !(url === '/auth/login' && body === '{}'));

const expectNothingForged = () => {
  for (const { headers } of world.received()) {
    expect(headers['x-user-roles'] ?? 'USER').toBe('USER');
    expect(headers['x-user-id'] ?? PLAYER_ID).toBe(PLAYER_ID);
  }
};

const expectProblem = (answer: RawAnswer | undefined, status: number, code: string) => {
  expect(answer?.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(answer?.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  const body = JSON.parse(answer?.body ?? '{}') as { errors?: unknown };
  expect(body).toEqual(problemBody(status, code, code === 'VALIDATION_FAILED' ? { errors: body.errors ?? 'missing' } : {}));
};

describe('hostile input', () => {
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());
  beforeEach(() => world.forget());
  afterEach(expectNothingForged);

  describe('a request smuggled in the body of a method without a body', () => {
    it.each([
      ['GET', 400],
      ['HEAD', 400],
      ['DELETE', 405],
      ['OPTIONS', 405],
      ['TRACE', 405],
      ['PATCH', 405],
    ])('does not reach a service with a chunked %s', async (method, status) => {
      const answer = await attack(
        head(`${method} /participations HTTP/1.1`, 'Host: g', PLAYER, 'Transfer-Encoding: chunked') + chunked(SMUGGLED),
      );
      expect(statuses(answer)[0]).toBe(status);
      expect(reached()).toEqual([]);
    });

    it.each(['GET', 'DELETE', 'OPTIONS'])('does not reach a service with a %s with a length', async (method) => {
      const bytes =
        head(`${method} /participations HTTP/1.1`, 'Host: g', PLAYER, `Content-Length: ${SMUGGLED.length}`) + SMUGGLED;
      expect(statuses(await attack(bytes))).toEqual([method === 'GET' ? 400 : 405]);
      expect(reached()).toEqual([]);
    });

    it.each(['GET', 'HEAD', 'DELETE', 'OPTIONS'])(
      'is a second request without a token after a %s without framing',
      async (method) => {
        const answers = await attack(head(`${method} /participations HTTP/1.1`, 'Host: g', PLAYER) + SMUGGLED, 2);
        const isServed = method === 'GET' || method === 'HEAD';
        expect(statuses(answers)).toEqual([isServed ? 200 : 405, 401].slice(0, answers.answers.length));
        expect(reached().map(({ url }) => url)).toEqual(isServed ? ['/participations'] : []);
      },
    );
  });

  describe('ambiguous framing', () => {
    const post = (...headers: string[]) =>
      head(`POST ${ADMIN_PATH} HTTP/1.1`, 'Host: g', ADMIN, 'Content-Type: application/json', ...headers);

    it.each([
      ['a length and chunks', post('Content-Length: 4', 'Transfer-Encoding: chunked') + chunked('{}')],
      ['chunks and a length', post('Transfer-Encoding: chunked', 'Content-Length: 4') + chunked('{}')],
      ['two lengths', `${post('Content-Length: 2', 'Content-Length: 40')}{}`],
      ['the same length twice', `${post('Content-Length: 2', 'Content-Length: 2')}{}`],
      ['a list of lengths', `${post('Content-Length: 2, 2')}{}`],
      ['a signed length', `${post('Content-Length: +2')}{}`],
      ['a hexadecimal length', `${post('Content-Length: 0x2')}{}`],
      ['a space before the colon', `${post('Content-Length : 2')}{}`],
      ['a folded header', post('X-Folded: a', ' b', 'Content-Length: 0')],
      ['a folded coding', post('Transfer-Encoding:', ' chunked') + chunked('{}')],
      ['an unknown coding', post('Transfer-Encoding: xchunked') + chunked('{}')],
      ['a coding after chunked', post('Transfer-Encoding: chunked, identity') + chunked('{}')],
      ['a bad chunk size', `${post('Transfer-Encoding: chunked')}zz\r\n{}\r\n0\r\n\r\n`],
      ['a chunk longer than its size', `${post('Transfer-Encoding: chunked')}1\r\n{}\r\n0\r\n\r\n`],
      ['bare line feeds', post('Content-Length: 0').replaceAll('\r\n', '\n')],
      ['a bare carriage return', post('X-Bare: a\rContent-Length: 5')],
      ['a null in a header', post('X-Null: a\0b', 'Content-Length: 0')],
      ['a header without a colon', post('Nonsense', 'Content-Length: 0')],
      ['no request', 'nonsense\r\n\r\n'],
      ['an unknown method', head('SMUGGLE /events HTTP/1.1', 'Host: g')],
      ['an unknown version', head('GET /events HTTP/9.9', 'Host: g')],
      ['too many headers', post(...Array.from({ length: 600 }, (_, index) => `X-Header-${index}: ${'x'.repeat(30)}`))],
      ['a tunnel', head('CONNECT 127.0.0.1:3000 HTTP/1.1', 'Host: g')],
    ])('is rejected with 400 and a closed connection: %s', async (_name, bytes) => {
      const { answers, closed } = await attack(bytes + SMUGGLED, 99);
      expect(statuses({ answers })).toEqual([400]);
      expectProblem(answers[0], 400, 'VALIDATION_FAILED');
      expect(answers[0]?.headers['connection']).toBe('close');
      expect(closed).toBe(true);
      expect(reached()).toEqual([]);
    });

    it.each([
      ['two codings', post('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') + chunked('{}')],
      ['a coding before chunked', post('Transfer-Encoding: gzip, chunked') + chunked('{}')],
      ['two types', `${post('content-type: text/plain', 'Content-Length: 2')}{}`],
      ['two hosts', `${post('Host: h', 'Content-Length: 2')}{}`],
    ])('is rejected with 400: %s', async (_name, bytes) => {
      const { answers } = await attack(bytes);
      expectProblem(answers[0], 400, 'VALIDATION_FAILED');
      expect(reached()).toEqual([]);
    });

    it('is normalized for the service: chunks and trailers become a length', async () => {
      const bytes = `${post('Transfer-Encoding: chunked', 'Trailer: x-user-roles')}1;ext="a"\r\n{\r\n1\r\n}\r\n0\r\nx-user-roles: ROOT\r\n\r\n`;
      await sendRaw(world.gateway.port, bytes);
      expect(world.services.auth.received).toMatchObject([
        { body: '{}', headers: { 'content-length': '2', 'x-user-roles': 'ADMIN' } },
      ]);
      expect(world.services.auth.received[0]?.headers).not.toHaveProperty('trailer');
      world.forget();
    });

    it('is rejected in HTTP/1.0 too, while a request without a body is accepted', async () => {
      expect(statuses(await attack(head('GET /participations HTTP/1.0', PLAYER)))).toEqual([200]);
      expect(
        statuses(await attack(head('GET /participations HTTP/1.0', PLAYER, 'Transfer-Encoding: chunked') + chunked(SMUGGLED))),
      ).toEqual([400]);
    });
  });

  describe('the identity of a caller', () => {
    it('cannot be ambiguous', async () => {
      for (const headers of [
        [PLAYER, ADMIN],
        [ADMIN, PLAYER],
        [PLAYER, ADMIN.toLowerCase()],
      ]) {
        const { answers } = await attack(head('GET /accounts HTTP/1.1', 'Host: g', ...headers));
        expectProblem(answers[0], 400, 'VALIDATION_FAILED');
      }
      expect(reached()).toEqual([]);
    });

    it.each(['x-user-id', 'X-USER-ID', 'X-User-Roles', 'x-user-', 'X_User_Roles'])(
      'is not taken from the header %s',
      async (name) => {
        await attack(head('GET /participations HTTP/1.1', 'Host: g', `${name}: ADMIN`, PLAYER, `${name}: ADMIN`));
        const [received] = reached();
        const forwarded = Object.keys(received?.headers ?? {}).filter((header) => /^x.user/.test(header));
        expect(forwarded.sort()).toEqual(['x-user-email', 'x-user-id', 'x-user-roles']);
      },
    );

    it('cannot be removed by naming its headers in Connection', async () => {
      await attack(
        head('GET /participations HTTP/1.1', 'Host: g', PLAYER, 'Connection: keep-alive, x-user-roles, x-user-id, traceparent'),
      );
      expect(reached()[0]?.headers).toMatchObject({ 'x-user-roles': 'USER', 'x-user-id': PLAYER_ID });
    });

    it('is checked for each request on one connection', async () => {
      const get = (path: string, ...headers: string[]) => head(`GET ${path} HTTP/1.1`, 'Host: g', ...headers);
      const answers = await attack(
        get('/participations', PLAYER) +
          get('/verification', PLAYER) +
          get('/participations') +
          get('/claims', PLAYER) +
          get('/claims/mine', PLAYER),
        5,
      );
      expect(statuses(answers)).toEqual([200, 403, 401, 403, 200]);
      expect(
        reached()
          .map(({ url }) => url)
          .sort(),
      ).toEqual(['/claims/mine', '/participations']);
    });
  });

  describe('a disguised path to a restricted route', () => {
    it.each([
      '//claims',
      '/claims/',
      '/./claims',
      '/claims/mine/..',
      '/claims/mine/../../claims',
      '/claims/mine/%2e%2e',
      '/claims/mine/%2E%2E/',
      '/claims/mine/..;/',
      '/claims/mine;/..',
      '/claims;x=1',
      '/claims/mine/..%2f',
      '/claims%2f',
      '/claims%2Fmine',
      '/%63laims',
      '/%63%6c%61%69%6d%73',
      '/CLAIMS',
      '/Claims',
      '/claims%00',
      '/claims%20',
      '/claims%09',
      '/claims.json',
      '/claims?',
      '/claims?/mine',
      '/claims#/mine',
      '/claims\\mine',
      '\\claims',
      '/\\claims',
      '/claims/.%00./',
      '/claims%252fmine',
      '/%c0%afclaims',
      '/%e3%80%82/claims',
      '/\u00e9/claims',
      'http://127.0.0.1/claims',
      'http://query:3003/claims',
      'HTTP://g/claims',
      'claims',
      '*',
      'g:80',
      '/accounts/x%2froles',
      '/verification',
      '/projections',
      '/metrics',
      '/events/../metrics',
      '/health/../metrics',
      '/api-docs/../claims',
      '/api-docs/..%2fclaims',
      '/health/ready/../../claims',
    ])('does not reach a service: %j', async (target) => {
      for (const method of ['GET', 'POST', 'HEAD', 'OPTIONS']) {
        const { answers } = await attack(head(`${method} ${target} HTTP/1.1`, 'Host: g', PLAYER));
        expect([400, 403, 404, 405]).toContain(answers[0]?.status);
        expect(answers[0]?.headers['content-type']).toBe('application/problem+json; charset=utf-8');
      }
      expect(reached()).toEqual([]);
    });
  });

  it.each([
    '/events/..',
    '/events/%2e%2e',
    '/events/..%2fclaims',
    '/events/%2E%2E%2Fclaims',
    '/events/..;',
    '/events/.%2e/progress',
    '/events/a%5cb',
    '/events/%00',
  ])('a path that a service could resolve to another path is rejected: %j', async (target) => {
    const { answers } = await attack(head(`GET ${target} HTTP/1.1`, 'Host: g', PLAYER));
    expectProblem(answers[0], 400, 'VALIDATION_FAILED');
    expect(reached()).toEqual([]);
  });

  describe('the gateway', () => {
    const upgrade = [
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ];

    it('rejects an upgrade to WebSocket', async () => {
      const { answers } = await attack(head('GET /participations HTTP/1.1', 'Host: g', PLAYER, ...upgrade));
      expectProblem(answers[0], 400, 'VALIDATION_FAILED');
      expect(reached()).toEqual([]);
    });

    it('ignores other upgrades, and closes the connection without processing the bytes that follow', async () => {
      const bytes = head(
        'GET /participations HTTP/1.1',
        'Host: g',
        PLAYER,
        'Connection: Upgrade, HTTP2-Settings',
        'Upgrade: h2c',
        'HTTP2-Settings: AAMAAABk',
      );
      const { answers, closed } = await attack(bytes + SMUGGLED, 2);
      expect([statuses({ answers }), closed]).toEqual([[200], true]);
      expect(reached()).toMatchObject([{ url: '/participations' }]);
      expect(reached()[0]?.headers).not.toHaveProperty('upgrade');
      expect(reached()[0]?.headers).not.toHaveProperty('http2-settings');
    });

    it('reads the body of a request with an upgrade up to its length', async () => {
      const body = `{"x":${JSON.stringify(SMUGGLED)}}`;
      const bytes = head(
        'POST /events/e1/completion HTTP/1.1',
        'Host: g',
        PLAYER,
        'Connection: Upgrade',
        'Upgrade: h2c',
        'Content-Type: application/json',
        `Content-Length: ${body.length}`,
      );
      const { answers, closed } = await attack(bytes + body + SMUGGLED, 2);
      expect([statuses({ answers }), closed]).toEqual([[200], true]);
      expect(reached()).toMatchObject([{ url: '/events/e1/completion', body }]);
    });

    it('rejects the HTTP/2 connection preface', async () => {
      const { answers, closed } = await attack('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 2);
      expectProblem(answers[0], 400, 'VALIDATION_FAILED');
      expect(closed).toBe(true);
    });

    it('rejects an unknown expectation, and answers 100-continue', async () => {
      const post = (expect: string) =>
        head(
          'POST /events/e1/completion HTTP/1.1',
          'Host: g',
          PLAYER,
          'Content-Type: application/json',
          'Content-Length: 2',
          `Expect: ${expect}`,
        );
      expectProblem((await attack(`${post('miracles')}{}`)).answers[0], 400, 'VALIDATION_FAILED');
      expect(statuses(await attack(`${post('100-continue')}{}`, 2))).toEqual([100, 200]);
      expect(reached()).toHaveLength(1);
      expect(reached()[0]?.headers).not.toHaveProperty('expect');
    });

    it('rejects a request without a host', async () => {
      expectProblem((await attack(head('GET /participations HTTP/1.1', PLAYER))).answers[0], 400, 'VALIDATION_FAILED');
    });
  });

  it('malformed bytes during a streamed response close the connection and do not appear in the response', async () => {
    world.services.query.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\n\n');
    };
    const socket = connect(world.gateway.port, '127.0.0.1', () =>
      socket.write(head('GET /participations HTTP/1.1', 'Host: g', PLAYER)),
    );
    let text = '';
    socket.on('data', (data) => {
      text += data.toString();
      if (text.endsWith('id: 1\n\n\r\n')) socket.write('nonsense\r\n\r\n');
    });
    await once(socket, 'close');
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(text.endsWith('id: 1\n\n\r\n')).toBe(true);
  });
});
