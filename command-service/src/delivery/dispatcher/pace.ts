const SECOND_MS = 1_000;
/** How far messages may fall behind their even spread and catch up. Timers are no more exact than a millisecond. */
const SLACK_MS = 20;
/** Times that are removed at once, so that removing them costs little for each message. */
const PORTION = 1_024;

/**
 * Limits the messages per second that reach a receiver: never more in any window of one second, and evenly spread within it.
 * A message reaches the receiver at some time between its start and its end, so it counts from its start until a second after its end.
 */
export class Pace {
  private inFlight = 0;
  /** When messages ended, ascending. The first `over` of them were over a second ago. */
  private ended: number[] = [];
  private over = 0;
  private startedAt = -Infinity;
  /** When the next message is due by the even spread. */
  private nextAt: number;

  /** @param from no message starts before this time, in milliseconds of the monotonic clock */
  constructor(
    private perSecond: number,
    from = -Infinity,
  ) {
    this.nextAt = from;
  }

  /** Changes the limit, for the next message too. */
  set(perSecond: number): void {
    if (perSecond === this.perSecond) return;
    this.perSecond = perSecond;
    this.nextAt = this.startedAt + SECOND_MS / perSecond;
  }

  /** Returns how many milliseconds to wait before the next message; 0 if it may start now, null until another one ends. @param now monotonic */
  waitMs(now: number): number | null {
    while ((this.ended[this.over] ?? Infinity) <= now - SECOND_MS) this.over += 1;
    if (this.over >= PORTION) {
      this.ended = this.ended.slice(this.over);
      this.over = 0;
    }
    const tooMany = this.inFlight + this.ended.length - this.over - this.perSecond;
    if (tooMany < 0) return Math.max(0, this.nextAt - now);
    const freedBy = this.ended[this.over + tooMany];
    return freedBy === undefined ? null : Math.max(freedBy + SECOND_MS, this.nextAt) - now;
  }

  /** Counts a message that starts now. */
  start(now: number): void {
    this.inFlight += 1;
    this.startedAt = now;
    this.nextAt = Math.max(this.nextAt, now - SLACK_MS) + SECOND_MS / this.perSecond;
  }

  /** Counts a message that ends now: it was answered, or given up. */
  end(now: number): void {
    this.inFlight -= 1;
    this.ended.push(now);
  }
}
