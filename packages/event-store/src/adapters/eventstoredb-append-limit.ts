import { Semaphore, SemaphoreBusy, waitFor } from '@rewards/async';
import { noAnswer, within } from './eventstoredb-answer';

/** An answer that has not come by then never will: the client forgets appends that it began while their stream was ending. */
const LOST_AFTER_MS = 60_000;

/**
 * Bounds how many appends are in flight at once. A permit is held until the client has settled the call, however early its caller
 * gave up: only that shows that the bytes of the call have left the client.
 */
export class AppendLimit {
  private readonly permits: Semaphore;

  constructor(limit: number) {
    this.permits = new Semaphore(limit);
  }

  /**
   * @param ms that are left for the call
   * @param limitMs to name in the error
   * @throws EventStoreUnavailable when there was no answer in time, what the call throws
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
