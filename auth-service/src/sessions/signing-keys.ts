import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  randomUUID,
  type JsonWebKey,
  type KeyObject,
} from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { algorithmOf, TOKEN_ALGORITHM } from '@rewards/service-kit';
import type { Clock } from '@rewards/service-kit/clock';
import { createPrivateFile } from '../create-file';
import { planKeys, type DatedKey } from './key-rotation';

const CURVE = 'P-256';
const FIRST_KEY = 'first.pem';
/** The first ES256 key next to an RSA key of an earlier version, which may already use the name `first.pem`. */
const FIRST_AFTER_RSA = 'first-es256.pem';

interface SigningKey extends DatedKey {
  readonly file: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export interface PublicJwk extends JsonWebKey {
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: string;
}

/** The folder of the private keys. Every `*.pem` in it is a P-256 or RSA key, including those that an operator adds. */
export const keyDirectory = (dataDir: string): string => join(dataDir, 'keys');

/** The keys that sign access tokens, in files that all instances share and reload periodically. */
export class SigningKeys {
  private keys: ReadonlyMap<string, SigningKey> = new Map();

  private constructor(
    private readonly directory: string,
    private readonly clock: Clock,
  ) {}

  /** Loads the keys, and creates one if none can sign. Instances that start at once use the same key. */
  static async open(directory: string, clock: Clock): Promise<SigningKeys> {
    await prepareDirectory(directory);
    const keys = new SigningKeys(directory, clock);
    for (const name of [FIRST_KEY, FIRST_AFTER_RSA]) {
      await keys.reload();
      if (keys.signingKey()) break;
      await createKey(directory, name);
    }
    await keys.reload();
    return keys;
  }

  /** Loads keys that a rotation has added, and deletes retired ones. */
  async reload(): Promise<void> {
    const files = await pemFiles(this.directory);
    const loaded = await Promise.all(files.map((file) => this.load(file)));
    const keys = loaded.filter((key) => key !== null);
    const { retired } = planKeys(keys, this.clock.now());
    this.keys = new Map(keys.filter(({ kid }) => !retired.includes(kid)).map((key) => [key.kid, key]));
    for (const { kid, file } of keys) if (retired.includes(kid)) await rm(join(this.directory, file), { force: true });
  }

  /** Returns the key that signs now. */
  signing(): { readonly kid: string; readonly privateKey: KeyObject } {
    const key = this.signingKey();
    if (!key) throw new Error(`there is no signing key in ${this.directory}`);
    return key;
  }

  private signingKey(): SigningKey | null {
    return this.keys.get(planKeys([...this.keys.values()], this.clock.now()).signing ?? '') ?? null;
  }

  /** @returns null for an unknown or retired key */
  publicKey(kid: string): KeyObject | null {
    return this.keys.get(kid)?.publicKey ?? null;
  }

  /** Returns the public keys as an RFC 7517 JWK Set. */
  jwks(): { readonly keys: readonly PublicJwk[] } {
    const keys = [...this.keys.values()].map(({ kid, publicKey }) => ({
      ...publicKey.export({ format: 'jwk' }),
      kid,
      use: 'sig' as const,
      alg: algorithmOf(publicKey) ?? TOKEN_ALGORITHM,
    }));
    return { keys };
  }

  /** @returns null if the file has been deleted since it was listed */
  private async load(file: string): Promise<SigningKey | null> {
    const path = join(this.directory, file);
    try {
      const privateKey = createPrivateKey(await readFile(path));
      const publicKey = createPublicKey(privateKey);
      const algorithm = algorithmOf(publicKey);
      if (algorithm === null) throw new Error(`${path} is neither a P-256 nor an RSA key`);
      const { mode, mtimeMs } = await stat(path);
      if ((mode & 0o077) !== 0) await chmod(path, 0o600);
      const isLegacy = algorithm !== TOKEN_ALGORITHM;
      return { file, privateKey, publicKey, kid: thumbprint(publicKey), createdAt: mtimeMs, isLegacy };
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }
}

/**
 * Adds a key, which services publish at their next reload and sign with six minutes later. The previous key is deleted after its
 * last token has expired.
 * @returns its `kid`
 */
export const rotateKeys = async (directory: string): Promise<string> => {
  await prepareDirectory(directory);
  return createKey(directory, `${randomUUID()}.pem`);
};

const prepareDirectory = async (directory: string): Promise<void> => {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
};

const pemFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory)).filter((file) => file.endsWith('.pem'));

const createKey = async (directory: string, name: string): Promise<string> => {
  const { publicKey, privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: CURVE });
  await createPrivateFile(join(directory, name), privateKey.export({ format: 'pem', type: 'pkcs8' }).toString());
  return thumbprint(publicKey);
};

/** Computes the RFC 7638 thumbprint. */
const thumbprint = (publicKey: KeyObject): string => {
  const { crv, e, kty, n, x, y } = publicKey.export({ format: 'jwk' });
  const members = kty === 'RSA' ? { e, kty, n } : { crv, kty, x, y };
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url');
};

const isMissing = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === 'ENOENT';
