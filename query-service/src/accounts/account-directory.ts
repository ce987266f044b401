import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import type { Collection, DocumentStore } from '@rewards/document-store';

/** Which account has which e-mail, as auth-service keeps it; an erased account has none. */
export class AccountDirectory {
  constructor(private readonly accounts: DocumentStore) {}

  /**
   * The account that a filter by account, e-mail or both asks for.
   * @returns undefined when it asks for none, null when there is no such account
   */
  async accountAskedFor(filter: { readonly accountId?: string; readonly email?: string }): Promise<string | undefined | null> {
    const { accountId, email } = filter;
    if (email === undefined) return accountId;
    const found = await this.accountIdOf(email);
    return accountId === undefined || accountId === found ? found : null;
  }

  /** Whether there is, or was, such an account. */
  async has(accountId: string): Promise<boolean> {
    return (await (await this.entries()).get(accountId)) !== null;
  }

  /** E-mails by account, in one read. */
  async emailsOf(accountIds: readonly string[]): Promise<ReadonlyMap<string, string | null>> {
    const found = await (await this.entries()).getMany([...new Set(accountIds)]);
    return new Map([...found].map(([accountId, { document }]) => [accountId, document.email]));
  }

  /** @param email lower-cased @returns null for nobody */
  private async accountIdOf(email: string): Promise<string | null> {
    const [found] = await (await this.entries()).find({ where: { email }, limit: 1 });
    return found?.document.accountId ?? null;
  }

  private entries(): Promise<Collection<AccountDirectoryEntry>> {
    return this.accounts.collection<AccountDirectoryEntry>(ACCOUNT_DIRECTORY);
  }
}
