import type { DocumentStore } from '@rewards/document-store';
import type { SessionStore } from '../sessions/session.store';
import type { AccountStore } from './account.store';
import type { AccountDirectory } from './account-directory';
import type { ErasedAccountStore } from './erased-accounts.store';

/** What an erased account leaves behind outside its own document. */
export class Erasure {
  constructor(
    private readonly documents: DocumentStore,
    private readonly accounts: AccountStore,
    private readonly directory: AccountDirectory,
    private readonly sessions: SessionStore,
    private readonly erasedAccounts: ErasedAccountStore,
  ) {}

  /** When it returns, nothing personal is in any file. Safe to repeat: the relay does, should this process end in between. */
  async complete(accountId: string): Promise<void> {
    await this.erasedAccounts.add(accountId);
    await this.directory.forget(accountId);
    await this.sessions.endAllOf(accountId);
    await this.documents.scrub();
  }

  /** Whether the account was erased, or still is being. Its document goes only when the directory has forgotten it. */
  async hasBegun(accountId: string): Promise<boolean> {
    return (await this.accounts.isErased(accountId)) || (await this.directory.isForgotten(accountId));
  }
}
