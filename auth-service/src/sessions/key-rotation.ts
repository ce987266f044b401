import { ACCESS_TOKEN_SECONDS } from '@rewards/service-kit';

/** A signing key, as far as rotation is concerned. */
export interface DatedKey {
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** An RSA key of an earlier version: it verifies what it has signed, and signs nothing more. */
  readonly isLegacy?: boolean;
}

/** What the JWK Set says in `Cache-Control`. */
export const JWKS_MAX_AGE_SECONDS = 300;

/** A new key is published this long before it signs: by then no instance and no cache serves a list without it. */
export const PUBLISHED_AHEAD_MS = (JWKS_MAX_AGE_SECONDS + 60) * 1_000;

/** How long a key verifies after its successor has begun to sign: the life of its last token, and clocks that differ. */
const VERIFIES_ON_MS = (ACCESS_TOKEN_SECONDS + 5 * 60) * 1_000;

export interface KeyPlan {
  /** The key that signs; null when there is none. */
  readonly signing: string | null;
  /** Keys that no valid token was signed with: they may be deleted. */
  readonly retired: readonly string[];
}

/** What each key is for now, by kind and age alone, so that all instances come to the same plan. */
export const planKeys = (keys: readonly DatedKey[], now: number): KeyPlan => {
  const byAge = keys.filter((key) => !key.isLegacy).sort((a, b) => a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1));
  const signsFrom = (key: DatedKey, index: number) => (index === 0 ? -Infinity : key.createdAt + PUBLISHED_AHEAD_MS);
  const signing = byAge.findLast((key, index) => signsFrom(key, index) <= now) ?? null;
  const retired = byAge.filter((_, index) => {
    const successor = byAge[index + 1];
    return successor !== undefined && signsFrom(successor, index + 1) + VERIFIES_ON_MS <= now;
  });
  const [first] = byAge;
  const retiredLegacy = keys.filter(
    (key) => key.isLegacy && first && Math.max(key.createdAt, first.createdAt) + VERIFIES_ON_MS <= now,
  );
  return { signing: signing?.kid ?? null, retired: [...retired, ...retiredLegacy].map(({ kid }) => kid) };
};
