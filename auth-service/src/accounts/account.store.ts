import type { Role } from '@rewards/contracts';
import { openOnFirstUse, type Collection, type CollectionSpec, type DocumentStore, type Stored } from '@rewards/document-store';
import { CONFLICT, retryOnConflict } from '../retry-on-conflict';
import { withoutMessages, ROLE_FLAGS, type AccountDocument, type ActiveAccount } from './account';

export const ACCOUNTS: CollectionSpec<AccountDocument> = {
  name: 'accounts',
  indexes: [
    { fields: ['email'], unique: true, where: { status: 'active' } },
    { fields: ['accountId'], where: { hasUndelivered: true } },
    { fields: ['registeredAt'], where: { status: 'active' } },
    ...Object.values(ROLE_FLAGS).map((flag) => ({ fields: ['registeredAt'] as const, where: { [flag]: true } })),
  ],
};

export interface AccountFilter {
  readonly email?: string;
  readonly role?: Role;
}

const toWhere = ({ email, role }: AccountFilter) => ({
  status: 'active' as const,
  ...(email !== undefined && { email }),
  ...(role !== undefined && { [ROLE_FLAGS[role]]: true }),
});

const activeOf = (stored: Stored<AccountDocument> | null | undefined): ActiveAccount | null =>
  stored?.document.status === 'active' ? stored.document : null;

/** The account documents. A write that leaves messages in an outbox calls `onUndelivered`. */
export class AccountStore {
  private readonly collection: Collection<AccountDocument>;

  constructor(
    documents: DocumentStore,
    private readonly onUndelivered: (accountId: string) => void,
  ) {
    this.collection = openOnFirstUse(documents, ACCOUNTS);
  }

  /** @returns null if the account does not exist or is erased */
  async get(accountId: string): Promise<ActiveAccount | null> {
    return activeOf(await this.collection.get(accountId));
  }

  /** Whether the account is erased and its document still exists. */
  async isErased(accountId: string): Promise<boolean> {
    return (await this.collection.get(accountId))?.document.status === 'erased';
  }

  async findByEmail(email: string): Promise<ActiveAccount | null> {
    const [stored] = await this.collection.find({ where: { status: 'active', email }, limit: 1 });
    return activeOf(stored);
  }

  /** Lists accounts, newest first. */
  async list(filter: AccountFilter, limit: number, offset: number): Promise<readonly ActiveAccount[]> {
    const page = await this.collection.find({
      where: toWhere(filter),
      orderBy: { field: 'registeredAt', direction: 'descending' },
      limit,
      offset,
    });
    return page.flatMap((stored) => activeOf(stored) ?? []);
  }

  count(filter: AccountFilter): Promise<number> {
    return this.collection.count(toWhere(filter));
  }

  /** @returns false if another account has the e-mail */
  async insert(account: ActiveAccount): Promise<boolean> {
    if (!(await this.collection.insert(account.accountId, account))) return false;
    this.onUndelivered(account.accountId);
    return true;
  }

  /**
   * Changes an account, and retries on version conflicts.
   * @param change returns the new document, or null to leave the account unchanged
   * @returns the new document; null if there is no active account or `change` returned null
   * @throws Rejected LOST_RACES
   */
  change<Next extends AccountDocument>(accountId: string, change: (account: ActiveAccount) => Next | null): Promise<Next | null> {
    return retryOnConflict(async () => {
      const stored = await this.collection.get(accountId);
      const account = activeOf(stored);
      const next = account && change(account);
      if (!stored || !next) return null;
      if (!(await this.collection.replace(accountId, stored.version, next))) return CONFLICT;
      if (next.hasUndelivered) this.onUndelivered(accountId);
      return next;
    });
  }

  /** Finds accounts, including erased ones, whose outbox is not empty. */
  findUndelivered(limit: number): Promise<readonly Stored<AccountDocument>[]> {
    return this.collection.find({ where: { hasUndelivered: true }, limit });
  }

  countUndelivered(): Promise<number> {
    return this.collection.count({ hasUndelivered: true });
  }

  getMany(accountIds: readonly string[]): Promise<ReadonlyMap<string, Stored<AccountDocument>>> {
    return this.collection.getMany(accountIds);
  }

  /**
   * Removes acknowledged messages from an account's outbox. Deletes an erased account whose outbox is then empty.
   * @param read the document from which the messages were published
   */
  removeAcknowledged(read: Stored<AccountDocument>, messageIds: ReadonlySet<string>): Promise<void> {
    let firstRead: Stored<AccountDocument> | null = read;
    return retryOnConflict(async () => {
      const stored = firstRead ?? (await this.collection.get(read.id));
      firstRead = null;
      if (!stored) return;
      const next = withoutMessages(stored.document, messageIds);
      if (next.undelivered.length === stored.document.undelivered.length) return;
      const isWritten =
        next.status === 'erased' && !next.hasUndelivered
          ? await this.collection.delete(stored.id, stored.version)
          : await this.collection.replace(stored.id, stored.version, next);
      return isWritten ? undefined : CONFLICT;
    });
  }
}
