import { createHash, type KeyObject } from 'node:crypto';
import { isId, ROLES, type Role } from '@rewards/contracts';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { Erasures } from './access-token-erasures';
import type { KeySource } from './access-token-keys';
import { problem } from './problem';

export { jwksKeySource, type KeySource } from './access-token-keys';

/** The caller according to a verified access token. */
export interface Identity {
  readonly accountId: string;
  readonly email: string;
  readonly roles: readonly Role[];
  /** Seconds since 1970, the token's `exp`. */
  readonly expiresAt: number;
  /** The token's `jti`, from which auth-service finds the session that it was issued to. */
  readonly tokenId: string;
}

export const TOKEN_ISSUER = 'login-rewards/auth-service';
/** Tokens of other kinds have another audience and another `typ`, so no kind is accepted in place of another. */
export const TOKEN_AUDIENCE = 'login-rewards';
const TOKEN_TYPE = 'JWT';
export const ACCESS_TOKEN_SECONDS = 15 * 60;
/** The algorithm that signs access tokens. Tokens of earlier versions, signed with RS256, are accepted until they expire. */
export const TOKEN_ALGORITHM = 'ES256';

const LEEWAY_SECONDS = 5;
const MAX_TOKEN_LENGTH = 4_096;
/** About 600 bytes each. A token that is not cached costs 25 times as much as one that is, mostly to verify its signature. */
const MAX_CACHED_TOKENS = 25_000;

/**
 * Returns the algorithm of a key, independently of the header of the token.
 * @returns null for a key that verifies no access tokens
 */
export const algorithmOf = (key: KeyObject): 'ES256' | 'RS256' | null => {
  if (key.asymmetricKeyType === 'rsa') return 'RS256';
  return key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? 'ES256' : null;
};

/**
 * Verifies access tokens. It accepts only tokens as auth-service issues them: with exactly its header and claims, its issuer and
 * audience, and a lifetime of at most 15 minutes. A verified token is cached until it expires.
 */
export class AccessTokenVerifier {
  private readonly verified = new LRUCache<string, Identity>({ max: MAX_CACHED_TOKENS });

  /** @param erasures accounts whose tokens are rejected; null if the caller checks the account itself */
  constructor(
    private readonly keyOf: KeySource,
    private readonly now: () => number = Date.now,
    private readonly erasures: Erasures | null = null,
  ) {}

  /**
   * @param authorization the `Authorization` header
   * @throws Problem UNAUTHENTICATED; UNAVAILABLE if the keys or the erased accounts are unavailable
   */
  async identify(authorization: string | undefined): Promise<Identity> {
    const token = authorization && /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization)?.[1];
    if (!token || token.length > MAX_TOKEN_LENGTH) throw unauthenticated();
    // The key is a digest, so that the cache contains no usable token.
    const digest = createHash('sha256').update(token).digest('base64');
    const identity = this.verified.get(digest) ?? (await this.verify(token));
    if (identity.expiresAt + LEEWAY_SECONDS <= this.now() / 1_000) throw unauthenticated();
    this.verified.set(digest, identity);
    await this.erasures?.loaded();
    if (this.erasures?.has(identity.accountId)) throw unauthenticated();
    return identity;
  }

  private async verify(token: string): Promise<Identity> {
    const header = headerOf(token);
    const key = header && (await this.keyOf(header.kid));
    const algorithm = key && algorithmOf(key);
    if (!key || header.alg !== algorithm) throw unauthenticated();
    try {
      const claims = jwt.verify(token, key, {
        algorithms: [algorithm],
        issuer: TOKEN_ISSUER,
        clockTolerance: LEEWAY_SECONDS,
        clockTimestamp: Math.floor(this.now() / 1_000),
      });
      return toIdentity(claims as object, this.now() / 1_000);
    } catch {
      throw unauthenticated();
    }
  }
}

/** @returns null for a token whose header is not exactly `alg`, `typ` and `kid`, or that is not in canonical base64url */
const headerOf = (token: string): { readonly alg: string; readonly kid: string } | null => {
  const isCanonical = token.split('.').every((part) => Buffer.from(part, 'base64url').toString('base64url') === part);
  const header: unknown = isCanonical ? decodedHeader(token) : null;
  if (!hasExactly(header, ['alg', 'kid', 'typ'])) return null;
  const { alg, kid, typ } = header;
  return typeof alg === 'string' && typeof kid === 'string' && typ === TOKEN_TYPE ? { alg, kid } : null;
};

const decodedHeader = (token: string): unknown => {
  try {
    return JSON.parse(Buffer.from(token.split('.', 1)[0] ?? '', 'base64url').toString());
  } catch {
    return null;
  }
};

const CLAIMS = ['aud', 'email', 'exp', 'iat', 'iss', 'jti', 'roles', 'sub'] as const;

const hasExactly = <Name extends string>(value: unknown, names: readonly Name[]): value is Record<Name, unknown> =>
  typeof value === 'object' && value !== null && Object.keys(value).sort().join() === names.join();

const toIdentity = (claims: object, nowSeconds: number): Identity => {
  if (!hasExactly(claims, CLAIMS)) throw unauthenticated();
  const { sub, email, roles, iat, exp, aud, jti } = claims;
  const areTimes = Number.isSafeInteger(iat) && Number.isSafeInteger(exp);
  const [issuedAt, expiresAt] = [Number(iat), Number(exp)];
  if (!areTimes || issuedAt > nowSeconds + LEEWAY_SECONDS || expiresAt <= issuedAt) throw unauthenticated();
  if (expiresAt - issuedAt > ACCESS_TOKEN_SECONDS || aud !== TOKEN_AUDIENCE) throw unauthenticated();
  if (!isId(sub) || !isId(jti) || typeof email !== 'string' || email === '' || !areRoles(roles)) throw unauthenticated();
  return { accountId: sub, email, roles, expiresAt, tokenId: jti };
};

const areRoles = (value: unknown): value is Role[] =>
  Array.isArray(value) && value.length > 0 && value.every((role) => ROLES.includes(role)) && new Set(value).size === value.length;

/** Creates a 401 that names the authentication scheme. */
export const unauthenticated = () => problem('UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer' } });
