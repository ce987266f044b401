import { wait, type WaitOptions } from './sleep';

/** Wakes all who wait for something to change. A notification that nobody waits for is not kept. */
export class Notifier {
  private readonly wakers = new Set<() => void>();

  /** How many wait. */
  get waiting(): number {
    return this.wakers.size;
  }

  /** Ends every wait that has begun. */
  notify(): void {
    for (const wake of this.wakers) wake();
  }

  /** Waits for the next notification, the end of the time, or the signal, whichever comes first. */
  wait(options: WaitOptions = {}): Promise<void> {
    return wait(options, (wake) => {
      this.wakers.add(wake);
      return () => void this.wakers.delete(wake);
    });
  }
}
