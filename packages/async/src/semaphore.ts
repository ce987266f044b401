import { wait, type WaitOptions } from './sleep';

/** No permit became free in time, or the queue is full. */
export class SemaphoreBusy extends Error {
  override readonly name = 'SemaphoreBusy';
}

/**
 * Limits how many tasks run at a time. The others wait in order of arrival. A waiter that times out or aborts leaves the queue
 * immediately, which library semaphores do not support.
 */
export class Semaphore {
  private readonly queue = new Set<() => void>();

  /**
   * @param free number of permits
   * @param maxWaiting maximum length of the queue
   */
  constructor(
    private free: number,
    private readonly maxWaiting = Infinity,
  ) {}

  /** Number of waiters. */
  get waiting(): number {
    return this.queue.size;
  }

  /** Runs a task with a permit. @throws the errors of `acquire` and of the task */
  async run<T>(task: () => Promise<T>, options?: WaitOptions): Promise<T> {
    const release = await this.acquire(options);
    try {
      return await task();
    } finally {
      release();
    }
  }

  /**
   * Acquires a permit.
   * @param options how long to wait; with `ms: 0` it does not wait
   * @returns a function that releases the permit; further calls do nothing
   * @throws SemaphoreBusy; the abort reason of the signal
   */
  async acquire(options: WaitOptions = {}): Promise<() => void> {
    options.signal?.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.waitForPermit(options);
    let isHeld = true;
    return () => {
      if (isHeld) this.release();
      isHeld = false;
    };
  }

  private async waitForPermit(options: WaitOptions): Promise<void> {
    if (options.ms === 0 || this.queue.size >= this.maxWaiting)
      throw new SemaphoreBusy('no permit is free and the task cannot be queued');
    let isAcquired = false;
    await wait(options, (wake) => {
      const grant = (): void => {
        isAcquired = true;
        wake();
      };
      this.queue.add(grant);
      return () => void this.queue.delete(grant);
    });
    if (isAcquired) return;
    options.signal?.throwIfAborted();
    throw new SemaphoreBusy('no permit became free in time');
  }

  /** Passes the permit directly to the first waiter, so that no later caller overtakes it. */
  private release(): void {
    const [next] = this.queue;
    if (next) next();
    else this.free += 1;
  }
}
