import type { DocumentStore } from '@rewards/document-store';
import type { SessionStore } from '../sessions/session.store';
import type { AccountStore } from './account.store';
import type { AccountDirectory } from './account-directory';
import type { ErasedAccountStore } from './erased-accounts.store';

/** Removes the data that an erased account has outside its own document. */
export class Erasure {
  constructor(
    private readonly documents: DocumentStore,
    private readonly accounts: AccountStore,
    private readonly directory: AccountDirectory,
    private readonly sessions: SessionStore,
    private readonly erasedAccounts: ErasedAccountStore,
  ) {}

  /**
   * Removes all personal data of the account; afterwards no file contains any. Idempotent: the relay repeats it if this process
   * stops before the end.
   */
  async complete(accountId: string): Promise<void> {
    await this.erasedAccounts.add(accountId);
    await this.directory.clearEmail(accountId);
    await this.sessions.endAllOf(accountId);
    await this.documents.scrub();
  }

  /** Whether the erasure has begun or is complete. The account document is deleted only after its directory entry is cleared. */
  async hasBegun(accountId: string): Promise<boolean> {
    return (await this.accounts.isErased(accountId)) || (await this.directory.isCleared(accountId));
  }
}
