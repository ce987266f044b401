import { Semaphore, SemaphoreBusy, waitFor } from '@rewards/async';
import type { AppendOptions } from '../event-store';
import { noAnswer, within } from './eventstoredb-errors';

/** Time until an unanswered append counts as lost. The client never settles one that it began while its stream was ending. */
const LOST_AFTER_MS = 60_000;

/**
 * Limits the number of appends in flight. An append keeps its permit until the client settles it, even after its caller timed out:
 * only then have its bytes left the client. Background appends may use only some of the permits, so interactive ones find one free
 * or wait behind few.
 */
export class AppendLimit {
  private readonly permits: Semaphore;
  private readonly backgroundPermits: Semaphore;

  /**
   * @param limit number of appends in flight
   * @param backgroundLimit number of background appends among them
   */
  constructor(limit: number, backgroundLimit: number) {
    this.permits = new Semaphore(limit);
    this.backgroundPermits = new Semaphore(backgroundLimit);
  }

  /**
   * Runs an append with a permit.
   * @param ms remaining time for the call, in milliseconds
   * @param options its priority, and the time limit to name in the error
   * @throws EventStoreUnavailable if there is no answer in time; the error of the call
   */
  async run<T>(
    ms: number,
    call: () => Promise<T>,
    { priority, limitMs = ms }: AppendOptions & { readonly limitMs?: number } = {},
  ): Promise<T> {
    const began = performance.now();
    const release = await this.acquire(ms, priority).catch((error: unknown) => {
      throw error instanceof SemaphoreBusy ? noAnswer(limitMs) : error;
    });
    const running = call();
    void waitFor(Promise.allSettled([running]), { ms: LOST_AFTER_MS, ref: false }).then(release);
    return within(Math.max(1, ms - (performance.now() - began)), running, limitMs);
  }

  private async acquire(ms: number, priority: AppendOptions['priority']): Promise<() => void> {
    if (priority !== 'background') return this.permits.acquire({ ms });
    const began = performance.now();
    const releaseBackground = await this.backgroundPermits.acquire({ ms });
    try {
      const release = await this.permits.acquire({ ms: Math.max(1, ms - (performance.now() - began)) });
      return () => {
        release();
        releaseBackground();
      };
    } catch (error) {
      releaseBackground();
      throw error;
    }
  }
}
