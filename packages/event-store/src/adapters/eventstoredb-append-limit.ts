import { Semaphore, SemaphoreBusy, waitFor } from '@rewards/async';
import { noAnswer, within } from './eventstoredb-errors';

/** Time until an unanswered append counts as lost. The client never settles one that it began while its stream was ending. */
const LOST_AFTER_MS = 60_000;

/**
 * Limits the number of appends in flight. An append keeps its permit until the client settles it, even after its caller timed out:
 * only then have its bytes left the client.
 */
export class AppendLimit {
  private readonly permits: Semaphore;

  constructor(limit: number) {
    this.permits = new Semaphore(limit);
  }

  /**
   * Runs an append with a permit.
   * @param ms remaining time for the call, in milliseconds
   * @param limitMs time limit to name in the error
   * @throws EventStoreUnavailable if there is no answer in time; the error of the call
   */
  async run<T>(ms: number, call: () => Promise<T>, limitMs = ms): Promise<T> {
    const began = performance.now();
    const release = await this.permits.acquire({ ms }).catch((error: unknown) => {
      throw error instanceof SemaphoreBusy ? noAnswer(limitMs) : error;
    });
    const running = call();
    void waitFor(Promise.allSettled([running]), { ms: LOST_AFTER_MS, ref: false }).then(release);
    return within(Math.max(1, ms - (performance.now() - began)), running, limitMs);
  }
}
