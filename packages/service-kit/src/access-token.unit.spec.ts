import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, type KeyObject } from 'node:crypto';
import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import jwt from 'jsonwebtoken';
import { AccessTokenVerifier, jwksKeySource, TOKEN_AUDIENCE, TOKEN_ISSUER } from './access-token';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const accountId = randomUUID();
let now = Date.now();

const claims = () => ({
  sub: accountId,
  email: 'a@example.com',
  roles: ['USER'],
  iat: Math.floor(now / 1_000),
  exp: Math.floor(now / 1_000) + 900,
  iss: TOKEN_ISSUER,
  aud: TOKEN_AUDIENCE,
  jti: randomUUID(),
});
const sign = (overrides: object = {}, key: KeyObject | string = privateKey, options: jwt.SignOptions = {}) =>
  jwt.sign({ ...claims(), ...overrides }, key as jwt.Secret, { algorithm: 'RS256', keyid: 'k1', ...options });
const verifier = () =>
  new AccessTokenVerifier(
    async (kid) => (kid === 'k1' ? publicKey : null),
    () => now,
  );
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('access tokens', () => {
  beforeEach(() => {
    now = Date.now();
  });

  it('name the account and its roles', async () => {
    expect(await verifier().identify(`Bearer ${sign()}`)).toEqual({
      accountId,
      email: 'a@example.com',
      roles: ['USER'],
      expiresAt: Math.floor(now / 1_000) + 900,
    });
  });

  const hs256 = () => {
    const pem = publicKey.export({ type: 'spki', format: 'pem' });
    const signed = `${encode({ alg: 'HS256', typ: 'JWT', kid: 'k1' })}.${encode(claims())}`;
    return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
  };
  const edited = () => {
    const [header, , signature] = sign().split('.');
    return `${header}.${encode({ ...claims(), roles: ['ADMIN'] })}.${signature}`;
  };

  it.each<[string, () => string | undefined]>([
    ['no header', () => undefined],
    ['another scheme', () => `Basic ${sign()}`],
    ['nothing after Bearer', () => 'Bearer '],
    ['no token', () => 'Bearer a.b.c'],
    ['alg none', () => `Bearer ${encode({ alg: 'none', kid: 'k1' })}.${encode(claims())}.`],
    ['alg none with a signature', () => `Bearer ${encode({ alg: 'none', kid: 'k1' })}.${encode(claims())}.x`],
    ['HS256 signed with the public key', () => `Bearer ${hs256()}`],
    ['an edited payload', () => `Bearer ${edited()}`],
    ['another key', () => `Bearer ${sign({}, generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey)}`],
    ['RS512', () => `Bearer ${sign({}, privateKey, { algorithm: 'RS512' })}`],
    ['an unknown kid', () => `Bearer ${sign({}, privateKey, { keyid: 'k2' })}`],
    ['another issuer', () => `Bearer ${sign({ iss: 'somebody' })}`],
    ['another audience', () => `Bearer ${sign({ aud: 'somebody' })}`],
    ['expiry', () => `Bearer ${sign({ exp: Math.floor(now / 1_000) - 6 })}`],
    ['a time to come', () => `Bearer ${sign({ nbf: Math.floor(now / 1_000) + 6 })}`],
    ['an unknown role', () => `Bearer ${sign({ roles: ['GOD'] })}`],
    ['a strange subject', () => `Bearer ${sign({ sub: 'x' })}`],
    ['two tokens', () => `Bearer ${sign()}, Bearer ${sign()}`],
    ['a very long token', () => `Bearer ${sign({ email: 'x'.repeat(5_000) })}`],
  ])('are refused for %s', async (_, header) => {
    await expect(verifier().identify(header())).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  });

  it('have five seconds of leeway, and expire although they were verified before', async () => {
    const subject = verifier();
    const header = `Bearer ${sign()}`;
    await subject.identify(header);
    now += 904_000;
    await expect(subject.identify(header)).resolves.toMatchObject({ accountId });
    now += 2_000;
    await expect(subject.identify(header)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('keys over HTTP', () => {
  const server = createServer();
  let kids: string[] = [];
  let requests = 0;
  let url: string;
  beforeAll(async () => {
    server.on('request', (_request, response) => {
      requests += 1;
      if (kids.length === 0) response.statusCode = 503;
      response.end(
        JSON.stringify({
          keys: kids.map((kid) => ({
            ...createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }),
            kid,
          })),
        }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  beforeEach(() => {
    requests = 0;
  });

  it('are unavailable until they were fetched once, and stay good while auth-service is away', async () => {
    let clock = 0;
    const keyOf = jwksKeySource(url, () => clock);
    kids = [];
    await expect(keyOf('k1')).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
    kids = ['k1'];
    expect(await keyOf('k1')).not.toBeNull();
    kids = [];
    clock += 11 * 60_000;
    expect(await keyOf('k1')).not.toBeNull();
  });

  it('are fetched once for many, and again for a new kid, but not for each unknown one', async () => {
    let clock = 0;
    const keyOf = jwksKeySource(url, () => clock);
    kids = ['k1'];
    await Promise.all(Array.from({ length: 20 }, () => keyOf('k1')));
    expect(requests).toBe(1);
    kids = ['k1', 'k2'];
    clock += 3_000;
    expect(await keyOf('k2')).not.toBeNull();
    await Promise.all(Array.from({ length: 20 }, (_, index) => keyOf(`unknown-${index}`)));
    expect(requests).toBe(2);
  });
});
