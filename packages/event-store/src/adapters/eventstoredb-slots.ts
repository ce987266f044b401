import { noAnswer, within } from './eventstoredb-answer';

/** An answer that has not come by then never will: the client forgets appends that it began while their stream was ending. */
const LOST_AFTER_MS = 60_000;

/**
 * Lets so many calls be under way at once; the others wait their turn. A slot is taken until the client has settled the
 * call, however early its caller gave up: only that tells that the call's bytes have left the client.
 */
export class Slots {
  private readonly waiting = new Set<() => void>();

  constructor(private free: number) {}

  /**
   * @param ms that are left for the call
   * @param limitMs to name in the error
   * @throws EventStoreUnavailable when there was no answer in time, what the call throws
   */
  async run<T>(ms: number, call: () => Promise<T>, limitMs = ms): Promise<T> {
    const began = performance.now();
    await this.take(ms, limitMs);
    const running = call();
    this.giveBackAfter(running);
    return within(Math.max(1, ms - (performance.now() - began)), running, limitMs);
  }

  private async take(ms: number, limitMs: number): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return;
    }
    await new Promise<void>((resolve, reject) => {
      const proceed = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(proceed);
        reject(noAnswer(limitMs));
      }, ms);
      this.waiting.add(proceed);
    });
  }

  private giveBackAfter(running: Promise<unknown>): void {
    let isGiven = false;
    const give = (): void => {
      clearTimeout(timer);
      if (isGiven) return;
      isGiven = true;
      const [next] = this.waiting;
      if (next) this.waiting.delete(next);
      else this.free += 1;
      next?.();
    };
    const timer = setTimeout(give, LOST_AFTER_MS).unref();
    running.then(give, give);
  }
}
