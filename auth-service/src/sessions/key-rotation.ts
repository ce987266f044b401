import { ACCESS_TOKEN_SECONDS } from '@rewards/service-kit';

/** The properties of a signing key that determine its rotation. */
export interface DatedKey {
  readonly kid: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Whether this is an RSA key of an earlier version. It still verifies tokens but signs none. */
  readonly isLegacy?: boolean;
}

/** The `max-age` of the JWK Set. */
export const JWKS_MAX_AGE_SECONDS = 300;

/** How long a new key is published before it signs, so that every instance and every cache has it. */
export const PUBLISHED_AHEAD_MS = (JWKS_MAX_AGE_SECONDS + 60) * 1_000;

/** How long a key verifies after its successor starts signing: the lifetime of its last token, plus an allowance for clock skew. */
const VERIFICATION_OVERLAP_MS = (ACCESS_TOKEN_SECONDS + 5 * 60) * 1_000;

export interface KeyPlan {
  /** The id of the key that signs; null if there is none. */
  readonly signing: string | null;
  /** The ids of keys that can be deleted, because every token that they signed has expired. */
  readonly retired: readonly string[];
}

/** Decides which key signs and which keys are retired. Uses only kind and age, so that all instances agree. */
export const planKeys = (keys: readonly DatedKey[], now: number): KeyPlan => {
  const byAge = keys.filter((key) => !key.isLegacy).sort((a, b) => a.createdAt - b.createdAt || (a.kid < b.kid ? -1 : 1));
  const signsFrom = (key: DatedKey, index: number) => (index === 0 ? -Infinity : key.createdAt + PUBLISHED_AHEAD_MS);
  const signing = byAge.findLast((key, index) => signsFrom(key, index) <= now) ?? null;
  const retired = byAge.filter((_, index) => {
    const successor = byAge[index + 1];
    return successor !== undefined && signsFrom(successor, index + 1) + VERIFICATION_OVERLAP_MS <= now;
  });
  const [first] = byAge;
  const retiredLegacy = keys.filter(
    (key) => key.isLegacy && first && Math.max(key.createdAt, first.createdAt) + VERIFICATION_OVERLAP_MS <= now,
  );
  return { signing: signing?.kid ?? null, retired: [...retired, ...retiredLegacy].map(({ kid }) => kid) };
};
