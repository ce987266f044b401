import { createHash } from 'node:crypto';
import { DuplicateKey, openWhenUsed, type Collection, type CollectionSpec, type DocumentStore } from '@rewards/document-store';
import { Refused } from '../accounts/accounts.problems';
import type { Clock } from '../clock';
import { LOST, untilWon } from '../optimistic';
import { afterFailure, lockedUntil, type FailedLogins } from './lockout';

export const FAILED_LOGINS: CollectionSpec<FailedLogins> = { name: 'failedLogins', indexes: [{ fields: ['expiresAt'] }] };

/** The failed logins of each e-mail, which all instances share. An e-mail is known by its digest alone. */
export class FailedLoginStore {
  private readonly collection: Collection<FailedLogins>;

  constructor(
    documents: DocumentStore,
    private readonly clock: Clock,
  ) {
    this.collection = openWhenUsed(documents, FAILED_LOGINS);
  }

  /** @throws Refused ACCOUNT_LOCKED */
  async assertNotLocked(email: string): Promise<void> {
    const stored = await this.collection.get(idOf(email));
    this.refuseWhileLocked(stored?.document ?? null);
  }

  /**
   * Counts a failure.
   * @throws Refused ACCOUNT_LOCKED when it is locked meanwhile: what is tried then neither counts nor tells anything
   */
  count(email: string): Promise<void> {
    const id = idOf(email);
    return untilWon(async () => {
      const stored = await this.collection.get(id);
      this.refuseWhileLocked(stored?.document ?? null);
      const next = afterFailure(stored?.document ?? null, this.clock.now());
      if (stored) return (await this.collection.replace(id, stored.version, next)) ? undefined : LOST;
      return (await this.insert(id, next)) ? undefined : LOST;
    });
  }

  /** @returns how many were removed, at most `limit` */
  async removeExpired(limit: number): Promise<number> {
    const expired = await this.collection.find({ where: { expiresAt: { lte: this.clock.now() } }, limit });
    await Promise.all(expired.map(({ id, version }) => this.collection.delete(id, version)));
    return expired.length;
  }

  private refuseWhileLocked(failed: FailedLogins | null): void {
    const now = this.clock.now();
    const until = lockedUntil(failed, now);
    if (until !== null) throw new Refused('ACCOUNT_LOCKED', Math.ceil((until - now) / 1_000));
  }

  private async insert(id: string, failed: FailedLogins): Promise<boolean> {
    try {
      await this.collection.insert(id, failed);
      return true;
    } catch (error) {
      if (error instanceof DuplicateKey) return false;
      throw error;
    }
  }
}

const idOf = (email: string): string => createHash('sha256').update(email).digest('hex');
