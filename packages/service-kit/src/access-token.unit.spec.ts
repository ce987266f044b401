import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, sign as signBytes, type KeyObject } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { AccessTokenVerifier, jwksKeySource, TOKEN_AUDIENCE, TOKEN_ISSUER } from './access-token';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const accountId = randomUUID();
const tokenId = randomUUID();
let now = Date.now();

const seconds = () => Math.floor(now / 1_000);
const claims = () => ({
  sub: accountId,
  email: 'a@example.com',
  roles: ['USER'],
  iat: seconds(),
  exp: seconds() + 900,
  iss: TOKEN_ISSUER,
  aud: TOKEN_AUDIENCE,
  jti: tokenId,
});
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
/** Signs any header and claims, including those that a library would reject. */
const sign = (overrides: object = {}, header: object = {}, key: KeyObject = privateKey, hash = 'sha256') => {
  const alg = key.asymmetricKeyType === 'rsa' ? 'RS256' : 'ES256';
  const kid = key.asymmetricKeyType === 'rsa' ? 'old' : 'k1';
  const signed = `${encode({ alg, typ: 'JWT', kid, ...header })}.${encode({ ...claims(), ...overrides })}`;
  return `${signed}.${signBytes(hash, Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
};
const KEYS: Readonly<Record<string, KeyObject>> = { k1: publicKey, old: rsa.publicKey };
const verifier = () =>
  new AccessTokenVerifier(
    async (kid) => KEYS[kid] ?? null,
    () => now,
  );

describe('access tokens', () => {
  beforeEach(() => {
    now = Date.now();
  });

  it.each([
    ['ES256', privateKey],
    ['RS256, as in earlier versions', rsa.privateKey],
  ])('identify the account and its roles if signed with %s', async (_, key) => {
    expect(await verifier().identify(`Bearer ${sign({}, {}, key)}`)).toEqual({
      accountId,
      email: 'a@example.com',
      roles: ['USER'],
      expiresAt: seconds() + 900,
      tokenId,
    });
  });

  it('are accepted with a lifetime of less than fifteen minutes', async () => {
    await expect(verifier().identify(`Bearer ${sign({ exp: seconds() + 60 })}`)).resolves.toMatchObject({ accountId });
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
  /** Encodes the same bytes with other values in the unused bits of base64url. */
  const reencoded = () => {
    const token = sign();
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    return token.slice(0, -1) + last[last.indexOf(token.at(-1) ?? '') + 1];
  };
  const without = (name: string) => ['no ' + name, () => `Bearer ${sign({ [name]: undefined })}`] as [string, () => string];

  it.each<[string, () => string | undefined]>([
    ['no header', () => undefined],
    ['another scheme', () => `Basic ${sign()}`],
    ['nothing after Bearer', () => 'Bearer '],
    ['no token', () => 'Bearer a.b.c'],
    ['alg none', () => `Bearer ${encode({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${encode(claims())}.`],
    ['alg none with a signature', () => `Bearer ${encode({ alg: 'none', typ: 'JWT', kid: 'k1' })}.${encode(claims())}.xx`],
    ['HS256 signed with the public key', () => `Bearer ${hs256()}`],
    ['an edited payload', () => `Bearer ${edited()}`],
    ['another encoding of the signature', () => `Bearer ${reencoded()}`],
    ['another key', () => `Bearer ${sign({}, {}, generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)}`],
    ['RS512', () => `Bearer ${sign({}, { alg: 'RS512' }, rsa.privateKey, 'sha512')}`],
    ['RS256 with the kid of the ES256 key', () => `Bearer ${sign({}, { kid: 'k1' }, rsa.privateKey)}`],
    ['an unknown kid', () => `Bearer ${sign({}, { kid: 'k2' })}`],
    ['no kid', () => `Bearer ${sign({}, { kid: undefined })}`],
    ['no typ', () => `Bearer ${sign({}, { typ: undefined })}`],
    ['another typ', () => `Bearer ${sign({}, { typ: 'at+jwt' })}`],
    ['the typ of another kind', () => `Bearer ${sign({}, { typ: 'console+jwt' })}`],
    ['crit', () => `Bearer ${sign({}, { crit: ['exp'] })}`],
    ['an empty crit', () => `Bearer ${sign({}, { crit: [] })}`],
    ['an embedded key', () => `Bearer ${sign({}, { jwk: publicKey.export({ format: 'jwk' }) })}`],
    ['another issuer', () => `Bearer ${sign({ iss: 'somebody' })}`],
    ['another audience', () => `Bearer ${sign({ aud: 'somebody' })}`],
    ['two audiences', () => `Bearer ${sign({ aud: [TOKEN_AUDIENCE, 'console'] })}`],
    ['a list of one audience', () => `Bearer ${sign({ aud: [TOKEN_AUDIENCE] })}`],
    ...['sub', 'email', 'roles', 'iat', 'exp', 'iss', 'aud', 'jti'].map(without),
    ['an additional claim', () => `Bearer ${sign({ scope: 'all' })}`],
    ['a claim called __proto__', () => `Bearer ${sign(JSON.parse('{"__proto__":{}}') as object)}`],
    ['an expiry in the past', () => `Bearer ${sign({ iat: seconds() - 900, exp: seconds() - 6 })}`],
    ['a lifetime of more than fifteen minutes', () => `Bearer ${sign({ exp: seconds() + 901 })}`],
    ['an expiry of 1e300', () => `Bearer ${sign({ exp: 1e300 })}`],
    ['a fractional expiry', () => `Bearer ${sign({ exp: seconds() + 0.5 })}`],
    ['an expiry before the time of issue', () => `Bearer ${sign({ iat: seconds() + 2, exp: seconds() + 1 })}`],
    ['a time of issue in the future', () => `Bearer ${sign({ iat: seconds() + 7, exp: seconds() + 900 })}`],
    ['a time of issue as text', () => `Bearer ${sign({ iat: String(seconds()) })}`],
    ['nbf', () => `Bearer ${sign({ nbf: seconds() })}`],
    ['an unknown role', () => `Bearer ${sign({ roles: ['GOD'] })}`],
    ['no role', () => `Bearer ${sign({ roles: [] })}`],
    ['a role twice', () => `Bearer ${sign({ roles: ['USER', 'USER'] })}`],
    ['a malformed subject', () => `Bearer ${sign({ sub: 'x' })}`],
    ['a malformed jti', () => `Bearer ${sign({ jti: 'x' })}`],
    ['an empty e-mail', () => `Bearer ${sign({ email: '' })}`],
    ['two tokens', () => `Bearer ${sign()}, Bearer ${sign()}`],
    ['a very long token', () => `Bearer ${sign({ email: 'x'.repeat(5_000) })}`],
  ])('are rejected for %s', async (_, header) => {
    await expect(verifier().identify(header())).rejects.toMatchObject({ code: 'UNAUTHENTICATED', status: 401 });
  });

  it('are accepted for five seconds after their expiry, and then rejected even if cached', async () => {
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
  const jwks = (kids: readonly string[]) => ({
    keys: kids.map((kid) => ({
      ...createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })).export({ format: 'jwk' }),
      kid,
    })),
  });
  const server = createServer();
  let kids: string[] | 'hanging' = [];
  let requests = 0;
  let url: string;
  beforeAll(async () => {
    server.on('request', (_request, response) => {
      requests += 1;
      if (kids === 'hanging') return;
      if (kids.length === 0) response.statusCode = 503;
      response.end(JSON.stringify(jwks(kids)));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    requests = 0;
  });

  const hang = () => (kids = 'hanging');

  it('are unavailable until the first fetch, and stay valid while auth-service is unavailable', async () => {
    let clock = 0;
    const keyOf = jwksKeySource(url, () => clock);
    kids = [];
    await expect(keyOf('k1')).rejects.toMatchObject({ code: 'UNAVAILABLE', status: 503 });
    kids = ['k1'];
    clock += 2_000;
    expect(await keyOf('k1')).not.toBeNull();
    kids = [];
    clock += 11 * 60_000;
    const refreshed = once(server, 'request');
    expect(await keyOf('k1')).not.toBeNull();
    await refreshed;
    expect(await keyOf('k1')).not.toBeNull();
  });

  it('are fetched once for concurrent requests, and again for a new kid', async () => {
    let clock = 0;
    const keyOf = jwksKeySource(url, () => clock);
    kids = ['k1'];
    await Promise.all(Array.from({ length: 20 }, () => keyOf('k1')));
    expect(requests).toBe(1);
    kids = ['k1', 'k2'];
    clock += 2_000;
    expect(await keyOf('k2')).not.toBeNull();
  });

  it.each([
    ['responds', ['k1']],
    ['fails', []],
  ])('are fetched at most once in two seconds for unknown kids while auth-service %s', async (_, published) => {
    let clock = 0;
    const keyOf = jwksKeySource(url, () => clock);
    kids = ['k1'];
    await keyOf('k1');
    kids = published;
    requests = 0;
    for (let index = 0; index < 40; index += 1) {
      clock += 100;
      expect(await keyOf(`unknown-${index}`)).toBeNull();
    }
    expect(requests).toBe(2);
  });

  it('do not wait for a fetch once they are cached, even while auth-service hangs', async () => {
    let clock = 0;
    const keyOf = jwksKeySource(url, () => clock);
    kids = ['k1'];
    await keyOf('k1');
    hang();
    clock += 11 * 60_000;
    const unknown = keyOf('unknown');
    expect(await keyOf('k1')).not.toBeNull();
    let isPending = true;
    void unknown.then(() => (isPending = false));
    await new Promise(setImmediate);
    expect(isPending).toBe(true);
    expect(await unknown).toBeNull();
    expect(requests).toBe(2);
  });

  it('are fetched from the next instance if one does not respond', async () => {
    const keyOf = jwksKeySource(['http://127.0.0.1:1/', url]);
    kids = ['k1'];
    expect(await keyOf('k1')).not.toBeNull();
  });

  it('are fetched from a port that fetch rejects', async () => {
    const onBadPort = createServer((_request, response) => response.end(JSON.stringify(jwks(['k1']))));
    const port = await listenOnOneOf(onBadPort, [6_000, 6_566, 6_665, 6_666, 6_667, 6_668, 6_669, 6_697, 10_080]);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toMatchObject({ cause: { message: 'bad port' } });
    expect(await jwksKeySource(`http://127.0.0.1:${port}/`)('k1')).not.toBeNull();
    onBadPort.closeAllConnections();
    onBadPort.close();
  });
});

/** Listens on the first port that no other process uses. */
const listenOnOneOf = async (server: Server, ports: readonly number[]): Promise<number> => {
  for (const port of ports) {
    server.listen(port, '127.0.0.1');
    const isListening = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (isListening) return port;
  }
  throw new Error('every one of these ports is in use');
};
