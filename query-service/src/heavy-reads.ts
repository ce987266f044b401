import { Rejected } from '@rewards/contracts';
import type { QueryReason } from './queries.problems';

/** How many may wait for their turn: those are answered within the patience, or not at all. */
const MAX_WAITING = 100;

/** Bounds how many long reads one process serves at a time, so that they never starve the short ones. */
export class HeavyReads {
  private running = 0;
  private readonly waiting = new Set<() => void>();

  /** @param patienceMs how long a read may wait for its turn */
  constructor(
    private readonly limit: number,
    private readonly patienceMs: number,
  ) {}

  /**
   * Runs a read when it is its turn.
   * @param signal ends the wait
   * @throws Rejected TOO_MANY_LONG_READS if too many others run, and the signal's reason
   */
  async run<T>(signal: AbortSignal, read: () => Promise<T>): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await read();
    } finally {
      release();
    }
  }

  /** @returns releases the place, once it is called @throws as `run` */
  async acquire(signal: AbortSignal): Promise<() => void> {
    signal.throwIfAborted();
    if (this.running < this.limit) this.running += 1;
    else await this.turn(signal);
    let isHeld = true;
    return () => {
      if (isHeld) this.passOn();
      isHeld = false;
    };
  }

  private turn(signal: AbortSignal): Promise<void> {
    if (this.patienceMs === 0 || this.waiting.size >= MAX_WAITING) return Promise.reject(tooMany());
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        this.waiting.delete(start);
        settle();
      };
      const start = end(resolve);
      const leave = end(() => reject(signal.reason as Error));
      const timer = setTimeout(
        end(() => reject(tooMany())),
        this.patienceMs,
      );
      signal.addEventListener('abort', leave);
      this.waiting.add(start);
    });
  }

  /** The place goes to whoever waits longest. */
  private passOn(): void {
    const [next] = this.waiting;
    if (next) next();
    else this.running -= 1;
  }
}

/** The exports that run: each lasts as long as its client takes, so another does not wait for one of them to end. */
export class HeavyExports extends HeavyReads {}

const tooMany = () => new Rejected<QueryReason>('TOO_MANY_LONG_READS');
