import { ACCOUNT_DIRECTORY, type AccountDirectoryEntry } from '@rewards/contracts';
import { openWhenUsed, type Collection, type DocumentStore } from '@rewards/document-store';
import { LOST, untilWon } from '../optimistic';

/**
 * Who has which e-mail, for query-service. An entry is made once and only ever forgotten: an erased account keeps an empty
 * one, so that a registration that another instance is still finishing cannot bring its e-mail back.
 */
export class AccountDirectory {
  private readonly collection: Collection<AccountDirectoryEntry>;

  constructor(documents: DocumentStore) {
    this.collection = openWhenUsed<AccountDirectoryEntry>(documents, ACCOUNT_DIRECTORY);
  }

  /** Makes the entry when there was none yet. */
  async enter(accountId: string, email: string): Promise<void> {
    await this.collection.insert(accountId, { accountId, email });
  }

  /** Safe to repeat. */
  forget(accountId: string): Promise<void> {
    const forgotten = { accountId, email: null };
    return untilWon(async () => {
      const stored = await this.collection.get(accountId);
      if (!stored) return (await this.collection.insert(accountId, forgotten)) ? undefined : LOST;
      if (stored.document.email === null) return;
      return (await this.collection.replace(accountId, stored.version, forgotten)) ? undefined : LOST;
    });
  }

  async isForgotten(accountId: string): Promise<boolean> {
    return (await this.collection.get(accountId))?.document.email === null;
  }
}
