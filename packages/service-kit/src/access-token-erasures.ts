import { repeat, waitFor } from '@rewards/async';
import { isId } from '@rewards/contracts';
import { createGetJson } from './get-json';
import { problem } from './problem';

/** Internal path at which auth-service lists the erased accounts whose access tokens may not have expired yet. */
export const ERASED_ACCOUNTS_PATH = '/internal/erased-accounts';

/** The erased accounts, whose access tokens are rejected even before they expire. */
export interface Erasures {
  /** Waits for the first list. @throws Problem UNAVAILABLE if it is not loaded in time */
  loaded(): Promise<void>;
  has(accountId: string): boolean;
  /** Calls `onErased` once the account is erased, possibly several times. @returns a function that ends the watch */
  watch(accountId: string, onErased: () => void): () => void;
}

/** Rejects an erased account within one second of the response to its erasure, even with slow polls. */
const POLL_MS = 300;
const TIMEOUT_MS = 500;
/** How long tokens wait for the first list. */
const FIRST_LIST_TIMEOUT_MS = 2_000;

/**
 * Polls the accounts that auth-service erased recently. While auth-service is unavailable, it cannot acknowledge an erasure, so
 * the last list stays in force. No token is accepted before the first list is loaded.
 */
export class PolledErasures implements Erasures {
  private erased: ReadonlySet<string> | null = null;
  private readonly watches = new Set<{ readonly accountId: string; readonly onErased: () => void }>();
  private readonly stopping = new AbortController();
  private readonly firstList: Promise<void>;

  /** @param load reads the list */
  constructor(load: () => Promise<readonly string[]>) {
    this.firstList = new Promise((resolve) => void this.poll(load, resolve));
  }

  async loaded(): Promise<void> {
    if (this.erased) return;
    await waitFor(this.firstList, { ms: FIRST_LIST_TIMEOUT_MS });
    if (!this.erased) {
      throw problem('UNAVAILABLE', {
        detail: 'The list of erased accounts is unavailable, because auth-service does not respond. Retry shortly.',
      });
    }
  }

  has(accountId: string): boolean {
    return this.erased?.has(accountId) ?? false;
  }

  watch(accountId: string, onErased: () => void): () => void {
    const watched = { accountId, onErased };
    this.watches.add(watched);
    if (this.has(accountId)) onErased();
    return () => void this.watches.delete(watched);
  }

  stop(): void {
    this.stopping.abort();
  }

  /** Polls the list. After a failure, the last list stays in force. */
  private poll(load: () => Promise<readonly string[]>, onLoaded: () => void): Promise<void> {
    const update = async (): Promise<void> => {
      this.erased = new Set(await load());
      onLoaded();
      for (const { accountId, onErased } of this.watches) if (this.has(accountId)) onErased();
    };
    return repeat(update, { everyMs: POLL_MS, signal: this.stopping.signal, ref: false });
  }
}

/** @param authUrls addresses of the instances of auth-service, which share their documents */
export const pollErasures = (authUrls: readonly string[]): PolledErasures => {
  const get = createGetJson(
    authUrls.map((url) => `${url}${ERASED_ACCOUNTS_PATH}`),
    TIMEOUT_MS,
  );
  return new PolledErasures(async () => {
    const { data } = (await get()) as { readonly data: readonly string[] };
    if (!Array.isArray(data) || !data.every(isId)) throw new Error('the list of erased accounts is malformed');
    return data;
  });
};
