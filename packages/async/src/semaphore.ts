import { wait, type WaitOptions } from './sleep';

/** The permit was not acquired in time, or too many wait already. */
export class SemaphoreBusy extends Error {
  override readonly name = 'SemaphoreBusy';
}

/**
 * Bounds how many tasks run at a time. The others wait in the order in which they came. A waiter that gives up leaves the
 * queue at once, which the semaphores of libraries do not offer.
 */
export class Semaphore {
  private readonly queue = new Set<() => void>();

  /**
   * @param free permits
   * @param maxWaiting how many may wait
   */
  constructor(
    private free: number,
    private readonly maxWaiting = Infinity,
  ) {}

  /** How many wait. */
  get waiting(): number {
    return this.queue.size;
  }

  /** Runs a task with a permit. @throws as `acquire` does, and what the task throws */
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
   * @param options how long to wait for it; `ms: 0` does not wait
   * @returns releases the permit; calling it again does nothing
   * @throws SemaphoreBusy, and the reason of the signal
   */
  async acquire(options: WaitOptions = {}): Promise<() => void> {
    options.signal?.throwIfAborted();
    if (this.free > 0) this.free -= 1;
    else await this.turn(options);
    let isHeld = true;
    return () => {
      if (isHeld) this.release();
      isHeld = false;
    };
  }

  private async turn(options: WaitOptions): Promise<void> {
    if (options.ms === 0 || this.queue.size >= this.maxWaiting) throw new SemaphoreBusy('too many tasks run and wait');
    let isAdmitted = false;
    await wait(options, (wake) => {
      const admit = (): void => {
        isAdmitted = true;
        wake();
      };
      this.queue.add(admit);
      return () => void this.queue.delete(admit);
    });
    if (isAdmitted) return;
    options.signal?.throwIfAborted();
    throw new SemaphoreBusy('no permit became free in time');
  }

  /** Passes the permit to the first in the queue, so that no newcomer overtakes it. */
  private release(): void {
    const [next] = this.queue;
    if (next) next();
    else this.free += 1;
  }
}
