import { deadline } from '@rewards/async';
import { problem } from '@rewards/service-kit';

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
   * @throws Problem UNAVAILABLE when that time is over, and what the refresh throws
   */
  async leavingTimeToRetry<T>(refresh: Promise<T>): Promise<T> {
    if (this.ms === 0) return refresh;
    const detail = 'The document store has not answered in time and the outcome is unknown. Retry at once with the same token.';
    return deadline(refresh, this.ms / 2, () => problem('UNAVAILABLE', { detail }));
  }
}
