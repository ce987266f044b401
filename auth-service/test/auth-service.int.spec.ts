import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import { mayCall, ROLES, ROUTES, type Role } from '@rewards/contracts';
import { AccessTokenVerifier, jwksKeySource, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@rewards/service-kit';
import { handledRoutes } from '@rewards/service-kit/http-service';
import { invalidOf } from '@rewards/testing/http';
import pino from 'pino';
import { ADMIN, Auth, dataDirs, type Player } from './harness';

const dirs = dataDirs();
const clock = { now: Date.now() };
const logged: string[] = [];
let auth: Auth;
let dataDir: string;
const players = {} as Record<Role, Player>;

beforeAll(async () => {
  dataDir = dirs.make();
  const log = new PassThrough().on('data', (line) => logged.push(String(line)));
  auth = await Auth.start(dataDir, { now: () => clock.now }, {}, pino({ level: 'trace' }, log));
  for (const role of ROLES) players[role] = await auth.player(`${role.toLowerCase()}.role@example.com`, [role]);
});
afterAll(async () => {
  await auth.close();
  dirs.removeAll();
});

let counter = 0;
const newEmail = () => `player${(counter += 1)}@example.com`;
const codeOf = ({ status, body, headers }: Awaited<ReturnType<Auth['get']>>) => {
  if (!headers['content-type']?.startsWith('application/problem+json')) throw new Error(`not a problem response: ${status}`);
  // A detail must say what is wrong with this request, not repeat the title.
  if (body.detail.replace(/\.$/, '') === body.title) throw new Error(`the detail repeats its title: ${body.title}`);
  return [status, body.code];
};

describe('registration', () => {
  it('creates an account with the role USER and the trimmed, lower-cased e-mail', async () => {
    const answer = await auth.post('/auth/register', { email: ' Kim@Example.COM\t', password: '12345678' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ data: { accountId: expect.any(String), email: 'kim@example.com', roles: ['USER'] } });
    expect(answer.headers['location']).toBe('/auth/me');
    const taken = await auth.post('/auth/register', { email: 'KIM@example.com', password: 'another one' });
    expect([...codeOf(taken), taken.headers['location']]).toEqual([409, 'EMAIL_TAKEN', undefined]);
    expect((await auth.logIn({ email: '  kIm@eXample.com ', password: '12345678' })).status).toBe(200);
  });

  it.each([
    ['8 characters', '12345678', 201],
    ['7 characters', '1234567', 400],
    ['128 characters of another script', '비'.repeat(128), 201],
    ['129 characters', 'x'.repeat(129), 400],
    ['8 emoji', '🎁'.repeat(8), 201],
    ['7 emoji', '🎁'.repeat(7), 400],
    ['white space alone', ' '.repeat(8), 201],
    ['half a character', `1234567\ud800`, 400],
    ['a number', 12345678, 400],
    ['null', null, 400],
  ])('requires a password of 8 to 128 characters: %s', async (_, password, status) => {
    const email = newEmail();
    const answer = await auth.post('/auth/register', { email, password });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer).toEqual(invalidOf('password'));
    else expect((await auth.logIn({ email, password: password as string })).status).toBe(200);
  });

  it('treats all Unicode normalization forms of a password as the same password', async () => {
    const email = newEmail();
    await auth.post('/auth/register', { email, password: '사우나 이용권 다섯 장'.normalize('NFD') });
    expect((await auth.logIn({ email, password: '사우나 이용권 다섯 장'.normalize('NFC') })).status).toBe(200);
  });

  it('rejects passwords that are not valid UTF-8, which would all decode to the same password', async () => {
    const email = newEmail();
    await auth.post('/auth/register', { email, password: '\ufffd'.repeat(8) });
    for (const broken of [0xff, 0xfe]) {
      const payload = Buffer.concat([
        Buffer.from(`{"email":"${email}","password":"`),
        Buffer.alloc(8, broken),
        Buffer.from('"}'),
      ]);
      for (const url of ['/auth/register', '/auth/login']) {
        const headers = { 'content-type': 'application/json' };
        const answer = await auth.call('POST', url, { headers, body: payload });
        expect([answer.status, answer.body.errors]).toEqual([400, [{ field: 'body', message: 'must be valid UTF-8' }]]);
      }
    }
  });

  it.each(['', 'x', '@example.com', 'a@', 'a@b@c.com', 'a b@example.com', 'a\n@example.com', 'ü@example.com', 'a@exa_mple.com'])(
    'rejects %j as an e-mail',
    async (email) => {
      const answer = await auth.post('/auth/register', { email, password: '12345678' });
      expect(answer).toEqual(invalidOf('email'));
    },
  );

  it('rejects an e-mail of more than 254 characters', async () => {
    const email = (length: number) => `a@${`${'x'.repeat(63)}.`.repeat(3)}${'x'.repeat(length - 194)}`;
    expect((await auth.post('/auth/register', { email: email(254), password: '12345678' })).status).toBe(201);
    expect((await auth.post('/auth/register', { email: email(255), password: '12345678' })).status).toBe(400);
  });

  it.each([
    [{}, ['email', 'password']],
    [{ email: 'x@example.com', password: '12345678', roles: ['ADMIN'] }, ['roles']],
    [{ email: { $ne: null }, password: { $gt: '' } }, ['email', 'password']],
    [{ email: ['x@example.com'], password: '12345678' }, ['email']],
  ])('names the invalid fields of %j', async (body, fields) => {
    const answer = await auth.post('/auth/register', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  });
});

describe('login', () => {
  it('returns tokens and the id of the login, and forbids caching', async () => {
    const player = await auth.player(newEmail());
    const answer = await auth.logIn(player);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      data: {
        accessToken: expect.any(String),
        refreshToken: expect.any(String),
        tokenType: 'Bearer',
        expiresIn: 900,
        loginId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('returns the same problem for an unknown account as for a wrong password', async () => {
    const { email, password } = await auth.player(newEmail());
    const wrong = await auth.logIn({ email, password: 'wrong' });
    const unknown = await auth.logIn({ email: newEmail(), password });
    expect(codeOf(wrong)).toEqual([401, 'BAD_CREDENTIALS']);
    expect({ ...wrong.body, traceId: '' }).toEqual({ ...unknown.body, traceId: '' });
  });

  it('issues an access token with exactly the specified claims', async () => {
    const { accessToken, accountId, email } = await auth.player(newEmail(), ['AUDITOR', 'OPERATOR']);
    const [header, payload] = accessToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    const [key] = (await auth.get('/.well-known/jwks.json')).body.keys;
    expect(header).toEqual({ alg: 'ES256', typ: 'JWT', kid: key.kid });
    const iat = Math.floor(clock.now / 1_000);
    expect(payload).toEqual({
      sub: accountId,
      email,
      roles: ['OPERATOR', 'AUDITOR'],
      iat,
      exp: iat + 900,
      iss: TOKEN_ISSUER,
      aud: TOKEN_AUDIENCE,
      jti: expect.any(String),
    });
  });

  it('accepts twenty concurrent logins of one account, each with its own id', async () => {
    const player = await auth.player(newEmail());
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.logIn(player)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.data.loginId)).size).toBe(20);
  });

  it('rejects logins of a sender with too many pending logins for one e-mail', async () => {
    const player = await auth.player(newEmail());
    const answers = await Promise.all(Array.from({ length: 150 }, () => auth.logIn(player)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(101);
    const [rejected] = answers.filter(({ status }) => status !== 200);
    expect(rejected && codeOf(rejected)).toEqual([429, 'RATE_LIMITED']);
    expect(rejected?.headers['retry-after']).toBe('1');
  });
});

describe('refresh', () => {
  it('returns new tokens without a loginId for the current refresh token', async () => {
    const { refreshToken } = await auth.player(newEmail());
    const first = await auth.post('/auth/refresh', { refreshToken });
    expect(first.status).toBe(200);
    expect(first.body).toEqual({
      data: { accessToken: expect.any(String), refreshToken: expect.any(String), tokenType: 'Bearer', expiresIn: 900 },
    });
    expect((await auth.get('/auth/me', first.body.data.accessToken)).status).toBe(200);
    const second = await auth.post('/auth/refresh', { refreshToken: first.body.data.refreshToken });
    expect(second.status).toBe(200);
  });

  it.each(['rubbish', '', 'A'.repeat(86), 'ü'])('rejects the unknown token %j', async (refreshToken) => {
    expect(codeOf(await auth.post('/auth/refresh', { refreshToken }))).toEqual([401, 'BAD_TOKEN']);
  });

  it('treats a modified token as unknown, not as reused', async () => {
    const { refreshToken } = await auth.player(newEmail());
    const changed = refreshToken.slice(0, 40) + (refreshToken[40] === 'x' ? 'y' : 'x') + refreshToken.slice(41);
    expect(codeOf(await auth.post('/auth/refresh', { refreshToken: changed }))).toEqual([401, 'BAD_TOKEN']);
    expect((await auth.post('/auth/refresh', { refreshToken })).status).toBe(200);
  });

  it.each([[{}], [{ refreshToken: 1 }], [{ refreshToken: 'x', accessToken: 'y' }], [{ refreshToken: 'x'.repeat(4_097) }]])(
    'rejects the body %j',
    async (body) => {
      expect(codeOf(await auth.post('/auth/refresh', body))).toEqual([400, 'VALIDATION_FAILED']);
      expect(codeOf(await auth.post('/auth/logout', body))).toEqual([400, 'VALIDATION_FAILED']);
    },
  );
});

describe('logout', () => {
  it('ends the session with its current token or an old one, and is idempotent', async () => {
    for (const isOld of [false, true]) {
      const { refreshToken } = await auth.player(newEmail());
      const next = (await auth.post('/auth/refresh', { refreshToken })).body.data.refreshToken;
      const answer = await auth.post('/auth/logout', { refreshToken: isOld ? refreshToken : next });
      expect([answer.status, answer.body]).toEqual([204, '']);
      expect(codeOf(await auth.post('/auth/refresh', { refreshToken: next }))).toEqual([401, 'BAD_TOKEN']);
      expect((await auth.post('/auth/logout', { refreshToken: next })).status).toBe(204);
    }
    expect((await auth.post('/auth/logout', { refreshToken: 'rubbish' })).status).toBe(204);
  });

  it('does not end a session with a forged token', async () => {
    const { refreshToken } = await auth.player(newEmail());
    const guessed = refreshToken.slice(0, 30) + 'A'.repeat(56);
    expect((await auth.post('/auth/logout', { refreshToken: guessed })).status).toBe(204);
    expect((await auth.post('/auth/refresh', { refreshToken })).status).toBe(200);
  });
});

describe('access control', () => {
  const calls = ROUTES.filter(({ service }) => service === 'auth').map(({ method, path, access }) => ({
    name: `${method} ${path}`,
    method,
    path: path.replace('{accountId}', randomUUID()),
    access,
  }));
  const closed = calls.filter(({ access }) => access !== 'anyone');

  it('has a handler for every route in the table, and no other handlers', () => {
    expect(handledRoutes(auth.service.app).sort()).toEqual(calls.map(({ name }) => name).sort());
  });

  it.each(closed)('rejects $name without a token with 401', async ({ method, path }) => {
    const headers = { 'x-user-id': randomUUID(), 'x-user-roles': 'ADMIN', 'x-user-email': ADMIN.email };
    expect(codeOf(await auth.call(method, path, { headers, body: method === 'POST' ? {} : undefined }))).toEqual([
      401,
      'UNAUTHENTICATED',
    ]);
  });

  it.each(closed.flatMap((call) => ROLES.map((role) => ({ ...call, role }))))(
    'allows or rejects $name by $role as the route table says',
    async ({ method, path, access, role }) => {
      const answer = await auth.call(method, path, { token: players[role].accessToken });
      if (mayCall(access, [role])) expect([401, 403]).not.toContain(answer.status);
      else expect(codeOf(answer)).toEqual([403, 'FORBIDDEN']);
    },
  );

  it('lists recently erased accounts on the internal path without a token', async () => {
    const { accountId } = await auth.player(newEmail());
    await auth.post(`/accounts/${accountId}/erase`, {}, await auth.adminToken());
    const answer = await auth.get('/internal/erased-accounts');
    expect([answer.status, answer.body]).toEqual([200, { data: [accountId] }]);
    expect(codeOf(await auth.post('/internal/erased-accounts', {}))).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  it('serves no other routes', async () => {
    expect(codeOf(await auth.get('/auth/nothing'))).toEqual([401, 'UNAUTHENTICATED']);
    expect(codeOf(await auth.get('/auth/nothing', players.USER.accessToken))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await auth.get('/events', players.USER.accessToken))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await auth.get('/auth/login'))).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  describe('an access token', () => {
    const jwt = new JwtService();
    let privateKey: string;
    let kid: string;
    beforeAll(async () => {
      privateKey = await readFile(join(dataDir, 'keys', 'first.pem'), 'utf8');
      kid = (await auth.get('/.well-known/jwks.json')).body.keys[0].kid;
    });
    const sign = (overrides: JwtSignOptions = {}, claims: Record<string, unknown> = {}) => {
      const { accountId, email } = players.ADMIN;
      const iat = Math.floor(clock.now / 1_000);
      return jwt.sign(
        { email, roles: ['ADMIN'], iat, ...claims },
        {
          algorithm: 'ES256',
          privateKey,
          keyid: kid,
          subject: accountId,
          issuer: TOKEN_ISSUER,
          audience: TOKEN_AUDIENCE,
          expiresIn: 900,
          jwtid: randomUUID(),
          ...overrides,
        },
      );
    };
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
    const now = () => Math.floor(clock.now / 1_000);
    const payload = () => sign().split('.')[1] ?? '';
    const publicPem = () => createPublicKey(privateKey).export({ format: 'pem', type: 'spki' });
    const hs256 = () => {
      const content = `${encode({ alg: 'HS256', typ: 'JWT', kid })}.${payload()}`;
      return `${content}.${createHmac('sha256', publicPem()).update(content).digest('base64url')}`;
    };
    const edited = () => {
      const [header, , signature] = players.USER.accessToken.split('.');
      const claims = JSON.parse(Buffer.from(players.USER.accessToken.split('.')[1] ?? '', 'base64url').toString());
      return `${header}.${encode({ ...claims, roles: ['ADMIN'] })}.${signature}`;
    };
    const foreignKey = () =>
      generateKeyPairSync('ec', {
        namedCurve: 'P-256',
        privateKeyEncoding: { format: 'pem', type: 'pkcs8' },
        publicKeyEncoding: { format: 'pem', type: 'spki' },
      }).privateKey;

    const wrong: Record<string, () => string> = {
      'that has expired': () => sign({}, { iat: now() - 906 }),
      'of another issuer': () => sign({ issuer: 'another issuer' }),
      'for another audience': () => sign({ audience: 'another system' }),
      'that is not valid yet': () => sign({ notBefore: 60 }),
      'with the algorithm none': () => `${encode({ alg: 'none', typ: 'JWT', kid })}.${payload()}.`,
      'with the algorithm none and a signature': () => `${encode({ alg: 'none', typ: 'JWT', kid })}.${payload()}.AAAA`,
      'signed by HS256 with the public key': hs256,
      'with another typ': () => sign({ header: { alg: 'ES256', typ: 'at+jwt' } }),
      'with an additional claim': () => sign({}, { scope: 'all' }),
      'signed with another key': () => sign({ privateKey: foreignKey() }),
      'with an unknown key id': () => sign({ keyid: 'unknown' }),
      'with an edited payload': edited,
      'with an invalid account id': () => sign({ subject: 'nobody' }),
      'of an account that does not exist': () => sign({ subject: randomUUID() }),
      'with an unknown role': () => sign({}, { roles: ['SUPERUSER'] }),
      'that is malformed': () => 'rubbish',
    };
    const makers = closed.flatMap((call) => Object.entries(wrong).map(([which, make]) => ({ ...call, which, make })));

    it.each(makers)('$which is rejected with 401 at $name', async ({ method, path, make }) => {
      const answer = await auth.call(method, path, { token: make() });
      expect(codeOf(answer)).toEqual([401, 'UNAUTHENTICATED']);
      expect(answer.headers['www-authenticate']).toBe('Bearer');
    });

    it('with correct claims is accepted, up to five seconds after it expires', async () => {
      expect((await auth.get('/auth/me', sign())).status).toBe(200);
      expect((await auth.get('/auth/me', sign({}, { iat: now() - 904 }))).status).toBe(200);
    });

    it('can be verified by other services with the published keys', async () => {
      await auth.service.app.listen(0, '127.0.0.1');
      const { port } = auth.service.app.getHttpServer().address() as AddressInfo;
      const verifier = new AccessTokenVerifier(jwksKeySource(`http://127.0.0.1:${port}/.well-known/jwks.json`), () => clock.now);
      const { accountId, email, accessToken } = players.OPERATOR;
      const identity = await verifier.identify(`Bearer ${accessToken}`);
      expect([identity.accountId, identity.email, identity.roles]).toEqual([accountId, email, ['OPERATOR']]);
      await expect(verifier.identify(`Bearer ${edited()}`)).rejects.toHaveProperty('code', 'UNAUTHENTICATED');
    });
  });
});

describe('the public keys', () => {
  it('are a plain JWK Set without private parameters', async () => {
    const answer = await auth.get('/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      keys: [
        {
          kty: 'EC',
          crv: 'P-256',
          x: expect.any(String),
          y: expect.any(String),
          kid: expect.any(String),
          use: 'sig',
          alg: 'ES256',
        },
      ],
    });
    expect(answer.headers['cache-control']).toBe('max-age=300');
  });

  it('belong to private keys that only their owner can read', async () => {
    expect((await stat(join(dataDir, 'keys'))).mode & 0o777).toBe(0o700);
    expect((await stat(join(dataDir, 'keys', 'first.pem'))).mode & 0o777).toBe(0o600);
  });
});

describe('an account', () => {
  it('is returned with the roles of its document, not those of the token', async () => {
    const player = await auth.player(newEmail());
    const { accountId, email, accessToken } = player;
    await auth.post(`/accounts/${accountId}/roles`, { roles: ['AUDITOR', 'USER'] }, await auth.adminToken());
    const answer = await auth.get('/auth/me', accessToken);
    expect(answer.body).toEqual({ data: { accountId, email, roles: ['USER', 'AUDITOR'] } });
  });

  it('loses all its sessions when its roles change', async () => {
    const player = await auth.player(newEmail());
    const other = (await auth.logIn(player)).body.data.refreshToken;
    const answer = await auth.post(`/accounts/${player.accountId}/roles`, { roles: ['OPERATOR'] }, await auth.adminToken());
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ data: { accountId: player.accountId, email: player.email, roles: ['OPERATOR'] } });
    for (const refreshToken of [player.refreshToken, other])
      expect(codeOf(await auth.post('/auth/refresh', { refreshToken }))).toEqual([401, 'BAD_TOKEN']);
    const { refreshToken } = (await auth.logIn(player)).body.data;
    expect((await auth.post('/auth/refresh', { refreshToken })).status).toBe(200);
  });

  it.each([
    [{}],
    [{ roles: [] }],
    [{ roles: ['KING'] }],
    [{ roles: ['USER', 'USER'] }],
    [{ roles: 'USER' }],
    [{ roles: [['USER']] }],
    [{ roles: null }],
  ])('does not change its roles for the invalid body %j', async (body) => {
    const answer = await auth.post(`/accounts/${players.USER.accountId}/roles`, body, players.ADMIN.accessToken);
    expect(answer).toEqual(invalidOf('roles'));
  });

  it.each([randomUUID(), 'rubbish', '__proto__', '%7B%7D'])('is not found by the id %s', async (accountId) => {
    const token = players.ADMIN.accessToken;
    expect(codeOf(await auth.post(`/accounts/${accountId}/roles`, { roles: ['USER'] }, token))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await auth.post(`/accounts/${accountId}/erase`, {}, token))).toEqual([404, 'NOT_FOUND']);
    expect(codeOf(await auth.post(`/accounts/${accountId}/erase`, { x: 1 }, token))).toEqual([400, 'VALIDATION_FAILED']);
  });

  it('is gone after its erasure, and its e-mail can be registered again', async () => {
    const player = await auth.player(newEmail());
    const token = await auth.adminToken();
    const answer = await auth.post(`/accounts/${player.accountId}/erase`, undefined, token);
    expect([answer.status, answer.body]).toEqual([200, { data: { accountId: player.accountId } }]);
    expect(codeOf(await auth.logIn(player))).toEqual([401, 'BAD_CREDENTIALS']);
    expect(codeOf(await auth.get('/auth/me', player.accessToken))).toEqual([401, 'UNAUTHENTICATED']);
    expect(codeOf(await auth.post('/auth/refresh', { refreshToken: player.refreshToken }))).toEqual([401, 'BAD_TOKEN']);
    expect((await auth.get(`/accounts?email=${player.email}`, token)).body.page.total).toBe(0);
    expect(codeOf(await auth.post(`/accounts/${player.accountId}/roles`, { roles: ['USER'] }, token))).toEqual([
      404,
      'NOT_FOUND',
    ]);
    expect((await auth.post(`/accounts/${player.accountId}/erase`, {}, token)).status).toBe(200);
    const again = await auth.player(player.email);
    expect(again.accountId).not.toBe(player.accountId);
  });
});

describe('the list of accounts', () => {
  it('is sorted newest first, paged, and can be filtered by e-mail and role', async () => {
    const token = await auth.adminToken();
    const made = [];
    for (let index = 0; index < 3; index += 1) {
      clock.now += 1;
      made.unshift(await auth.player(`list${index}@example.com`, ['AUDITOR']));
    }
    const page = await auth.get('/accounts?role=AUDITOR&limit=2', token);
    expect(page.status).toBe(200);
    expect(page.body.page).toEqual({ page: 1, limit: 2, total: expect.any(Number) });
    expect(page.body.data.map(({ email }: Player) => email)).toEqual(['list2@example.com', 'list1@example.com']);
    const second = await auth.get('/accounts?role=AUDITOR&limit=2&page=2', token);
    expect(second.body.data[0]).toEqual({
      accountId: made[2]?.accountId,
      email: 'list0@example.com',
      roles: ['AUDITOR'],
      registeredAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/),
    });
    const byEmail = await auth.get(`/accounts?email=${encodeURIComponent(' LIST1@example.com ')}`, token);
    expect(byEmail.body.data.map(({ accountId }: { accountId: string }) => accountId)).toEqual([made[1]?.accountId]);
    expect(byEmail.body.page).toEqual({ page: 1, limit: 20, total: 1 });
    expect((await auth.get('/accounts?email=list1@example.com&role=USER', token)).body.data).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'page=0',
    'limit=x',
    'role=KING',
    'email=x',
    'unknown=1',
    'role=USER&role=ADMIN',
    'email[$ne]=x',
  ])('rejects the query ?%s', async (query) => {
    expect(codeOf(await auth.get(`/accounts?${query}`, await auth.adminToken()))).toEqual([400, 'VALIDATION_FAILED']);
  });
});

describe('operational endpoints', () => {
  it('return readiness, metrics and the OpenAPI document without a token', async () => {
    expect((await auth.get('/health/ready')).body).toEqual({
      data: { status: 'ok', parts: { documentStore: 'up', administrator: 'up', messageBus: 'up' } },
    });
    expect((await auth.get('/metrics')).body).toMatch(/^auth_undelivered_accounts\{service="auth-service"\} \d+$/m);
    const { paths } = (await auth.get('/api-docs.json')).body;
    expect(Object.keys(paths).sort()).toEqual(
      [
        ...new Set([
          '/health/live',
          '/health/ready',
          ...ROUTES.filter(({ service }) => service === 'auth').map(({ path }) => path),
        ]),
      ].sort(),
    );
    expect(paths['/auth/register'].post.responses).toHaveProperty('201');
    expect(paths['/auth/logout'].post.responses).toHaveProperty('204');
  });
});

describe('a session', () => {
  const DAY = 24 * 60 * 60_000;

  it('expires when it is not used for 14 days', async () => {
    const { refreshToken } = await auth.player(newEmail());
    clock.now += 14 * DAY - 1;
    const next = (await auth.post('/auth/refresh', { refreshToken })).body.data;
    clock.now += 14 * DAY;
    expect(codeOf(await auth.post('/auth/refresh', { refreshToken: next.refreshToken }))).toEqual([401, 'BAD_TOKEN']);
  });
});

describe('the log', () => {
  it('contains no e-mail, password or token of the preceding tests', () => {
    const log = logged.join('');
    expect(log).toContain('"route":"/auth/login"');
    expect(/.*(@example|password of|eyJ|administrator|not this one).*/i.exec(log)?.[0]).toBeUndefined();
    for (const { refreshToken } of Object.values(players)) expect(log).not.toContain(refreshToken);
  });
});
