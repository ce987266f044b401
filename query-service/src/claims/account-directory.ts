import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';

/** Which account has which e-mail, as auth-service keeps it; an erased account has none. */
export class AccountDirectory {
  constructor(private readonly accounts: DocumentStore) {}

  /** @param email lower-cased @returns null for nobody */
  async accountIdOf(email: string): Promise<string | null> {
    const [found] = await (await this.entries()).find({ where: { email }, limit: 1 });
    return found?.document.accountId ?? null;
  }

  /** E-mails by account, in one read. */
  async emailsOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const found = await (await this.entries()).getMany([...new Set(accountIds)]);
    return new Map([...found].map(([accountId, { document }]) => [accountId, document.email]));
  }

  private entries(): Promise<Collection<AccountDirectoryEntry>> {
    return this.accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
  }
}
