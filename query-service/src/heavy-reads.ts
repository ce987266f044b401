import { Semaphore, SemaphoreBusy } from '@rewards/async';
import { Rejected } from '@rewards/contracts';
import type { QueryReason } from './queries.problems';

/** Maximum number of reads that wait. More are rejected immediately. */
const MAX_WAITING = 100;

/** Limits the concurrent long reads of one process, so that they do not starve the short ones. */
export class HeavyReads {
  private readonly permits: Semaphore;

  /** @param patienceMs how long a read may wait to start */
  constructor(
    limit: number,
    private readonly patienceMs: number,
  ) {
    this.permits = new Semaphore(limit, MAX_WAITING);
  }

  /**
   * Runs a read, after waiting if the limit is reached.
   * @param signal ends the wait
   * @throws Rejected TOO_MANY_LONG_READS if the read cannot start in time; the signal's reason
   */
  async run<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await read();
    } finally {
      release();
    }
  }

  /** Waits for permission to run a read. @returns ends the permission @throws as `run` */
  async acquire(signal: AbortSignal): Promise<() => void> {
    try {
      return await this.permits.acquire({ ms: this.patienceMs, signal });
    } catch (error) {
      throw error instanceof SemaphoreBusy ? tooMany() : error;
    }
  }
}

const tooMany = () => new Rejected<QueryReason>('TOO_MANY_LONG_READS');
