import { createHash } from 'node:crypto';
import { openOnFirstUse, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import type { ActiveAccount } from '../accounts/account';
import { reject } from '../accounts/accounts.problems';
import type { Clock } from '@rewards/service-kit/clock';
import { CONFLICT, retryOnConflict } from '../retry-on-conflict';
import { afterFailure, lockedUntil, type FailedLogins } from './lockout';

export const FAILED_LOGINS: CollectionSpec<FailedLogins> = { name: 'failedLogins', indexes: [{ fields: ['expiresAt'] }] };

/** Identifies the failures that are counted together: those of an e-mail, from one known network or from all others. */
export interface FailureCounter {
  readonly id: string;
}

/** The failed logins of each e-mail, shared by all instances. Stores only digests of e-mails and networks. */
export class FailedLoginStore {
  private readonly collection: Collection<FailedLogins>;

  constructor(
    documents: DocumentStore,
    private readonly clock: Clock,
  ) {
    this.collection = openOnFirstUse(documents, FAILED_LOGINS);
  }

  /** @param network a digest from the account's `knownNetworks`; null for all other networks together */
  static counterOf(email: string, network: string | null): FailureCounter {
    return { id: digest(network === null ? email : `${email}\n${network}`) };
  }

  /** @throws Rejected ACCOUNT_LOCKED */
  async assertNotLocked({ id }: FailureCounter): Promise<void> {
    const stored = await this.collection.get(id);
    this.rejectWhileLocked(stored?.document ?? null);
  }

  /**
   * Counts a failure.
   * @throws Rejected ACCOUNT_LOCKED if the counter is already locked; the failure is then not counted
   */
  count({ id }: FailureCounter): Promise<void> {
    return retryOnConflict(async () => {
      const stored = await this.collection.get(id);
      this.rejectWhileLocked(stored?.document ?? null);
      const next = afterFailure(stored?.document ?? null, this.clock.now());
      if (stored) return (await this.collection.replace(id, stored.version, next)) ? undefined : CONFLICT;
      return (await this.collection.insert(id, next)) ? undefined : CONFLICT;
    });
  }

  /** Removes all failures of an account's e-mail, which lifts its locks. */
  async clearOf({ email, knownNetworks = [] }: ActiveAccount): Promise<void> {
    const counters = [null, ...knownNetworks].map((network) => FailedLoginStore.counterOf(email, network));
    await Promise.all(counters.map(({ id }) => this.clear(id)));
  }

  private clear(id: string): Promise<void> {
    return retryOnConflict(async () => {
      const stored = await this.collection.get(id);
      return !stored || (await this.collection.delete(id, stored.version)) ? undefined : CONFLICT;
    });
  }

  /** @returns the number of documents removed, at most `limit` */
  async removeExpired(limit: number): Promise<number> {
    const expired = await this.collection.find({ where: { expiresAt: { lte: this.clock.now() } }, limit });
    await Promise.all(expired.map(({ id, version }) => this.collection.delete(id, version)));
    return expired.length;
  }

  private rejectWhileLocked(failed: FailedLogins | null): void {
    const now = this.clock.now();
    const until = lockedUntil(failed, now);
    if (until !== null) reject('ACCOUNT_LOCKED', { seconds: Math.ceil((until - now) / 1_000) });
  }
}

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
