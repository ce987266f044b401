import { openWhenUsed, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { ACCESS_TOKEN_SECONDS } from '@rewards/service-kit';
import type { Clock } from '../clock';

interface ErasedRecently {
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export const ERASED_ACCOUNTS: CollectionSpec<ErasedRecently> = { name: 'erasedAccounts', indexes: [{ fields: ['expiresAt'] }] };

/** The life of a token that was issued at the last moment, and clocks that differ. */
const KEPT_MS = (ACCESS_TOKEN_SECONDS + 5 * 60) * 1_000;
const PAGE = 1_000;

/** The accounts of which access tokens may be left that have not expired: every other service rejects those. */
export class ErasedAccountStore {
  private readonly collection: Collection<ErasedRecently>;

  constructor(
    documents: DocumentStore,
    private readonly clock: Clock,
  ) {
    this.collection = openWhenUsed(documents, ERASED_ACCOUNTS);
  }

  /** Safe to repeat. */
  async add(accountId: string): Promise<void> {
    await this.collection.insert(accountId, { accountId, expiresAt: this.clock.now() + KEPT_MS });
  }

  async list(): Promise<readonly string[]> {
    const accountIds: string[] = [];
    for (;;) {
      const page = await this.collection.scan(accountIds.at(-1) ?? null, PAGE);
      accountIds.push(...page.map(({ id }) => id));
      if (page.length < PAGE) return accountIds;
    }
  }

  /** @returns how many were removed, at most `limit` */
  async removeExpired(limit: number): Promise<number> {
    const expired = await this.collection.find({ where: { expiresAt: { lte: this.clock.now() } }, limit });
    await Promise.all(expired.map(({ id, version }) => this.collection.delete(id, version)));
    return expired.length;
  }
}
