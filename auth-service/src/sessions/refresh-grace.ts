import { deadline } from '@rewards/async';
import { Rejected } from '@rewards/contracts';
import type { AccountReason } from '../accounts/accounts.problems';

/** The period in which a refresh with a lost response can be retried with the same token. */
export class RefreshGrace {
  readonly ms: number;

  /** @param seconds 0 makes each token valid for exactly one refresh */
  constructor(seconds: number) {
    this.ms = seconds * 1_000;
  }

  /**
   * Waits for a refresh for at most half of the grace. Otherwise the response to a rotation that was written but not acknowledged
   * could arrive after its grace, too late for a retry.
   * @throws Rejected REFRESH_TIMED_OUT after that time, or the error of the refresh
   */
  async withTimeout<T>(refresh: Promise<T>): Promise<T> {
    if (this.ms === 0) return refresh;
    return deadline(refresh, this.ms / 2, () => new Rejected<AccountReason>('REFRESH_TIMED_OUT'));
  }
}
