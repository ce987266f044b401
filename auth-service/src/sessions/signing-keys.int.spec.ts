import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Clock } from '../clock';
import { rotateKeys, SigningKeys } from './signing-keys';

const MINUTE = 60_000;
let directory: string;
let ahead: number;
const clock = new Clock(() => Date.now() + ahead);

beforeEach(() => {
  directory = join(mkdtempSync(join(tmpdir(), 'signing-keys-')), 'keys');
  ahead = 0;
});
afterEach(() => rmSync(join(directory, '..'), { recursive: true, force: true }));

const kidsOf = (keys: SigningKeys) => keys.jwks().keys.map(({ kid }) => kid);

describe('signing keys', () => {
  it('are one key for instances that start at once, and for the next start', async () => {
    const instances = await Promise.all([1, 2, 3].map(() => SigningKeys.open(directory, clock)));
    const again = await SigningKeys.open(directory, clock);
    expect(new Set([...instances, again].map((keys) => keys.signing().kid)).size).toBe(1);
    expect(await readdir(directory)).toEqual(['first.pem']);
  });

  it('rotate with an overlap in which both verify, each signing in its time', async () => {
    const keys = await SigningKeys.open(directory, clock);
    const old = keys.signing().kid;
    const next = await rotateKeys(directory);
    await keys.reload();
    expect(kidsOf(keys).sort()).toEqual([old, next].sort());
    expect(keys.signing().kid).toBe(old);

    ahead = MINUTE;
    expect(keys.signing().kid).toBe(next);
    ahead = 17 * MINUTE;
    await keys.reload();
    expect(keys.publicKey(old)).not.toBeNull();

    ahead = 22 * MINUTE;
    await keys.reload();
    expect(keys.publicKey(old)).toBeNull();
    expect(kidsOf(keys)).toEqual([next]);
    const files = await readdir(directory);
    expect(files).toHaveLength(1);
    expect((await stat(join(directory, files[0] ?? ''))).mode & 0o777).toBe(0o600);
  });

  it('may be given', async () => {
    await SigningKeys.open(directory, clock);
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
    await writeFile(join(directory, 'given.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    const keys = await SigningKeys.open(directory, clock);
    expect(kidsOf(keys)).toHaveLength(2);
    ahead = MINUTE;
    expect(keys.signing().privateKey.equals(privateKey)).toBe(true);
  });

  it('stay as they were when a file cannot be read', async () => {
    const keys = await SigningKeys.open(directory, clock);
    const { kid } = keys.signing();
    await writeFile(join(directory, 'half.pem'), '-----BEGIN PRIVATE KEY-----');
    await expect(keys.reload()).rejects.toThrow();
    expect(keys.signing().kid).toBe(kid);
  });

  it('are RSA alone', async () => {
    await SigningKeys.open(directory, clock);
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(directory, 'given.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }));
    await expect(SigningKeys.open(directory, clock)).rejects.toThrow('no RSA key');
  });
});
