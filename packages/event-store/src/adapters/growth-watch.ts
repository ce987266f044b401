import { wait } from '@rewards/async';

/** Other processes' events are seen within 20 ms: this, and a turn of a loaded event loop. */
const POLL_MS = 10;

interface Waiter {
  readonly seq: number;
  readonly wake: () => void;
}

/**
 * Wakes those who wait for the log to grow: at once by what this store appends, within a poll by what other processes do.
 * However many wait, one poll serves them all; while nobody waits there is none.
 */
export class GrowthWatch {
  private readonly waiters = new Set<Waiter>();
  private timer: NodeJS.Timeout | null = null;

  /** @param readHead sequence number of the log's last event */
  constructor(private readonly readHead: () => number) {}

  /** Tells that the log has grown. */
  grewTo(head: number): void {
    for (const { seq, wake } of this.waiters) if (head > seq) wake();
  }

  /** @returns when the log goes beyond `seq`, where it ended just now, or when the signal aborts */
  beyond(seq: number, signal: AbortSignal): Promise<void> {
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
      // While the engine does not answer nothing is seen to grow; the next poll asks again.
    }
  }

  private stopPolling(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }
}
