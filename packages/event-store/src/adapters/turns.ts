/** A holder that has rested for so long waits for a reader that does something else. */
const STALLED_MS = 10;
/** A holder that keeps going has its turn for so long while others wait. */
const SLICE_MS = 200;

interface Waiter {
  readonly begin: (turn: Turn) => void;
  readonly onTaken: () => void;
}

/** A turn that somebody has. */
export class Turn {
  private readonly since = performance.now();
  private restsSince: number | null = null;
  private isOver = false;

  constructor(
    private readonly turns: Turns,
    private readonly onTaken: () => void,
  ) {}

  /** Says that the holder waits for its own reader: from now on another may take the turn. */
  rest(): void {
    this.restsSince = performance.now();
    this.turns.pass();
  }

  /** @returns whether the holder still has the turn */
  resume(): boolean {
    this.restsSince = null;
    return !this.isOver;
  }

  /** Gives the turn back; calling it again does nothing. */
  end(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.turns.giveBack(this);
  }

  /** @returns whether it could be taken from its holder */
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
 * Bounds how many do something costly at once, in the order in which they ask. While others wait, a holder loses its turn when
 * it rests: at once after its time slice, and soon when its reader has stalled.
 */
export class Turns {
  private readonly held = new Set<Turn>();
  private readonly queue = new Set<Waiter>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly limit: number) {}

  /**
   * @param onTaken called when the turn is taken away
   * @returns null when the signal aborts
   */
  take(signal: AbortSignal, onTaken: () => void): Promise<Turn | null> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve(null);
      const giveUp = (): void => {
        this.queue.delete(waiter);
        resolve(null);
      };
      const begin = (turn: Turn): void => {
        signal.removeEventListener('abort', giveUp);
        resolve(turn);
      };
      const waiter = { begin, onTaken };
      signal.addEventListener('abort', giveUp, { once: true });
      this.queue.add(waiter);
      this.pass();
    });
  }

  giveBack(turn: Turn): void {
    this.held.delete(turn);
    this.pass();
  }

  /** Gives turns to those who wait, as far as there are any. */
  pass(): void {
    clearTimeout(this.timer);
    for (const waiter of this.queue) {
      if (this.held.size >= this.limit && !this.takeOne()) break;
      this.queue.delete(waiter);
      const turn = new Turn(this, waiter.onTaken);
      this.held.add(turn);
      waiter.begin(turn);
    }
    if (this.queue.size > 0) this.timer = setTimeout(() => this.pass(), STALLED_MS).unref();
  }

  private takeOne(): boolean {
    for (const turn of this.held) {
      if (!turn.takeAway()) continue;
      this.held.delete(turn);
      return true;
    }
    return false;
  }
}
