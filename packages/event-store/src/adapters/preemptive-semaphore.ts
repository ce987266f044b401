import { wait } from '@rewards/async';

/** Rest after which the reader of a holder counts as stalled, in milliseconds. */
const STALLED_MS = 10;
/** Time after which a holder loses its permit at its next rest if others wait, in milliseconds. */
const SLICE_MS = 200;

interface Waiter {
  readonly begin: (permit: Permit) => void;
  readonly onTaken: () => void;
}

/** Permission to run, until it is released or taken away. */
export class Permit {
  private readonly since = performance.now();
  private restsSince: number | null = null;
  private isEnded = false;

  constructor(
    private readonly semaphore: PreemptiveSemaphore,
    private readonly onTaken: () => void,
  ) {}

  /** Marks the holder as waiting for its own reader. From now on, its permit may be taken away. */
  rest(): void {
    this.restsSince = performance.now();
    this.semaphore.pass();
  }

  /** @returns whether the holder still has the permit */
  resume(): boolean {
    this.restsSince = null;
    return !this.isEnded;
  }

  /** Releases the permit. Further calls do nothing. */
  release(): void {
    if (this.isEnded) return;
    this.isEnded = true;
    this.semaphore.release(this);
  }

  /** Takes the permit away if the holder rests. @returns whether it was taken away */
  revoke(): boolean {
    const now = performance.now();
    if (this.restsSince === null) return false;
    if (now - this.restsSince < STALLED_MS && now - this.since < SLICE_MS) return false;
    this.isEnded = true;
    this.onTaken();
    return true;
  }
}

/**
 * Limits how many expensive tasks run at once. Serves them in order of arrival. Unlike a plain semaphore, it takes a permit away
 * from a holder that rests while others wait: immediately after its time slice, or as soon as its reader has stalled.
 */
export class PreemptiveSemaphore {
  private readonly held = new Set<Permit>();
  private readonly queue = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limit: number) {}

  /**
   * Acquires a permit.
   * @param onTaken called when the permit is taken away
   * @returns the permit; null if the signal aborts
   */
  async acquire(signal: AbortSignal, onTaken: () => void): Promise<Permit | null> {
    let permit: Permit | null = null;
    const waiting = wait({ signal }, (wake) => {
      const begin = (acquired: Permit): void => {
        permit = acquired;
        wake();
      };
      const waiter = { begin, onTaken };
      this.queue.add(waiter);
      return () => void this.queue.delete(waiter);
    });
    this.pass();
    await waiting;
    return permit;
  }

  release(permit: Permit): void {
    this.held.delete(permit);
    this.pass();
  }

  /** Grants free permits, and those that can be taken away, to the waiters. */
  pass(): void {
    clearTimeout(this.timer);
    for (const waiter of this.queue) {
      if (this.held.size >= this.limit && !this.takeOne()) break;
      this.queue.delete(waiter);
      const permit = new Permit(this, waiter.onTaken);
      this.held.add(permit);
      waiter.begin(permit);
    }
    if (this.queue.size > 0) this.timer = setTimeout(() => this.pass(), STALLED_MS).unref();
  }

  private takeOne(): boolean {
    for (const permit of this.held) {
      if (!permit.revoke()) continue;
      this.held.delete(permit);
      return true;
    }
    return false;
  }
}
