import { wait } from '@rewards/async';

/** A holder that has rested this long waits for a reader that does something else. */
const STALLED_MS = 10;
/** How long a holder keeps its permit while others wait, unless it rests. */
const SLICE_MS = 200;

interface Waiter {
  readonly begin: (permit: Permit) => void;
  readonly onTaken: () => void;
}

/** The right to run, for as long as it is held. */
export class Permit {
  private readonly since = performance.now();
  private restsSince: number | null = null;
  private isOver = false;

  constructor(
    private readonly semaphore: PreemptiveSemaphore,
    private readonly onTaken: () => void,
  ) {}

  /** Marks the holder as waiting for its own reader: from now on the permit may go to another. */
  rest(): void {
    this.restsSince = performance.now();
    this.semaphore.pass();
  }

  /** @returns whether the holder still has the permit */
  resume(): boolean {
    this.restsSince = null;
    return !this.isOver;
  }

  /** Releases the permit; calling it again does nothing. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.semaphore.giveBack(this);
  }

  /** @returns whether it was taken from its holder */
  takeAway(): boolean {
    const now = performance.now();
    if (this.restsSince === null) return false;
    if (now - this.restsSince < STALLED_MS && now - this.since < SLICE_MS) return false;
    this.isOver = true;
    this.onTaken();
    return true;
  }
}

/**
 * Bounds how many costly tasks run at once, in the order in which they ask. Unlike a plain semaphore it takes a permit away from
 * a holder that rests while others wait: at once after its time slice, and soon when its reader has stalled.
 */
export class PreemptiveSemaphore {
  private readonly held = new Set<Permit>();
  private readonly queue = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limit: number) {}

  /**
   * @param onTaken called when the permit is taken away
   * @returns null when the signal aborts
   */
  async acquire(signal: AbortSignal, onTaken: () => void): Promise<Permit | null> {
    let permit: Permit | null = null;
    const waiting = wait({ signal }, (wake) => {
      const begin = (begun: Permit): void => {
        permit = begun;
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

  giveBack(permit: Permit): void {
    this.held.delete(permit);
    this.pass();
  }

  /** Hands permits to those who wait, as far as there are any. */
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
      if (!permit.takeAway()) continue;
      this.held.delete(permit);
      return true;
    }
    return false;
  }
}
