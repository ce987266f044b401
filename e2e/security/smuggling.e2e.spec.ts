import { randomUUID } from 'node:crypto';
import { mayCall, ROUTES, SERVICES } from '@rewards/contracts';
import { sendRaw, type RawAnswer } from '../../gateway/test/harness';
import { Client } from '../testing/client';
import type { System } from '../testing/system';
import { Started } from '../testing/started';
import { PROCESS_OF, startSystem } from './testing/start';

const started = new Started();
let system: System;
let player: Client;
let playerId: string;
let operator: Client;
let eventId: string;

const HOUR = 3_600_000;
const body = () => ({
  name: 'smuggled',
  startsAt: new Date(Date.now() - HOUR).toISOString(),
  endsAt: new Date(Date.now() + HOUR).toISOString(),
  condition: { type: 'LOGIN_COUNT', count: 1_000 },
  rewards: [{ name: 'gold', type: 'CURRENCY', amount: 1 }],
  publish: true,
});

beforeAll(async () => {
  system = started.add(await startSystem());
  const admin = await Client.admin(system);
  operator = await Client.withRoles(system, admin, 'OPERATOR');
  player = new Client(system);
  playerId = await player.register();
  await player.logIn();
  const created = await operator.post('/events', body());
  expect(created.status).toBe(201);
  eventId = created.body.data.eventId;
  // Waits for the read models, because the legitimate requests after an attack depend on them.
  const position = created.headers.get('x-position') ?? '';
  expect((await player.get(`/events/${eventId}`, { 'x-min-position': position })).status).toBe(200);
  initialCounts = await countForbiddenRequests();
  expect(initialCounts).toMatchObject({ 'POST /events': 1, 'POST /accounts/{accountId}/roles': 1 });
}, 60_000);
afterAll(() => started.stop());

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const chunked = (text: string) => `${chunk(text)}0\r\n\r\n`;
const PLAYER = () => `Authorization: ${player.authorization['authorization']}`;
const OPERATOR = () => `Authorization: ${operator.authorization['authorization']}`;
const FORGED = () => [`x-user-id: ${playerId}`, 'x-user-email: admin@example.com', 'x-user-roles: OPERATOR,ADMIN'];
const json = (text: string) => ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(text)}`];

/** The forbidden requests that an attack tries to smuggle: they create an event, add a role and list all accounts. */
const FORBIDDEN_REQUESTS = (): readonly { readonly method: string; readonly path: string; readonly text: string }[] => [
  { method: 'POST', path: '/events', text: JSON.stringify(body()) },
  { method: 'POST', path: `/accounts/${playerId}/roles`, text: '{"roles":["ADMIN"]}' },
  { method: 'GET', path: '/accounts', text: '' },
];

const requestText = (method: string, target: string, text: string, ...headers: string[]) =>
  head(`${method} ${target} HTTP/1.1`, 'Host: g', ...headers, ...(text === '' ? [] : json(text))) + text;

/** The forbidden requests as text, with and without the player's token. */
const SMUGGLED = () =>
  FORBIDDEN_REQUESTS()
    .flatMap(({ method, path, text }) => [
      requestText(method, path, text, ...FORGED()),
      requestText(method, path, text, ...FORGED(), PLAYER()),
    ])
    .join('');

/** A last request that closes the connection, unless the gateway has already closed it. */
const CLOSING_REQUEST = head('GET /health/live HTTP/1.1', 'Host: g', 'Connection: close');

const attack = async (bytes: string): Promise<RawAnswer[]> =>
  (await sendRaw(system.ports.gateway, bytes + CLOSING_REQUEST, Number.POSITIVE_INFINITY)).answers;

/** Reads from the metrics of the services how many requests have reached routes that a player may not call. */
const countForbiddenRequests = async (): Promise<Record<string, number>> => {
  const counts = await Promise.all(
    SERVICES.map(async (service) => {
      const text = await (await fetch(`${system.urlOf(PROCESS_OF[service])}/metrics`)).text();
      const lines = text.split('\n').filter((line) => line.startsWith('http_request_duration_seconds_count'));
      return ROUTES.filter((route) => route.service === service && !mayCall(route.access, ['USER'])).map(({ method, path }) => {
        const labels = [`method="${method}"`, `route="${path.replaceAll(/\{(\w+)\}/g, ':$1')}"`];
        // auth-service checks roles itself, so rejected requests of a player reach it and are answered 403.
        const isCounted = (line: string) => !(service === 'auth' && line.includes('status="403"'));
        const matching = lines.filter((line) => labels.every((label) => line.includes(label)) && isCounted(line));
        return [`${method} ${path}`, matching.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)] as const;
      });
    }),
  );
  return Object.fromEntries(counts.flat());
};

let initialCounts: Record<string, number>;

/** Sends legitimate requests. If an attack left bytes on a connection to a service, one of them gets a wrong answer. */
const expectUnaffectedAnswers = async (): Promise<void> => {
  const answers = await Promise.all([
    player.get('/auth/me'),
    operator.get('/auth/me'),
    player.post(`/events/${randomUUID()}/completion`),
    operator.get(`/events/${eventId}`),
  ]);
  expect(answers.map(({ status, body: answer }) => [status, answer.code ?? answer.data.email ?? answer.data.eventId])).toEqual([
    [200, player.email],
    [200, operator.email],
    [404, 'NOT_FOUND'],
    [200, eventId],
  ]);
};

afterEach(async () => {
  await expectUnaffectedAnswers();
  expect(await countForbiddenRequests()).toEqual(initialCounts);
  const { body: me } = await player.get('/auth/me');
  expect(me.data).toMatchObject({ accountId: playerId, roles: ['USER'] });
});

const statuses = (answers: readonly RawAnswer[]) => answers.map(({ status }) => status);

/** Expects that all requests except the closing one were rejected. */
const expectRejected = (answers: readonly RawAnswer[]): void => {
  const last = answers.at(-1);
  const rejected = last?.body === '{"data":{"status":"ok"}}' ? answers.slice(0, -1) : answers;
  expect(rejected.length).toBeGreaterThan(0);
  for (const { status, headers } of rejected) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  }
};

describe('a body on a route without one', () => {
  const METHODS = ['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE', 'PUT', 'PATCH'];

  it.each(METHODS)('is rejected: chunked %s', async (method) => {
    const line = `${method} /participations HTTP/1.1`;
    const first = head(line, 'Host: g', PLAYER(), 'Transfer-Encoding: chunked');
    expectRejected(await attack(first + chunked(SMUGGLED())));
  });

  it.each(METHODS)('is rejected: %s with Content-Length', async (method) => {
    const smuggled = SMUGGLED();
    const first = head(`${method} /participations HTTP/1.1`, 'Host: g', PLAYER(), `Content-Length: ${smuggled.length}`);
    expectRejected(await attack(first + smuggled));
  });

  it.each(METHODS.filter((method) => method !== 'GET' && method !== 'HEAD'))(
    'is rejected: %s without framing',
    async (method) => {
      expectRejected(await attack(head(`${method} /participations HTTP/1.1`, 'Host: g', PLAYER()) + SMUGGLED()));
    },
  );

  it('is parsed as separate requests after a GET without framing', async () => {
    const answers = await attack(head('GET /participations HTTP/1.1', 'Host: g', PLAYER()) + SMUGGLED());
    expect(statuses(answers)).toEqual([200, 401, 403, 401, 403, 401, 403, 200]);
  });

  it('is not parsed as requests in an allowed POST', async () => {
    const text = JSON.stringify({ hidden: SMUGGLED() });
    const path = `/events/${eventId}/completion`;
    expectRejected(await attack(requestText('POST', path, text, PLAYER())));
    expectRejected(
      await attack(
        head(`POST ${path} HTTP/1.1`, 'Host: g', PLAYER(), 'Content-Type: application/json', 'Transfer-Encoding: chunked') +
          chunked(text),
      ),
    );
  });
});

describe('ambiguous framing', () => {
  const FRAMINGS: readonly (readonly [string, readonly string[]])[] = [
    ['CL.TE', ['Content-Length: 6', 'Transfer-Encoding: chunked']],
    ['TE.CL', ['Transfer-Encoding: chunked', 'Content-Length: 3']],
    ['CL.TE of zero', ['Content-Length: 0', 'Transfer-Encoding: chunked']],
    ['TE twice', ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked']],
    ['TE and identity', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity']],
    ['identity and TE', ['Transfer-Encoding: identity', 'Transfer-Encoding: chunked']],
    ['TE with a list', ['Transfer-Encoding: chunked, identity']],
    ['TE after gzip', ['Transfer-Encoding: gzip, chunked']],
    ['an unknown TE', ['Transfer-Encoding: xchunked', 'Content-Length: 4']],
    ['a quoted TE', ['Transfer-Encoding: "chunked"', 'Content-Length: 4']],
    ['a TE with a parameter', ['Transfer-Encoding: chunked;q=1', 'Content-Length: 4']],
    ['a TE after a tab', ['Transfer-Encoding:\tchunked', 'Content-Length: 4']],
    ['a TE after a vertical tab', ['Transfer-Encoding: \x0bchunked', 'Content-Length: 4']],
    ['a TE before a null', ['Transfer-Encoding: chunked\0', 'Content-Length: 4']],
    ['a TE with a space before the colon', ['Transfer-Encoding : chunked', 'Content-Length: 4']],
    ['a TE with a tab before the colon', ['Transfer-Encoding\t: chunked', 'Content-Length: 4']],
    ['a folded TE', ['Transfer-Encoding:', ' chunked', 'Content-Length: 4']],
    ['a TE behind a bare line feed', ['X: y\nTransfer-Encoding: chunked', 'Content-Length: 4']],
    ['a TE behind a bare carriage return', ['X: y\rTransfer-Encoding: chunked', 'Content-Length: 4']],
    ['a TE with an underscore', ['Transfer_Encoding: chunked', 'Content-Length: 4']],
    ['a capital TE', ['TRANSFER-ENCODING: CHUNKED', 'Content-Length: 4']],
    ['two lengths', ['Content-Length: 4', 'Content-Length: 5']],
    ['the same length twice', ['Content-Length: 4', 'Content-Length: 4']],
    ['a list of lengths', ['Content-Length: 4, 4']],
    ['a negative length', ['Content-Length: -4']],
    ['a signed length', ['Content-Length: +4']],
    ['a hexadecimal length', ['Content-Length: 0x4']],
    ['a fractional length', ['Content-Length: 4.0']],
    ['an empty length', ['Content-Length: ']],
    ['a length with an underscore', ['Content_Length: 4']],
    ['a length that Connection names', ['Connection: content-length', 'Content-Length: 4']],
    ['no length at all', []],
  ];

  it.each(FRAMINGS)('is rejected: %s', async (_name, framing) => {
    const line = `POST /events/${eventId}/completion HTTP/1.1`;
    const first = head(line, 'Host: g', PLAYER(), 'Content-Type: application/json', ...framing);
    // The first request has a bad head, or a body that is not JSON. Each smuggled request is then rejected too.
    const answers = await attack(`${first}0\r\n\r\n${SMUGGLED()}`);
    expectRejected(answers);
  });

  it.each([
    ['a bad chunk size', 'zz\r\n{}\r\n0\r\n\r\n'],
    ['a signed chunk size', '+2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size with 0x', '0x2\r\n{}\r\n0\r\n\r\n'],
    ['a chunk size that overflows', 'fffffffffffffffff\r\n{}\r\n0\r\n\r\n'],
    ['a chunk longer than its size', '1\r\n{}\r\n0\r\n\r\n'],
    ['a chunk that ends with a bare line feed', '2\n{}\n0\n\n'],
    ['a chunk extension with a line feed', '2;a\nb\r\n{}\r\n0\r\n\r\n'],
  ])('is rejected: %s', async (_name, text) => {
    const line = `POST /events/${eventId}/completion HTTP/1.1`;
    const first = head(line, 'Host: g', PLAYER(), 'Content-Type: application/json', 'Transfer-Encoding: chunked');
    expectRejected(await attack(first + text + SMUGGLED()));
  });

  it('does not treat trailers as headers', async () => {
    const line = `POST /events HTTP/1.1`;
    const first = head(line, 'Host: g', PLAYER(), 'Content-Type: application/json', 'Transfer-Encoding: chunked', 'Trailer: x');
    const trailers = [OPERATOR(), ...FORGED()].join('\r\n');
    expectRejected(await attack(`${first}${chunk(JSON.stringify(body()))}0\r\n${trailers}\r\n\r\n`));
  });

  it.each(['HTTP/1.0', 'HTTP/0.9', 'HTTP/1.2', 'HTTP/2.0', 'HTTP/1.1 HTTP/1.1', 'http/1.1', ''])(
    'is rejected: version %j',
    async (version) => {
      const first = head(`POST /events ${version}`, 'Host: g', PLAYER(), ...FORGED(), ...json(JSON.stringify(body())));
      expectRejected(await attack(first + JSON.stringify(body()) + SMUGGLED()));
    },
  );

  it.each(['h2c', 'websocket', 'TLS/1.0'])('opens no tunnel for an upgrade to %s', async (protocol) => {
    const upgrade = ['Connection: Upgrade, HTTP2-Settings', `Upgrade: ${protocol}`, 'HTTP2-Settings: AAMAAABk'];
    const answers = await attack(head('GET /accounts HTTP/1.1', 'Host: g', PLAYER(), ...upgrade) + SMUGGLED());
    expectRejected(answers);
  });

  it('opens no tunnel for CONNECT', async () => {
    const target = `127.0.0.1:${system.ports['command-service']}`;
    expectRejected(await attack(head(`CONNECT ${target} HTTP/1.1`, `Host: ${target}`, PLAYER()) + SMUGGLED()));
  });
});

it('pipelined requests are authorised separately and answered in order', async () => {
  const get = (path: string, ...headers: string[]) => head(`GET ${path} HTTP/1.1`, 'Host: g', ...headers);
  const round = () =>
    get('/auth/me', OPERATOR()) +
    get('/auth/me', PLAYER()) +
    get('/accounts', PLAYER()) +
    get('/accounts') +
    requestText('POST', '/events', JSON.stringify(body()), PLAYER(), ...FORGED()) +
    requestText('POST', `/accounts/${playerId}/roles`, '{"roles":["ADMIN"]}', OPERATOR()) +
    get('/claims', PLAYER());
  const answers = await attack(Array.from({ length: 5 }, round).join(''));
  expect(statuses(answers)).toEqual([...Array.from({ length: 5 }, () => [200, 200, 403, 401, 403, 403, 403]).flat(), 200]);
  const names = answers.filter(({ status }) => status === 200).map(({ body: text }) => /"email":"([^"]*)"/.exec(text)?.[1]);
  expect(names).toEqual([...Array.from({ length: 5 }, () => [operator.email, player.email]).flat(), undefined]);
});

describe('an unusual spelling of a path', () => {
  const SPELLINGS: readonly ((path: string) => string)[] = [
    (path) => path,
    (path) => `/${path}`,
    (path) => `//g${path}`,
    (path) => `${path}/`,
    (path) => `${path}//`,
    (path) => `/.${path}`,
    (path) => `/..${path}`,
    (path) => `/%2e${path}`,
    (path) => `/health/..${path}`,
    (path) => `/auth/login/../..${path}`,
    (path) => `/auth/login/..;/..;${path}`,
    (path) => `/auth/login/%2e%2e/%2e%2e${path}`,
    (path) => `/api-docs/..%2f..${path}`,
    (path) => `${path};x=1`,
    (path) => `${path}%3bx`,
    (path) => `${path}%00`,
    (path) => `${path}%20`,
    (path) => `${path}%09`,
    (path) => `${path}%0d%0a`,
    (path) => `${path}%23`,
    (path) => `${path}#`,
    (path) => `${path}?`,
    (path) => `${path}%3f`,
    (path) => `${path}.json`,
    (path) => `${path}/.`,
    (path) => `${path}/%2e`,
    (path) => path.toUpperCase(),
    (path) => `/${path[1]?.toUpperCase()}${path.slice(2)}`,
    (path) => `/%${path.charCodeAt(1).toString(16)}${path.slice(2)}`,
    (path) => `/%25${path.charCodeAt(1).toString(16)}${path.slice(2)}`,
    (path) => path.replaceAll('/', '%2f'),
    (path) => path.replaceAll('/', '%2F').replace('%2F', '/'),
    (path) => path.replaceAll('/', '\\'),
    (path) => `/\\${path}`,
    (path) => path.replaceAll('/', '%5c').replace('%5c', '/'),
    (path) => path.replace('/', '/%c0%af'),
    (path) => path.replace('e', '%ef%bd%85'),
    (path) => path.slice(1),
    (path) => `http://g${path}`,
    (path) => `HTTP://G${path}`,
    (path) => `http://127.0.0.1:3000${path}`,
    (path) => `http://a@g${path}`,
    (path) => `g:80${path}`,
    (path) => `*${path}`,
    (path) => `?${path}`,
  ];

  it.each(SPELLINGS.map((spell) => [spell('/accounts'), spell] as const))('is rejected: %j', async (_name, spell) => {
    for (const { method, path, text } of FORBIDDEN_REQUESTS()) {
      const answers = await attack(requestText(method, spell(path), text, PLAYER(), ...FORGED()));
      expectRejected(answers);
    }
  });
});

describe('headers that claim an identity, path or method', () => {
  const me = (...headers: string[]) => head('GET /auth/me HTTP/1.1', 'Host: g', ...headers);

  it('are rejected with two tokens', async () => {
    const pairs = [
      [PLAYER(), OPERATOR()],
      [OPERATOR(), PLAYER()],
      [PLAYER(), OPERATOR().toLowerCase()],
      [`${PLAYER()}, ${OPERATOR().slice('Authorization: '.length)}`],
      [PLAYER().replace(': ', ':\r\n '), OPERATOR()],
    ];
    for (const headers of pairs) expectRejected(await attack(me(...headers)));
    for (const headers of pairs) expectRejected(await attack(requestText('POST', '/events', JSON.stringify(body()), ...headers)));
  });

  it.each(['Host: h', 'Content-Type: text/plain', 'Content-Length: 3', 'Transfer-Encoding: chunked'])(
    'are rejected with a second %s',
    async (header) => {
      const text = JSON.stringify(body());
      const line = `POST /events/${eventId}/completion HTTP/1.1`;
      expectRejected(await attack(head(line, 'Host: g', PLAYER(), ...json(text), header) + text + SMUGGLED()));
    },
  );

  it.each([
    'x-user-id',
    'X-User-Id',
    'X-USER-ID',
    'x_user_id',
    'X-User-Roles',
    'x_user_roles',
    'x-user-email',
    'X-Forwarded-User',
    'X-Remote-User',
    'X-Original-URL',
    'X-Rewrite-URL',
    'X-Forwarded-Path',
    'X-HTTP-Method-Override',
    'X-Method-Override',
    'Forwarded',
    'Via',
  ])('are ignored: %s', async (name) => {
    const values = [playerId, 'ADMIN', 'OPERATOR,ADMIN', '/accounts', 'POST', operator.email];
    for (const value of values) {
      const forged = `${name}: ${value}`;
      const [answer] = await attack(me(forged, PLAYER(), forged));
      expect([answer?.status, answer?.body.includes(player.email)]).toEqual([200, true]);
      expectRejected(await attack(head('GET /accounts HTTP/1.1', 'Host: g', forged, PLAYER(), forged)));
      expectRejected(await attack(head('GET /auth/me HTTP/1.1', 'Host: g', forged)));
      expectRejected(await attack(requestText('POST', '/events', JSON.stringify(body()), forged, PLAYER())));
    }
  });

  it.each(['authorization', 'x-user-id, x-user-roles', 'x-user-id', 'host', 'content-length', 'close, authorization'])(
    'do not change the caller with Connection: %s',
    async (names) => {
      const connection = `Connection: ${names}`;
      expectRejected(await attack(requestText('POST', '/events', JSON.stringify(body()), PLAYER(), ...FORGED(), connection)));
      const [answer] = await attack(me(PLAYER(), ...FORGED(), connection));
      const isPlayer = answer?.status === 200 && answer.body.includes(player.email);
      expect(isPlayer || [400, 401].includes(answer?.status ?? 0)).toBe(true);
    },
  );

  it('are rejected or ignored in a malformed form', async () => {
    for (const forged of [
      'x-user-roles : ADMIN',
      'x-user-roles\t: ADMIN',
      ' x-user-roles: ADMIN',
      'x-user-roles\0: ADMIN',
      'x-user-roles',
    ]) {
      expectRejected(await attack(requestText('POST', '/events', JSON.stringify(body()), PLAYER(), forged)));
    }
    expectRejected(
      await attack(
        requestText(
          'POST',
          '/events',
          JSON.stringify({ ...body(), requestId: randomUUID() }),
          PLAYER(),
          'X: a\r\nx-user-roles: ADMIN',
        ),
      ),
    );
  });
});
