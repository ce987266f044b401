import { repeat, waitFor } from '@rewards/async';
import { isId } from '@rewards/contracts';
import { createGetJson } from './get-json';
import { problem } from './problem';

/** Where auth-service lists the accounts erased while tokens of theirs may still be valid, for its own network alone. */
export const ERASED_ACCOUNTS_PATH = '/internal/erased-accounts';

/** Accounts whose access tokens are rejected although they have not expired. */
export interface Erasures {
  /** @throws Problem UNAVAILABLE when it is not known yet which accounts these are */
  loaded(): Promise<void>;
  has(accountId: string): boolean;
  /** Calls back when the account has been erased, perhaps several times. @returns ends the watch */
  watch(accountId: string, onErased: () => void): () => void;
}

/** An erased account is rejected within one second of the answer to its erasure, slow polls included. */
const POLL_MS = 300;
const TIMEOUT_MS = 500;
/** How long the first tokens wait for the first list. */
const PATIENCE_MS = 2_000;

/**
 * Polls the accounts that auth-service has erased lately. While auth-service does not answer, the last list stays in force:
 * it cannot have acknowledged another erasure meanwhile. Nothing is known before the first list, so no token is accepted.
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
    await waitFor(this.firstList, { ms: PATIENCE_MS });
    if (!this.erased) {
      throw problem('UNAVAILABLE', { detail: 'auth-service, which lists the erased accounts, is unavailable. Retry shortly.' });
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

  /** After a failure the last list stays in force. */
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
