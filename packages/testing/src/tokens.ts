import { generateKeyPairSync, randomUUID, type JsonWebKey, type KeyObject } from 'node:crypto';
import type { Role } from '@rewards/contracts';
import jwt, { type SignOptions } from 'jsonwebtoken';
import {
  AccessTokenVerifier,
  TOKEN_ALGORITHM,
  TOKEN_AUDIENCE,
  TOKEN_ISSUER,
  type KeySource,
} from '@rewards/service-kit/access-token';

export interface TestIdentity {
  readonly accountId: string;
  readonly roles: readonly Role[];
  readonly email?: string;
}

export interface TestTokens {
  /** For an AccessTokenVerifier. */
  readonly keySource: KeySource;
  /** The public key, as in a JWK Set. */
  readonly jwk: JsonWebKey & { readonly kid: string };
  /** Signs an access token like auth-service; the overrides make it invalid. */
  sign(identity: TestIdentity, overrides?: SignOptions & { readonly key?: KeyObject }): string;
}

const KEY_ID = 'test';

/** Creates access tokens with a new key. */
export const createTestTokens = (): TestTokens => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    jwk: { ...publicKey.export({ format: 'jwk' }), kid: KEY_ID },
    keySource: async (kid) => (kid === KEY_ID ? publicKey : null),
    sign: ({ accountId, roles, email = 'player@example.com' }, { key = privateKey, ...overrides } = {}) =>
      jwt.sign({ email, roles }, key, {
        algorithm: TOKEN_ALGORITHM,
        keyid: KEY_ID,
        subject: accountId,
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        expiresIn: '15m',
        jwtid: randomUUID(),
        ...overrides,
      }),
  };
};

/** A caller with an access token. */
export interface Caller {
  readonly accountId: string;
  readonly roles: readonly Role[];
  readonly authorization: string;
}

/** Creates callers with access tokens, and the function by which a service identifies them. */
export const createCallers = () => {
  const tokens = createTestTokens();
  const verifier = new AccessTokenVerifier(tokens.keySource);
  return {
    identify: (authorization: string | undefined) => verifier.identify(authorization),
    person: (...roles: Role[]): Caller => {
      const accountId = randomUUID();
      return { accountId, roles, authorization: `Bearer ${tokens.sign({ accountId, roles })}` };
    },
  };
};
