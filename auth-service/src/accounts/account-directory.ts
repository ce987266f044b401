import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import { openOnFirstUse, type Collection, type DocumentStore } from '@rewards/document-store';
import { CONFLICT, retryOnConflict } from '../retry-on-conflict';

/**
 * Maps account ids to e-mails, for query-service. An entry is inserted once and later only cleared. An erased account keeps an
 * entry without an e-mail, so that another instance that is still finishing the registration cannot insert the e-mail again.
 */
export class AccountDirectory {
  private readonly collection: Collection<AccountDirectoryEntry>;

  constructor(documents: DocumentStore) {
    this.collection = openOnFirstUse<AccountDirectoryEntry>(documents, ACCOUNT_DIRECTORY);
  }

  /** Inserts the entry unless there is one. */
  async insert(accountId: string, email: string): Promise<void> {
    await this.collection.insert(accountId, { accountId, email });
  }

  /** Clears the e-mail. Idempotent. */
  clearEmail(accountId: string): Promise<void> {
    const cleared = { accountId, email: null };
    return retryOnConflict(async () => {
      const stored = await this.collection.get(accountId);
      if (!stored) return (await this.collection.insert(accountId, cleared)) ? undefined : CONFLICT;
      if (stored.document.email === null) return;
      return (await this.collection.replace(accountId, stored.version, cleared)) ? undefined : CONFLICT;
    });
  }

  async isCleared(accountId: string): Promise<boolean> {
    return (await this.collection.get(accountId))?.document.email === null;
  }
}
