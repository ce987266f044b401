import { wait } from '@rewards/async';

/** Poll interval. Events of other processes are visible within 20 ms, including a turn of a loaded event loop. */
const POLL_MS = 10;

interface Waiter {
  readonly seq: number;
  readonly wake: () => void;
}

/**
 * Wakes waiters when the log grows: immediately for an append of this store, at the next poll for one of another process.
 * One poll serves all waiters. Without waiters, there is no poll.
 */
export class GrowthWatch {
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | null = null;

  /** @param readHead reads the sequence number of the last event in the log */
  constructor(private readonly readHead: () => number) {}

  /** Wakes the waiters after the log has grown. */
  grewTo(head: number): void {
    for (const { seq, wake } of this.waiters) if (head > seq) wake();
  }

  /** Waits until the log has grown beyond `seq`, or the signal aborts. */
  waitBeyond(seq: number, signal: AbortSignal): Promise<void> {
    return wait({ signal }, (wake) => {
      const waiter = { seq, wake };
      this.waiters.add(waiter);
      this.timer ??= setInterval(() => this.poll(), POLL_MS).unref();
      return () => {
        this.waiters.delete(waiter);
        if (this.waiters.size === 0) this.stopPolling();
      };
    });
  }

  private poll(): void {
    try {
      this.grewTo(this.readHead());
    } catch {
      // The engine is unavailable. The next poll retries.
    }
  }

  private stopPolling(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }
}
