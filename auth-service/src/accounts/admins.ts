import { randomUUID } from 'node:crypto';
import { openWhenUsed, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { LOST, untilWon } from '../optimistic';
import type { AccountDocument, ActiveAccount } from './account';
import type { AccountStore } from './account.store';
import { reject } from './accounts.problems';

interface AdminSet {
  readonly accountIds: readonly string[];
}

export const ADMINS: CollectionSpec<AdminSet> = { name: 'admins', indexes: [] };
const ID = 'admins';

/**
 * The accounts with the role ADMIN, as one document that is replaced at its version: of two admins who take the role from
 * each other at once, the second finds itself alone. The rule: whoever is in the set has the role. So the set is left before
 * the role is lost and entered after it was given. A loss first marks the account, and who is marked does not enter, so a
 * slow entrance cannot undo a leave that is under way.
 */
export class Admins {
  private readonly collection: Collection<AdminSet>;

  constructor(
    documents: DocumentStore,
    private readonly accounts: AccountStore,
  ) {
    this.collection = openWhenUsed(documents, ADMINS);
  }

  async members(): Promise<readonly string[]> {
    return (await this.collection.get(ID))?.document.accountIds ?? [];
  }

  /** Enters an account that has the role; nothing happens when it has lost it, or is losing it. */
  enter(accountId: string): Promise<void> {
    return untilWon(async () => {
      // The set first: a leave that comes after this read makes the replacement fail, one before it shows in the account.
      const stored = await this.collection.get(ID);
      const account = await this.accounts.get(accountId);
      if (!account?.isAdmin || account.leavingAdmins !== null) return;
      if (!stored) return (await this.collection.insert(ID, { accountIds: [accountId] })) ? undefined : LOST;
      const { accountIds } = stored.document;
      if (accountIds.includes(accountId)) return;
      const entered = { accountIds: [...accountIds, accountId] };
      return (await this.collection.replace(ID, stored.version, entered)) ? undefined : LOST;
    });
  }

  /**
   * Changes an account in a way that takes the role from it, or erases it.
   * @returns null when there is no active account
   * @throws Rejected LAST_ADMIN
   */
  dismiss<Next extends AccountDocument>(accountId: string, change: (account: ActiveAccount) => Next): Promise<Next | null> {
    return untilWon(async () => {
      const mark = randomUUID();
      const marked = await this.accounts.change(accountId, (account) => ({ ...account, leavingAdmins: mark }));
      if (!marked) return null;
      await this.leave(accountId);
      const changed = await this.accounts.change(accountId, (account) =>
        account.leavingAdmins === mark ? change(account) : null,
      );
      return changed ?? LOST;
    });
  }

  /** An instance that stopped between two steps left an ADMIN outside the set: it enters, or whoever dismisses it starts over. */
  async readmit(accountId: string): Promise<void> {
    await this.accounts.change(accountId, (account) => (account.isAdmin ? { ...account, leavingAdmins: null } : null));
    await this.enter(accountId);
  }

  /** Replaces the set in any case, so that every entrance that began before must look again. */
  private leave(accountId: string): Promise<void> {
    return untilWon(async () => {
      const stored = await this.collection.get(ID);
      const others = stored?.document.accountIds.filter((member) => member !== accountId) ?? [];
      if (!stored || others.length === 0) return reject('LAST_ADMIN');
      return (await this.collection.replace(ID, stored.version, { accountIds: others })) ? undefined : LOST;
    });
  }
}
