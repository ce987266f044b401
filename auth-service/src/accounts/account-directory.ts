import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import { openWhenUsed, type Collection, type DocumentStore } from '@rewards/document-store';
import { LOST, untilWon } from '../optimistic';

/**
 * Maps account ids to e-mails, for query-service. An entry is inserted once and later only cleared. An erased account keeps an
 * entry without an e-mail, so that another instance that is still finishing the registration cannot insert the e-mail again.
 */
export class AccountDirectory {
  private readonly collection: Collection<AccountDirectoryEntry>;

  constructor(documents: DocumentStore) {
    this.collection = openWhenUsed<AccountDirectoryEntry>(documents, ACCOUNT_DIRECTORY);
  }

  /** Inserts the entry unless there is one. */
  async enter(accountId: string, email: string): Promise<void> {
    await this.collection.insert(accountId, { accountId, email });
  }

  /** Clears the e-mail. Idempotent. */
  forget(accountId: string): Promise<void> {
    const cleared = { accountId, email: null };
    return untilWon(async () => {
      const stored = await this.collection.get(accountId);
      if (!stored) return (await this.collection.insert(accountId, cleared)) ? undefined : LOST;
      if (stored.document.email === null) return;
      return (await this.collection.replace(accountId, stored.version, cleared)) ? undefined : LOST;
    });
  }

  async isForgotten(accountId: string): Promise<boolean> {
    return (await this.collection.get(accountId))?.document.email === null;
  }
}
