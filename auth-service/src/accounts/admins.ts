import { randomUUID } from 'node:crypto';
import { openOnFirstUse, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { CONFLICT, retryOnConflict } from '../retry-on-conflict';
import type { AccountDocument, ActiveAccount } from './account';
import type { AccountStore } from './account.store';
import { reject } from './accounts.problems';

interface AdminSet {
  readonly accountIds: readonly string[];
}

export const ADMINS: CollectionSpec<AdminSet> = { name: 'admins', indexes: [] };
const ID = 'admins';

/**
 * The set of accounts with the role ADMIN, stored as one document with optimistic concurrency. If two administrators remove
 * each other's role at the same time, the second removal fails, because only one is left.
 *
 * Invariant: every account in the set has the role. An account is therefore removed from the set before it loses the role, and
 * added after it got the role. A removal first marks the account, and a marked account is not added. So a slow `enter` cannot
 * undo a removal in progress.
 */
export class Admins {
  private readonly collection: Collection<AdminSet>;

  constructor(
    documents: DocumentStore,
    private readonly accounts: AccountStore,
  ) {
    this.collection = openOnFirstUse(documents, ADMINS);
  }

  async members(): Promise<readonly string[]> {
    return (await this.collection.get(ID))?.document.accountIds ?? [];
  }

  /** Adds an account to the set, unless it does not have the role or is about to lose it. */
  add(accountId: string): Promise<void> {
    return retryOnConflict(async () => {
      // Read the set first: a later removal makes the replacement fail, and an earlier one is visible in the account.
      const stored = await this.collection.get(ID);
      const account = await this.accounts.get(accountId);
      if (!account?.isAdmin || account.leavingAdmins !== null) return;
      if (!stored) return (await this.collection.insert(ID, { accountIds: [accountId] })) ? undefined : CONFLICT;
      const { accountIds } = stored.document;
      if (accountIds.includes(accountId)) return;
      const next = { accountIds: [...accountIds, accountId] };
      return (await this.collection.replace(ID, stored.version, next)) ? undefined : CONFLICT;
    });
  }

  /**
   * Removes an account from the set, then applies a change that removes the role or erases the account.
   * @returns null if there is no active account
   * @throws Rejected LAST_ADMIN
   */
  remove<Next extends AccountDocument>(accountId: string, change: (account: ActiveAccount) => Next): Promise<Next | null> {
    return retryOnConflict(async () => {
      const mark = randomUUID();
      const marked = await this.accounts.change(accountId, (account) => ({ ...account, leavingAdmins: mark }));
      if (!marked) return null;
      await this.removeFromSet(accountId);
      const changed = await this.accounts.change(accountId, (account) =>
        account.leavingAdmins === mark ? change(account) : null,
      );
      return changed ?? CONFLICT;
    });
  }

  /**
   * Adds an administrator whose change was interrupted between two steps. Clears its mark, so a removal in progress on another
   * instance starts again.
   */
  async repair(accountId: string): Promise<void> {
    await this.accounts.change(accountId, (account) => (account.isAdmin ? { ...account, leavingAdmins: null } : null));
    await this.add(accountId);
  }

  /** Replaces the set even if it does not contain the account, so that every concurrent `add` must read it again. */
  private removeFromSet(accountId: string): Promise<void> {
    return retryOnConflict(async () => {
      const stored = await this.collection.get(ID);
      const others = stored?.document.accountIds.filter((member) => member !== accountId) ?? [];
      if (!stored || others.length === 0) return reject('LAST_ADMIN');
      return (await this.collection.replace(ID, stored.version, { accountIds: others })) ? undefined : CONFLICT;
    });
  }
}
