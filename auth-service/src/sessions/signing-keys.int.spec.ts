import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '@rewards/service-kit/clock';
import { rotateKeys, SigningKeys } from './signing-keys';

const MINUTE = 60_000;
const pemOf = (key: KeyObject) => key.export({ format: 'pem', type: 'pkcs8' });
let directory: string;
let ahead: number;
const clock = new Clock(() => Date.now() + ahead);

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'signing-keys-')), 'keys');
  ahead = 0;
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const kidsOf = (keys: SigningKeys) => keys.jwks().keys.map(({ kid }) => kid);

describe('SigningKeys', () => {
  it('creates one key for instances that start at once, and reuses it at the next start', async () => {
    const instances = await Promise.all([1, 2, 3].map(() => SigningKeys.open(directory, clock)));
    const again = await SigningKeys.open(directory, clock);
    expect(new Set([...instances, again].map((keys) => keys.signing().kid)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['first.pem']);
  });

  it('rotates with an overlap in which both keys verify and one signs', async () => {
    const keys = await SigningKeys.open(directory, clock);
    const old = keys.signing().kid;
    const next = await rotateKeys(directory);
    await keys.reload();
    expect(kidsOf(keys).sort()).toEqual([old, next].sort());
    expect(keys.signing().kid).toBe(old);

    ahead = 6 * MINUTE;
    expect(keys.signing().kid).toBe(next);
    ahead = 22 * MINUTE;
    await keys.reload();
    expect(keys.publicKey(old)).not.toBeNull();

    ahead = 27 * MINUTE;
    await keys.reload();
    expect(keys.publicKey(old)).toBeNull();
    expect(kidsOf(keys)).toEqual([next]);
    const files = await readdir(directory);
    expect(files).toHaveLength(1);
    expect((await stat(join(directory, files[0] ?? ''))).mode & 0o777).toBe(0o600);
  });

  it('loads keys that an operator adds, and restricts their files to the owner', async () => {
    await SigningKeys.open(directory, clock);
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const file = join(directory, 'given.pem');
    await writeFile(file, pemOf(privateKey), { mode: 0o644 });
    const keys = await SigningKeys.open(directory, clock);
    expect(kidsOf(keys)).toHaveLength(2);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    ahead = 6 * MINUTE;
    expect(pemOf(keys.signing().privateKey)).toBe(pemOf(privateKey));
  });

  it('signs with ES256 next to the RSA key of an earlier version, whose tokens stay valid until they expire', async () => {
    await SigningKeys.open(directory, clock);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    await writeFile(join(directory, 'first.pem'), pemOf(privateKey));
    const instances = await Promise.all([1, 2].map(() => SigningKeys.open(directory, clock)));
    const [keys] = instances as [SigningKeys, SigningKeys];
    expect(new Set(instances.map((instance) => instance.signing().kid)).size).toBe(1);
    expect((await readdir(directory)).sort()).toEqual(['first-es256.pem', 'first.pem']);
    expect(keys.signing().privateKey.asymmetricKeyType).toBe('ec');
    const { keys: published } = keys.jwks();
    expect(published.map(({ kty, alg }) => [kty, alg]).sort()).toEqual([
      ['EC', 'ES256'],
      ['RSA', 'RS256'],
    ]);
    ahead = 15 * MINUTE;
    await keys.reload();
    expect(kidsOf(keys)).toHaveLength(2);
    ahead = 21 * MINUTE;
    await keys.reload();
    expect(kidsOf(keys)).toEqual([keys.signing().kid]);
    expect(await readdir(directory)).toEqual(['first-es256.pem']);
  });

  it('keeps the loaded keys if a file cannot be parsed', async () => {
    const keys = await SigningKeys.open(directory, clock);
    const { kid } = keys.signing();
    await writeFile(join(directory, 'half.pem'), '-----BEGIN PRIVATE KEY-----');
    await expect(keys.reload()).rejects.toThrow();
    expect(keys.signing().kid).toBe(kid);
  });

  it('rejects keys other than P-256 and RSA', async () => {
    await SigningKeys.open(directory, clock);
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(directory, 'given.pem'), pemOf(privateKey));
    await expect(SigningKeys.open(directory, clock)).rejects.toThrow('neither a P-256 nor an RSA key');
  });
});
