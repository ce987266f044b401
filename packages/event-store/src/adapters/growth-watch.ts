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
  private head = 0;
  private timer: NodeJS.Timeout | null = null;

  /** @param readHead sequence number of the log's last event */
  constructor(private readonly readHead: () => number) {}

  /** Tells of an event of this store. */
  grewTo(head: number): void {
    this.head = Math.max(this.head, head);
    for (const { seq, wake } of this.waiters) if (this.head > seq) wake();
  }

  /** @returns when the log goes beyond `seq`, cannot be read, or the signal aborts */
  beyond(seq: number, signal: AbortSignal): Promise<void> {
    if (this.head > seq || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        this.waiters.delete(waiter);
        if (this.waiters.size === 0) this.stopPolling();
        resolve();
      };
      const waiter = { seq, wake };
      signal.addEventListener('abort', wake);
      this.waiters.add(waiter);
      this.timer ??= setInterval(() => this.poll(), POLL_MS).unref();
    });
  }

  private poll(): void {
    try {
      this.grewTo(this.readHead());
    } catch {
      // Whoever waits searches for itself, and meets the error where it can be handled.
      for (const { wake } of this.waiters) wake();
    }
  }

  private stopPolling(): void {
    if (this.timer) clearInterval(this.timer);
    this.timer = null;
  }
}
