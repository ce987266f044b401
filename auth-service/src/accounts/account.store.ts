import type { Role } from '@rewards/contracts';
import { openWhenUsed, type Collection, type CollectionSpec, type DocumentStore, type Stored } from '@rewards/document-store';
import { LOST, untilWon } from '../optimistic';
import { delivered, ROLE_FLAGS, type AccountDocument, type ActiveAccount } from './account';

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

/** The account documents. Whoever writes one with something to deliver wakes the relay. */
export class AccountStore {
  private readonly collection: Collection<AccountDocument>;

  constructor(
    documents: DocumentStore,
    private readonly onUndelivered: (accountId: string) => void,
  ) {
    this.collection = openWhenUsed(documents, ACCOUNTS);
  }

  /** @returns null for an account that is not there or erased */
  async get(accountId: string): Promise<ActiveAccount | null> {
    return activeOf(await this.collection.get(accountId));
  }

  /** Whether an erased account still has its document. */
  async isErased(accountId: string): Promise<boolean> {
    return (await this.collection.get(accountId))?.document.status === 'erased';
  }

  async findByEmail(email: string): Promise<ActiveAccount | null> {
    const [stored] = await this.collection.find({ where: { status: 'active', email }, limit: 1 });
    return activeOf(stored);
  }

  /** Newest first. */
  async list(filter: AccountFilter, limit: number, offset: number): Promise<readonly ActiveAccount[]> {
    const found = await this.collection.find({
      where: toWhere(filter),
      orderBy: { field: 'registeredAt', direction: 'descending' },
      limit,
      offset,
    });
    return found.flatMap((stored) => activeOf(stored) ?? []);
  }

  count(filter: AccountFilter): Promise<number> {
    return this.collection.count(toWhere(filter));
  }

  /** @returns false when the e-mail is taken */
  async insert(account: ActiveAccount): Promise<boolean> {
    if (!(await this.collection.insert(account.accountId, account))) return false;
    this.onUndelivered(account.accountId);
    return true;
  }

  /**
   * Replaces an account at the version that the change was made from, as often as it takes.
   * @param change null: leave it as it is
   * @returns the new document; null when there is no active account, or `change` said so
   * @throws Rejected LOST_RACES
   */
  change<Next extends AccountDocument>(accountId: string, change: (account: ActiveAccount) => Next | null): Promise<Next | null> {
    return untilWon(async () => {
      const stored = await this.collection.get(accountId);
      const account = activeOf(stored);
      const next = account && change(account);
      if (!stored || !next) return null;
      if (!(await this.collection.replace(accountId, stored.version, next))) return LOST;
      if (next.hasUndelivered) this.onUndelivered(accountId);
      return next;
    });
  }

  /** Accounts with messages for the broker, erased ones included. */
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
   * Takes what the broker has acknowledged off the account's list. An erased account goes with its last message.
   * @param read the document as it was when its messages were published
   */
  confirm(read: Stored<AccountDocument>, messageIds: ReadonlySet<string>): Promise<void> {
    let known: Stored<AccountDocument> | null = read;
    return untilWon(async () => {
      const stored = known ?? (await this.collection.get(read.id));
      known = null;
      if (!stored) return;
      const next = delivered(stored.document, messageIds);
      if (next.undelivered.length === stored.document.undelivered.length) return;
      const isDone =
        next.status === 'erased' && !next.hasUndelivered
          ? await this.collection.delete(stored.id, stored.version)
          : await this.collection.replace(stored.id, stored.version, next);
      return isDone ? undefined : LOST;
    });
  }
}
