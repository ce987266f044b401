import { deadline } from '@rewards/async';
import { Rejected } from '@rewards/contracts';
import type { AccountReason } from '../accounts/accounts.problems';

/** The time in which a refresh whose answer was lost may be retried with the same token. */
export class RefreshGrace {
  readonly ms: number;

  /** @param seconds 0: a token is good for one refresh only */
  constructor(seconds: number) {
    this.ms = seconds * 1_000;
  }

  /**
   * Waits for a refresh for half of the grace at most. A rotation that was written but not acknowledged would otherwise be
   * answered when its grace is over.
   * @throws Rejected REFRESH_TIMED_OUT when that time is over, and what the refresh throws
   */
  async leavingTimeToRetry<T>(refresh: Promise<T>): Promise<T> {
    if (this.ms === 0) return refresh;
    return deadline(refresh, this.ms / 2, () => new Rejected<AccountReason>('REFRESH_TIMED_OUT'));
  }
}
