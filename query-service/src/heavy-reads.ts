import { Semaphore, SemaphoreBusy } from '@rewards/async';
import { Rejected } from '@rewards/contracts';
import type { QueryReason } from './queries.problems';

/** How many may wait for their turn: those are answered within the patience, or not at all. */
const MAX_WAITING = 100;

/** Bounds how many long reads one process serves at a time, so that they never starve the short ones. */
export class HeavyReads {
  private readonly permits: Semaphore;

  /** @param patienceMs how long a read may wait for its turn */
  constructor(
    limit: number,
    private readonly patienceMs: number,
  ) {
    this.permits = new Semaphore(limit, MAX_WAITING);
  }

  /**
   * Runs a read when it is its turn.
   * @param signal ends the wait
   * @throws Rejected TOO_MANY_LONG_READS if too many others run, and the signal's reason
   */
  async run<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await read();
    } finally {
      release();
    }
  }

  /** @returns releases the place, once it is called @throws as `run` */
  async acquire(signal: AbortSignal): Promise<() => void> {
    try {
      return await this.permits.acquire({ ms: this.patienceMs, signal });
    } catch (error) {
      throw error instanceof SemaphoreBusy ? tooMany() : error;
    }
  }
}

/** The exports that run: each lasts as long as its client takes, so another does not wait for one of them to end. */
export class HeavyExports extends HeavyReads {}

const tooMany = () => new Rejected<QueryReason>('TOO_MANY_LONG_READS');
