import { wait, type WaitOptions } from './sleep';

/** Wakes all waiters on a change. A notification without waiters is lost. */
export class Notifier {
  private readonly wakers = new Set<() => void>();

  /** Number of waiters. */
  get waiting(): number {
    return this.wakers.size;
  }

  /** Ends all current waits. */
  notify(): void {
    for (const wake of this.wakers) wake();
  }

  /** Waits for the next notification, the time limit or an abort, whichever comes first. */
  wait(options: WaitOptions = {}): Promise<void> {
    return wait(options, (wake) => {
      this.wakers.add(wake);
      return () => void this.wakers.delete(wake);
    });
  }
}
