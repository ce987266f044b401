import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createGetJson } from './get-json';
import { problem } from './problem';

/** Returns the public key of a `kid`; null if there is none. */
export type KeySource = (kid: string) => Promise<KeyObject | null>;

const REFRESH_AFTER_MS = 10 * 60_000;
/** Minimum time between the starts of two attempts. */
const MIN_INTERVAL_MS = 2_000;
const TIMEOUT_MS = 2_000;

/**
 * Creates a key source that fetches a JWK Set over HTTP: when first needed, for an unknown `kid`, and every ten minutes, but at
 * most once in two seconds. A cached key never waits for a fetch.
 * @param url address of the JWK Set, or those of several instances
 */
export const jwksKeySource = (url: string | readonly string[], now: () => number = () => performance.now()): KeySource => {
  const get = createGetJson([url].flat(), TIMEOUT_MS);
  let keys: ReadonlyMap<string, KeyObject> | null = null;
  let fetchedAt = -Infinity;
  let attemptedAt = -Infinity;
  let fetching: Promise<void> | null = null;

  const fetchKeys = async (): Promise<void> => {
    try {
      keys = toKeys(await get());
      fetchedAt = now();
    } catch {
      // The keys fetched before stay valid while auth-service is unavailable.
    } finally {
      fetching = null;
    }
  };
  /** Joins the fetch in flight or starts one. Does nothing shortly after the last attempt. */
  const refresh = async (): Promise<void> => {
    if (!fetching && now() - attemptedAt >= MIN_INTERVAL_MS) {
      attemptedAt = now();
      fetching = fetchKeys();
    }
    await fetching;
  };

  return async (kid) => {
    const cached = keys?.get(kid);
    if (cached) {
      if (now() - fetchedAt > REFRESH_AFTER_MS) void refresh();
      return cached;
    }
    await refresh();
    if (!keys) throw problem('UNAVAILABLE', { detail: 'The keys that verify access tokens are unavailable. Retry shortly.' });
    return keys.get(kid) ?? null;
  };
};

const toKeys = (set: unknown): ReadonlyMap<string, KeyObject> =>
  new Map(
    (set as { readonly keys: readonly (JsonWebKey & { readonly kid: string })[] }).keys.map((jwk) => [
      jwk.kid,
      createPublicKey({ key: jwk, format: 'jwk' }),
    ]),
  );
