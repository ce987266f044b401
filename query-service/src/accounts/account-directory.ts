import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';

/** Reads the e-mails of accounts from the directory that auth-service maintains; an erased account has none. */
export class AccountDirectory {
  constructor(private readonly accounts: DocumentStore) {}

  /**
   * Finds the account for a filter by account, e-mail or both.
   * @returns undefined if the filter has neither, null if no account matches
   */
  async findAccount(filter: { readonly accountId?: string; readonly email?: string }): Promise<string | undefined | null> {
    const { accountId, email } = filter;
    if (email === undefined) return accountId;
    const owner = await this.accountIdOf(email);
    return accountId === undefined || accountId === owner ? owner : null;
  }

  /** Returns whether the account exists, or existed before it was erased. */
  async has(accountId: string): Promise<boolean> {
    return (await (await this.entries()).get(accountId)) !== null;
  }

  /** Returns the e-mails by account, in one read. */
  async emailsOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const found = await (await this.entries()).getMany([...new Set(accountIds)]);
    return new Map([...found].map(([accountId, { document }]) => [accountId, document.email]));
  }

  /** @param email lower-cased @returns null if no account has it */
  private async accountIdOf(email: string): Promise<string | null> {
    const [found] = await (await this.entries()).find({ where: { email }, limit: 1 });
    return found?.document.accountId ?? null;
  }

  private entries(): Promise<Collection<AccountDirectoryEntry>> {
    return this.accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
  }
}
