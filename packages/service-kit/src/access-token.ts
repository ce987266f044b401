import { createHash, createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { isId, ROLES, type Role } from '@rewards/contracts';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import { problem } from './problem';

/** Who is asking, as a verified access token says. */
export interface Identity {
  readonly accountId: string;
  readonly email: string;
  readonly roles: readonly Role[];
  /** Seconds since 1970, the token's `exp`. */
  readonly expiresAt: number;
}

/** Public key of a `kid`; null when there is no such key. */
export type KeySource = (kid: string) => Promise<KeyObject | null>;

export const TOKEN_ISSUER = 'login-rewards/auth-service';
export const TOKEN_AUDIENCE = 'login-rewards';
export const TOKEN_ALGORITHM = 'RS256';
const LEEWAY_SECONDS = 5;
const MAX_TOKEN_LENGTH = 4_096;
const REMEMBERED_TOKENS = 10_000;

/** Verifies access tokens: algorithm pinned, issuer, audience and times checked. What was verified is remembered until it expires. */
export class AccessTokenVerifier {
  private readonly verified = new LRUCache<string, Identity>({ max: REMEMBERED_TOKENS });

  constructor(
    private readonly keyOf: KeySource,
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @param authorization the `Authorization` header
   * @throws Problem UNAUTHENTICATED; UNAVAILABLE when the keys cannot be had
   */
  async identify(authorization: string | undefined): Promise<Identity> {
    const token = authorization && /^Bearer ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization)?.[1];
    if (!token || token.length > MAX_TOKEN_LENGTH) throw unauthenticated();
    // A digest as the key: the cache holds no token that could be used.
    const digest = createHash('sha256').update(token).digest('base64');
    const identity = this.verified.get(digest) ?? (await this.verify(token));
    if (identity.expiresAt + LEEWAY_SECONDS <= this.now() / 1_000) throw unauthenticated();
    this.verified.set(digest, identity);
    return identity;
  }

  private async verify(token: string): Promise<Identity> {
    const kid = keyIdOf(token);
    const key = kid === null ? null : await this.keyOf(kid);
    if (!key) throw unauthenticated();
    try {
      const claims = jwt.verify(token, key, {
        algorithms: [TOKEN_ALGORITHM],
        issuer: TOKEN_ISSUER,
        audience: TOKEN_AUDIENCE,
        clockTolerance: LEEWAY_SECONDS,
        clockTimestamp: Math.floor(this.now() / 1_000),
      });
      return toIdentity(claims);
    } catch {
      throw unauthenticated();
    }
  }
}

const keyIdOf = (token: string): string | null => {
  try {
    const kid: unknown = jwt.decode(token, { complete: true })?.header.kid;
    return typeof kid === 'string' ? kid : null;
  } catch {
    return null;
  }
};

const toIdentity = (claims: unknown): Identity => {
  const { sub, email, roles, exp } = claims as Record<string, unknown>;
  if (!isId(sub) || typeof email !== 'string' || typeof exp !== 'number' || !Array.isArray(roles) || !roles.every(isRole)) {
    throw unauthenticated();
  }
  return { accountId: sub, email, roles, expiresAt: exp };
};

const isRole = (value: unknown): value is Role => ROLES.some((role) => role === value);

const unauthenticated = () => problem('UNAUTHENTICATED', { headers: { 'www-authenticate': 'Bearer' } });

const REFRESH_AFTER_MS = 10 * 60_000;
const UNKNOWN_KID_PAUSE_MS = 2_000;
const FETCH_TIMEOUT_MS = 2_000;

/**
 * Keys of a JWK Set over HTTP: fetched when first needed, again for an unknown `kid` and every ten minutes.
 * @param url address of the JWK Set
 */
export const jwksKeySource = (url: string, now: () => number = () => performance.now()): KeySource => {
  let keys: ReadonlyMap<string, KeyObject> | null = null;
  let fetchedAt = -Infinity;
  let fetching: Promise<void> | null = null;

  const refresh = async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) });
    if (!response.ok) throw new Error(`JWK Set: status ${response.status}`);
    const set = (await response.json()) as { keys: (JsonWebKey & { kid: string })[] };
    keys = new Map(set.keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]));
    fetchedAt = now();
  };
  const refreshOnce = () => (fetching ??= refresh().finally(() => (fetching = null)));

  return async (kid) => {
    const age = now() - fetchedAt;
    const known = keys?.get(kid);
    if (age > REFRESH_AFTER_MS || (!known && age > UNKNOWN_KID_PAUSE_MS)) {
      try {
        await refreshOnce();
      } catch {
        // Keys that were good go on being good while auth-service is away.
        if (!keys) throw problem('UNAVAILABLE', { detail: 'The keys that verify access tokens cannot be fetched now.' });
      }
    }
    return keys?.get(kid) ?? null;
  };
};
