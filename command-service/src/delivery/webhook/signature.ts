import { createHmac, createPrivateKey, generateKeyPairSync, randomBytes, sign as signWith, type KeyObject } from 'node:crypto';

/** The keys of an endpoint, in the notation of Standard Webhooks. */
export interface NewSecret {
  /** `whsec_…`: 32 random bytes, which the receiver needs to verify `v1`. */
  readonly secret: string;
  /** `whsk_…`: an Ed25519 seed of 32 bytes. */
  readonly privateKey: string;
  /** `whpk_…`: an Ed25519 public key of 32 bytes, with which a receiver can verify `v1a` instead. */
  readonly publicKey: string;
}

const SECRET = 'whsec_';
const PRIVATE_KEY = 'whsk_';
const PUBLIC_KEY = 'whpk_';
/** The DER form of an Ed25519 private key (RFC 8410), up to the seed. */
const PKCS8_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex');
/** More than the secrets that sign at a time. */
const MAX_CACHED_KEYS = 256;

/** Creates random keys for an endpoint. */
export const newSecret = (): NewSecret => {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const encode = (bytes: Buffer): string => bytes.toString('base64');
  return {
    secret: SECRET + encode(randomBytes(32)),
    privateKey: PRIVATE_KEY + encode(privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32)),
    publicKey: PUBLIC_KEY + encode(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
  };
};

/**
 * Signs a message as Standard Webhooks 1.0.0 defines it.
 * @param timestampSeconds value of `webhook-timestamp`
 * @param body as it is sent
 * @returns the value of `webhook-signature`: for each secret a signature `v1,` (HMAC-SHA256) and one `v1a,` (Ed25519)
 */
export const sign = (
  secrets: readonly Pick<NewSecret, 'secret' | 'privateKey'>[],
  id: string,
  timestampSeconds: number,
  body: string,
): string => {
  const content = Buffer.from(`${id}.${timestampSeconds}.${body}`);
  return secrets
    .flatMap(({ secret, privateKey }) => [
      signV1(secret, content),
      `v1a,${signWith(null, content, keyOf(privateKey)).toString('base64')}`,
    ])
    .join(' ');
};

/** Returns a signature `v1,…`. @param secret `whsec_` and base64 */
export const signV1 = (secret: string, content: string | Buffer): string =>
  `v1,${createHmac('sha256', decode(secret, SECRET)).update(content).digest('base64')}`;

const keys = new Map<string, KeyObject>();

/** Caches the parsed keys: parsing one takes ten times as long as signing. */
const keyOf = (privateKey: string): KeyObject => {
  const cached = keys.get(privateKey);
  if (cached) return cached;
  const der = Buffer.concat([PKCS8_HEADER, decode(privateKey, PRIVATE_KEY)]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  if (keys.size >= MAX_CACHED_KEYS) keys.clear();
  keys.set(privateKey, key);
  return key;
};

const decode = (text: string, prefix: string): Buffer => Buffer.from(text.slice(prefix.length), 'base64');
