import { GATEWAY_ROUTES, SESSION_SECONDS_HEADER, type GatewayRoute } from '@rewards/contracts';
import { parseNetworks } from '@rewards/service-kit/addresses';
import { problemBody } from '@rewards/testing/http';
import { answerJson, startWorld, type World } from './harness';

let world: World;

const TOKEN = 'bmV3IHJlZnJlc2ggdG9rZW4';
const OLD_TOKEN = 'b2xkIHJlZnJlc2ggdG9rZW4';
const LIFE = 1_209_600;
const access = { accessToken: 'a.b.c', tokenType: 'Bearer', expiresIn: 900 };
const loginId = '00000000-0000-4000-8000-000000000001';
const credentials = { email: 'mina@example.com', password: 'correct horse' };

interface Options {
  readonly body?: string | undefined;
  /** Undefined for a request without `Origin`. */
  readonly origin?: string | undefined;
  readonly cookie?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly method?: string;
}

const send = (path: string, options: Options = {}): Promise<Response> => {
  const { body, cookie, headers = {}, method = 'POST' } = options;
  const origin = 'origin' in options ? options.origin : world.url;
  return fetch(`${world.url}${path}`, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(origin !== undefined && { origin }),
      ...(cookie !== undefined && { cookie }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
};

const signIn = (path: string, options: Options = {}) => send(path, { body: JSON.stringify(credentials), ...options });
const cookieOf = ({ application }: GatewayRoute) => `theme=dark; ${application}_session=${OLD_TOKEN}; other=1`;
const removed = ({ application }: GatewayRoute) =>
  `${application}_session=; Path=/${application}/session; HttpOnly; SameSite=Strict; Max-Age=0`;
const received = () => world.services.auth.received;

/** Answers like auth-service. */
const answerAsAuthService = (): void => {
  world.services.auth.handler = (request, response) => {
    response.setHeader(SESSION_SECONDS_HEADER, String(LIFE));
    if (request.url === '/auth/logout') response.writeHead(204).end();
    else
      answerJson(response, 200, {
        data: { ...access, refreshToken: TOKEN, ...(request.url === '/auth/login' && { loginId }) },
      });
  };
};

const answerProblem = (
  status: number,
  code: string,
  headers: Readonly<Record<string, string>> = {},
  more: object = {},
): string => {
  const problem = { type: `urn:${code}`, title: 't', status, detail: 'd', code, traceId: 'x', ...more };
  world.services.auth.handler = (_request, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    answerJson(response, status, problem, 'application/problem+json; charset=utf-8');
  };
  return JSON.stringify(problem);
};

const everyRoute = GATEWAY_ROUTES.map((route) => [route.path, route] as const);
const ending = (upstream: GatewayRoute['upstream']) => everyRoute.filter(([, route]) => route.upstream === upstream);

describe('the sessions of the web applications', () => {
  beforeAll(async () => {
    world = await startWorld();
  });
  afterAll(() => world.stop());
  beforeEach(() => {
    world.forget();
    answerAsAuthService();
  });

  it.each(ending('/auth/login'))('%s signs in, and returns the refresh token in a cookie only', async (path, route) => {
    const response = await signIn(path, { headers: { 'x-client-network': '203.0.113.9', authorization: 'Bearer nonsense' } });
    expect([response.status, await response.json()]).toEqual([200, { data: { ...access, loginId } }]);
    expect(response.headers.getSetCookie()).toEqual([
      `${route.application}_session=${TOKEN}; Path=/${route.application}/session; HttpOnly; SameSite=Strict; Max-Age=${LIFE}`,
    ]);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.has(SESSION_SECONDS_HEADER)).toBe(false);
    expect(received()).toMatchObject([
      { method: 'POST', url: '/auth/login', body: JSON.stringify(credentials), headers: { 'x-client-network': '127.0.0.1' } },
    ]);
    for (const name of ['cookie', 'origin', 'authorization']) expect(received()[0]?.headers).not.toHaveProperty(name);
  });

  it.each(ending('/auth/refresh'))('%s exchanges the token of the cookie, and replaces the cookie', async (path, route) => {
    const response = await send(path, { cookie: cookieOf(route) });
    expect([response.status, await response.json()]).toEqual([200, { data: access }]);
    expect(response.headers.getSetCookie()).toEqual([
      `${route.application}_session=${TOKEN}; Path=/${route.application}/session; HttpOnly; SameSite=Strict; Max-Age=${LIFE}`,
    ]);
    expect(received()).toMatchObject([{ url: '/auth/refresh', body: JSON.stringify({ refreshToken: OLD_TOKEN }) }]);
  });

  it.each(ending('/auth/logout'))('%s ends the session of the cookie, and removes the cookie', async (path, route) => {
    for (const body of [undefined, '{}']) {
      world.forget();
      answerAsAuthService();
      const response = await send(path, { cookie: cookieOf(route), body });
      expect([response.status, await response.text()]).toEqual([204, '']);
      expect(response.headers.getSetCookie()).toEqual([removed(route)]);
      expect(received()).toMatchObject([{ url: '/auth/logout', body: JSON.stringify({ refreshToken: OLD_TOKEN }) }]);
    }
  });

  it.each([
    ['no cookie', undefined],
    ['the cookie of the other application', `console_session_old=${OLD_TOKEN}`],
    ['an empty cookie', 'console_session='],
    ['a cookie that is no refresh token', 'console_session=%22'],
  ])('answers without auth-service if a request has %s', async (_name, cookie) => {
    const [, refresh, end] = GATEWAY_ROUTES;
    const refused = await send('/console/session/refresh', cookie === undefined ? {} : { cookie });
    expect([refused.status, await refused.json()]).toEqual([401, problemBody(401, 'BAD_TOKEN')]);
    expect(refused.headers.getSetCookie()).toEqual([removed(refresh as GatewayRoute)]);
    const ended = await send('/console/session/end', cookie === undefined ? {} : { cookie });
    expect([ended.status, ended.headers.getSetCookie()]).toEqual([204, [removed(end as GatewayRoute)]]);
    expect(received()).toEqual([]);
  });

  it('keeps the sessions of both applications apart', async () => {
    const cookie = `console_session=${OLD_TOKEN}; play_session=cGxheQ`;
    await send('/console/session/refresh', { cookie });
    await send('/play/session/refresh', { cookie });
    expect(received().map(({ body }) => body)).toEqual([`{"refreshToken":"${OLD_TOKEN}"}`, '{"refreshToken":"cGxheQ"}']);
  });

  it.each([
    [401, 'BAD_CREDENTIALS', {}],
    [429, 'ACCOUNT_LOCKED', { 'retry-after': '900' }],
    [400, 'VALIDATION_FAILED', {}],
    [503, 'UNAVAILABLE', { 'retry-after': '1' }],
  ])('passes on %d %s of a sign-in unchanged, without a cookie', async (status, code, headers) => {
    const problem = answerProblem(status, code, headers, { errors: [{ field: 'email', message: 'must be an e-mail address' }] });
    const response = await signIn('/console/session');
    expect([response.status, await response.text()]).toEqual([status, problem]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/problem+json; charset=utf-8',
      ...headers,
    });
    expect(response.headers.getSetCookie()).toEqual([]);
  });

  it.each(['BAD_TOKEN', 'TOKEN_REUSED'])('passes on 401 %s of a refresh, and removes the cookie', async (code) => {
    for (const [path, route] of ending('/auth/refresh')) {
      const problem = answerProblem(401, code);
      const response = await send(path, { cookie: cookieOf(route) });
      expect([response.status, await response.text()]).toEqual([401, problem]);
      expect(response.headers.getSetCookie()).toEqual([removed(route)]);
    }
  });

  it('keeps the cookie if auth-service does not answer, so that the client can retry', async () => {
    world.services.auth.handler = (request) => request.socket.destroy();
    for (const path of ['/console/session/refresh', '/console/session/end']) {
      const response = await send(path, { cookie: `console_session=${OLD_TOKEN}` });
      expect([response.status, await response.json()]).toEqual([502, problemBody(502, 'BAD_GATEWAY')]);
      expect(response.headers.getSetCookie()).toEqual([]);
    }
    answerProblem(503, 'UNAVAILABLE', { 'retry-after': '1' });
    const response = await send('/console/session/end', { cookie: `console_session=${OLD_TOKEN}` });
    expect([response.status, response.headers.getSetCookie()]).toEqual([503, []]);
  });

  it.each(['{"data":{"accessToken":"a"}}', '{"data":', '{"data":{"refreshToken":"a; Path=/"}}'])(
    'answers 502 and logs no content if auth-service answers %s',
    async (text) => {
      world.services.auth.handler = (_request, response) => response.end(text);
      const response = await signIn('/console/session');
      expect([response.status, await response.json()]).toEqual([502, problemBody(502, 'BAD_GATEWAY')]);
      expect(JSON.stringify(world.log)).not.toContain('accessToken');
    },
  );

  it.each(everyRoute)('%s rejects every origin but that of the gateway', async (path, route) => {
    const { port } = new URL(world.url);
    const foreign = [
      undefined,
      '',
      'null',
      'http://evil.example',
      `https://127.0.0.1:${port}`,
      `http://localhost:${port}`,
      'http://127.0.0.1',
      `http://127.0.0.1:${Number(port) + 1}`,
      `http://127.0.0.1:${port}0`,
      `${world.url}/`,
      `${world.url}.evil.example`,
      `http://evil.example:${port}`,
      `${world.url}, ${world.url}`,
    ];
    for (const origin of foreign) {
      const response = await signIn(path, { origin, cookie: cookieOf(route) });
      expect([origin, response.status, await response.json()]).toEqual([origin, 403, problemBody(403, 'FORBIDDEN')]);
      expect(response.headers.getSetCookie()).toEqual([]);
      expect(response.headers.has('access-control-allow-origin')).toBe(false);
    }
    // Forwarding headers of a client that is no trusted proxy have no effect.
    const headers = { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' };
    expect((await signIn(path, { origin: 'https://evil.example', headers })).status).toBe(403);
    expect(received()).toEqual([]);
  });

  it('says which origin it accepts', async () => {
    const detailOf = async (origin: string | undefined) =>
      ((await (await signIn('/play/session', { origin })).json()) as { detail: string }).detail;
    const accepted = `This route accepts requests from pages of ${world.url} only`;
    expect(await detailOf(undefined)).toBe(`${accepted}, and this request has no Origin header.`);
    expect(await detailOf('null')).toBe(`${accepted}, not from null.`);
  });

  it.each(everyRoute)('%s answers 405 to other methods', async (path) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS', 'DELETE']) {
      const response = await send(path, { method });
      expect([method, response.status, response.headers.get('allow')]).toEqual([method, 405, 'POST']);
    }
    expect(received()).toEqual([]);
  });

  it.each(everyRoute)('%s has the body rules of every route', async (path, route) => {
    const cookie = cookieOf(route);
    const large = await send(path, { cookie, body: 'x'.repeat(65_537) });
    expect([large.status, await large.json()]).toEqual([413, problemBody(413, 'PAYLOAD_TOO_LARGE')]);
    const text = await send(path, { cookie, body: '{}', headers: { 'content-type': 'text/plain' } });
    expect([text.status, await text.json()]).toEqual([415, problemBody(415, 'UNSUPPORTED_MEDIA_TYPE')]);
    expect(received()).toEqual([]);
  });

  it.each([...ending('/auth/refresh'), ...ending('/auth/logout')])('%s rejects bodies with members', async (path, route) => {
    for (const [body, field] of [
      ['{"refreshToken":"x"}', 'refreshToken'],
      ['{', 'body'],
      ['[]', 'body'],
      ['{"a":1,"a":2}', 'a'],
    ]) {
      const response = await send(path, { cookie: cookieOf(route), body });
      const problem = (await response.json()) as { code: string; errors: { field: string }[] };
      expect([body, response.status, problem.code, problem.errors[0]?.field]).toEqual([body, 400, 'VALIDATION_FAILED', field]);
    }
    expect(received()).toEqual([]);
  });

  it.each(everyRoute)('%s rejects a query', async (path, route) => {
    const response = await signIn(`${path}?refreshToken=x`, { cookie: cookieOf(route) });
    const errors = [{ field: 'refreshToken', message: 'is not a known field' }];
    expect([response.status, await response.json()]).toEqual([400, problemBody(400, 'VALIDATION_FAILED', { errors })]);
    expect(received()).toEqual([]);
  });

  it('logs no token, password or e-mail address', async () => {
    await signIn('/console/session');
    await send('/console/session/refresh', { cookie: `console_session=${OLD_TOKEN}` });
    await send('/console/session/end', { cookie: `console_session=${OLD_TOKEN}` });
    const text = JSON.stringify(world.log);
    for (const secret of [TOKEN, OLD_TOKEN, credentials.password, credentials.email]) expect(text).not.toContain(secret);
    expect(text).toContain('"route":"/console/session/refresh"');
  });
});

describe('the sessions of the web applications behind a trusted proxy', () => {
  const https = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'rewards.example.com' };
  const origin = 'https://rewards.example.com';

  beforeAll(async () => {
    world = await startWorld({ trustProxy: parseNetworks(['127.0.0.0/8']) ?? false, corsOrigins: ['https://other.example.com'] });
    answerAsAuthService();
  });
  afterAll(() => world.stop());

  it('have a secure cookie if the client used https', async () => {
    const secure = await signIn('/console/session', { origin, headers: https });
    expect([secure.status, secure.headers.getSetCookie()[0]]).toEqual([200, expect.stringMatching(/; Secure$/)]);
    const ended = await send('/console/session/end', { origin, headers: https });
    expect(ended.headers.getSetCookie()[0]).toMatch(/; Secure$/);
    const plain = await signIn('/console/session', { headers: { 'x-forwarded-proto': 'http' } });
    expect([plain.status, plain.headers.getSetCookie()[0]]).toEqual([200, expect.not.stringContaining('Secure')]);
  });

  it('accept the origin that the client sees, also behind several proxies', async () => {
    const chain = { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'rewards.example.com, internal' };
    expect((await signIn('/play/session', { origin, headers: chain })).status).toBe(200);
    const port = { ...https, 'x-forwarded-host': 'rewards.example.com:8443' };
    expect((await signIn('/play/session', { origin: `${origin}:8443`, headers: port })).status).toBe(200);
    expect((await signIn('/play/session', { origin, headers: port })).status).toBe(403);
    expect((await signIn('/play/session', { headers: https })).status).toBe(403);
  });

  it.each(['user@rewards.example.com', 'rewards.example.com/x', 'rewards example', ''])('reject the host %j', async (host) => {
    const response = await signIn('/play/session', { origin, headers: { ...https, 'x-forwarded-host': host } });
    expect(response.status).toBe(403);
  });

  it('allow no origin of CORS_ORIGINS', async () => {
    const cross = { origin: 'https://other.example.com', headers: https };
    const preflight = { ...cross, method: 'OPTIONS', headers: { ...https, 'access-control-request-method': 'POST' } };
    for (const [path] of everyRoute) {
      for (const response of [await signIn(path, cross), await send(path, preflight)]) {
        expect([403, 405]).toContain(response.status);
        expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
      }
    }
  });

  it('pass the network of the client to auth-service', async () => {
    await signIn('/console/session', { origin, headers: { ...https, 'x-forwarded-for': '203.0.113.9' } });
    expect(received().at(-1)?.headers['x-client-network']).toBe('203.0.113.9');
  });
});

describe('the rate limits of the sessions', () => {
  beforeAll(async () => {
    world = await startWorld({ rates: { account: 10, address: 10, site: 10, credentials: 0.1, siteCredentials: 10 } });
    answerAsAuthService();
  });
  afterAll(() => world.stop());

  it('are those of logins and refreshes, and count foreign origins too', async () => {
    const first = await signIn('/console/session');
    expect([first.status, first.headers.get('ratelimit-policy')]).toEqual([200, '"credentials";q=3;w=30']);
    expect((await signIn('/play/session', { origin: 'null' })).status).toBe(403);
    expect((await fetch(`${world.url}/auth/login`, { method: 'POST' })).status).toBe(200);
    const limited = await send('/console/session/refresh', { cookie: `console_session=${OLD_TOKEN}` });
    expect([limited.status, await limited.json()]).toEqual([429, problemBody(429, 'RATE_LIMITED')]);
    expect(limited.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(limited.headers.getSetCookie()).toEqual([]);
  });
});
