import { generateKeyPairSync, randomBytes } from 'node:crypto';

/** What signs the messages to one endpoint, in the text form of Standard Webhooks. */
export interface NewSecret {
  /** `whsec_` and the base64 of 32 bytes: the key of the symmetric signature, which the receiver knows too. */
  readonly secret: string;
  /** `whsk_` and the base64 of an Ed25519 seed: the key of the asymmetric signature, which never leaves this system. */
  readonly privateKey: string;
  /** `whpk_` and the base64 of an Ed25519 public key, with which the receiver verifies the asymmetric signature. */
  readonly publicKey: string;
}

/** Creates a random secret and a key pair. */
export const newSecret = (): NewSecret => {
  const { d = '', x = '' } = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  return {
    secret: `whsec_${randomBytes(32).toString('base64')}`,
    privateKey: `whsk_${toBase64(d)}`,
    publicKey: `whpk_${toBase64(x)}`,
  };
};

/** @param text base64url, as a JWK has it */
const toBase64 = (text: string): string => Buffer.from(text, 'base64url').toString('base64');
