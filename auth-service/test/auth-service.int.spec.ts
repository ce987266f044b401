import { createHmac, createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { JwtService, type JwtSignOptions } from '@nestjs/jwt';
import { mayCall, ROLES, ROUTES, type Role } from '@rewards/contracts';
import { AccessTokenVerifier, jwksKeySource, TOKEN_AUDIENCE, TOKEN_ISSUER } from '@rewards/service-kit';
import { handledRoutes } from '@rewards/service-kit/http-service';
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
const problemOf = ({ status, body, headers }: Awaited<ReturnType<Auth['get']>>) => {
  if (!headers['content-type']?.startsWith('application/problem+json')) throw new Error(`no problem: ${status}`);
  return [status, body.code];
};

describe('registering', () => {
  it('makes an account with the role USER, known by its trimmed and lower-cased e-mail', async () => {
    const answer = await auth.post('/auth/register', { email: ' Kim@Example.COM\t', password: '12345678' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({ data: { accountId: expect.any(String), email: 'kim@example.com', roles: ['USER'] } });
    expect(problemOf(await auth.post('/auth/register', { email: 'KIM@example.com', password: 'another one' }))).toEqual([
      409,
      'EMAIL_TAKEN',
    ]);
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
  ])('takes a password of 8 to 128 characters: %s', async (_, password, status) => {
    const email = newEmail();
    const answer = await auth.post('/auth/register', { email, password });
    expect(answer.status).toBe(status);
    if (status === 400) expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'password' }] });
    else expect((await auth.logIn({ email, password: password as string })).status).toBe(200);
  });

  it('takes a password typed on another keyboard for the same', async () => {
    const email = newEmail();
    await auth.post('/auth/register', { email, password: '사우나 이용권'.normalize('NFD') });
    expect((await auth.logIn({ email, password: '사우나 이용권'.normalize('NFC') })).status).toBe(200);
  });

  it.each(['', 'x', '@example.com', 'a@', 'a@b@c.com', 'a b@example.com', 'a\n@example.com', 'ü@example.com', 'a@exa_mple.com'])(
    'refuses %j as an e-mail',
    async (email) => {
      const answer = await auth.post('/auth/register', { email, password: '12345678' });
      expect(answer.status).toBe(400);
      expect(answer.body).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ field: 'email' }] });
    },
  );

  it('refuses an e-mail of more than 254 characters', async () => {
    const email = (length: number) => `a@${`${'x'.repeat(63)}.`.repeat(3)}${'x'.repeat(length - 194)}`;
    expect((await auth.post('/auth/register', { email: email(254), password: '12345678' })).status).toBe(201);
    expect((await auth.post('/auth/register', { email: email(255), password: '12345678' })).status).toBe(400);
  });

  it.each([
    [{}, ['email', 'password']],
    [{ email: 'x@example.com', password: '12345678', roles: ['ADMIN'] }, ['roles']],
    [{ email: { $ne: null }, password: { $gt: '' } }, ['email', 'password']],
    [{ email: ['x@example.com'], password: '12345678' }, ['email']],
  ])('names what is wrong with %j', async (body, fields) => {
    const answer = await auth.post('/auth/register', body);
    expect(answer.status).toBe(400);
    expect(answer.body.errors.map(({ field }: { field: string }) => field)).toEqual(fields);
  });
});

describe('logging in', () => {
  it('answers tokens and the id of the login, and nobody may keep them', async () => {
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

  it('says of an unknown account what it says of a wrong password', async () => {
    const { email, password } = await auth.player(newEmail());
    const wrong = await auth.logIn({ email, password: 'wrong' });
    const unknown = await auth.logIn({ email: newEmail(), password });
    expect(problemOf(wrong)).toEqual([401, 'BAD_CREDENTIALS']);
    expect({ ...wrong.body, traceId: '' }).toEqual({ ...unknown.body, traceId: '' });
  });

  it('puts the claims into the token that the contract names', async () => {
    const { accessToken, accountId, email } = await auth.player(newEmail(), ['AUDITOR', 'OPERATOR']);
    const [header, payload] = accessToken
      .split('.')
      .slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
    const [key] = (await auth.get('/.well-known/jwks.json')).body.keys;
    expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: key.kid });
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

  it('lets twenty logins of one account at once all succeed, each with an id of its own', async () => {
    const player = await auth.player(newEmail());
    const answers = await Promise.all(Array.from({ length: 20 }, () => auth.logIn(player)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(new Set(answers.map(({ body }) => body.data.loginId)).size).toBe(20);
  });

  it('says to come back when too many logins of one e-mail wait', async () => {
    const player = await auth.player(newEmail());
    const answers = await Promise.all(Array.from({ length: 150 }, () => auth.logIn(player)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(101);
    const [refused] = answers.filter(({ status }) => status !== 200);
    expect(refused && problemOf(refused)).toEqual([503, 'UNAVAILABLE']);
    expect(refused?.headers['retry-after']).toBe('1');
  });
});

describe('lockout', () => {
  const MINUTE = 60_000;
  const fail = (email: string, times: number) =>
    Promise.all(Array.from({ length: times }, () => auth.logIn({ email, password: 'not this one' })));

  it.each([
    ['an account', true],
    ['nobody', false],
  ])('refuses the e-mail of %s after ten failures, until 15 minutes after the last of them', async (_, exists) => {
    const email = newEmail();
    const password = `password of ${email}`;
    if (exists) await auth.player(email);
    const rightAnswer = exists ? [200] : [401];
    const rest = await fail(email, 9);
    expect(rest.map(({ status }) => status)).toEqual(Array(9).fill(401));
    expect((await auth.logIn({ email, password })).status).toBe(rightAnswer[0]);
    clock.now += 10 * MINUTE;
    if (exists) expect((await fail(email, 1))[0]?.status).toBe(401);

    clock.now += 10 * MINUTE;
    const locked = await auth.logIn({ email: ` ${email.toUpperCase()}`, password });
    expect(problemOf(locked)).toEqual([429, 'ACCOUNT_LOCKED']);
    // Ten minutes have passed since the tenth failure, which nothing after it puts off.
    const leftSeconds = exists ? 5 * 60 : -5 * 60 + 10 * 60;
    expect(locked.headers['retry-after']).toBe(String(exists ? leftSeconds : Number(locked.headers['retry-after'])));
    await fail(email, 20);
    clock.now += Number(locked.headers['retry-after']) * 1_000 - 1;
    expect((await auth.logIn({ email, password })).status).toBe(429);
    clock.now += 1;
    expect((await auth.logIn({ email, password })).status).toBe(rightAnswer[0]);
  });

  it('lets no more than ten of many guesses at once be judged', async () => {
    const { email } = await auth.player(newEmail());
    const statuses = (await fail(email, 60)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(50);
  });
});
