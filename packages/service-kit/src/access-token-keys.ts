import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { createGetJson } from './get-json';
import { problem } from './problem';

/** Public key of a `kid`; null when there is no such key. */
export type KeySource = (kid: string) => Promise<KeyObject | null>;

const REFRESH_AFTER_MS = 10 * 60_000;
/** From the beginning of one attempt to the next, whatever came of it. */
const PAUSE_MS = 2_000;
const TIMEOUT_MS = 2_000;

/**
 * Keys of a JWK Set over HTTP: fetched when first needed, again for an unknown `kid` and every ten minutes. A known key never
 * waits for a fetch, and there is at most one fetch in two seconds.
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
  /** Joins the fetch in flight, starts one, or does nothing so soon after the last attempt. */
  const refresh = async (): Promise<void> => {
    if (!fetching && now() - attemptedAt >= PAUSE_MS) {
      attemptedAt = now();
      fetching = fetchKeys();
    }
    await fetching;
  };

  return async (kid) => {
    const known = keys?.get(kid);
    if (known) {
      if (now() - fetchedAt > REFRESH_AFTER_MS) void refresh();
      return known;
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
