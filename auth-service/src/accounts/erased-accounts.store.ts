import { openOnFirstUse, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { ACCESS_TOKEN_SECONDS } from '@rewards/service-kit';
import type { Clock } from '@rewards/service-kit/clock';

interface ErasedRecently {
  readonly accountId: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export const ERASED_ACCOUNTS: CollectionSpec<ErasedRecently> = { name: 'erasedAccounts', indexes: [{ fields: ['expiresAt'] }] };

/** The lifetime of a token issued just before the erasure, plus an allowance for clock skew. */
const RETENTION_MS = (ACCESS_TOKEN_SECONDS + 5 * 60) * 1_000;
const PAGE = 1_000;

/** Erased accounts that may still have unexpired access tokens. Every other service rejects these tokens. */
export class ErasedAccountStore {
  private readonly collection: Collection<ErasedRecently>;

  constructor(
    documents: DocumentStore,
    private readonly clock: Clock,
  ) {
    this.collection = openOnFirstUse(documents, ERASED_ACCOUNTS);
  }

  /** Idempotent. */
  async add(accountId: string): Promise<void> {
    await this.collection.insert(accountId, { accountId, expiresAt: this.clock.now() + RETENTION_MS });
  }

  async list(): Promise<readonly string[]> {
    const accountIds: string[] = [];
    for (;;) {
      const page = await this.collection.scan(accountIds.at(-1) ?? null, PAGE);
      accountIds.push(...page.map(({ id }) => id));
      if (page.length < PAGE) return accountIds;
    }
  }

  /** @returns the number of documents removed, at most `limit` */
  async removeExpired(limit: number): Promise<number> {
    const expired = await this.collection.find({ where: { expiresAt: { lte: this.clock.now() } }, limit });
    await Promise.all(expired.map(({ id, version }) => this.collection.delete(id, version)));
    return expired.length;
  }
}
