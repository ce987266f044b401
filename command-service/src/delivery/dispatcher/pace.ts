/** A second and an allowance, because messages may need different times on their way to the receiver. */
const WINDOW_MS = 1_020;
/** How far it may fall behind its even spread and catch up. Timers are no more exact than a millisecond. */
const SLACK_MS = 20;

/** Limits the messages per second: never more in any window of one second, and evenly spread within it. */
export class Pace {
  /** Times of the last messages, oldest first, as far as they may be within the window. */
  private sent: number[] = [];
  /** When the next message is due by the even spread. */
  private nextAt = -Infinity;

  constructor(private perSecond: number) {}

  /** Changes the limit, for the next message too. */
  set(perSecond: number): void {
    if (perSecond === this.perSecond) return;
    this.perSecond = perSecond;
    this.nextAt = (this.sent.at(-1) ?? -Infinity) + WINDOW_MS / perSecond;
  }

  /** Returns how many milliseconds to wait before the next message; 0 if it may be sent now. @param now monotonic, in milliseconds */
  waitMs(now: number): number {
    const windowEnds = (this.sent.at(-this.perSecond) ?? -Infinity) + WINDOW_MS;
    return Math.max(0, windowEnds - now, this.nextAt - now);
  }

  /** Counts a message that is sent now. */
  take(now: number): void {
    this.sent.push(now);
    // Removed in larger portions, so that this costs little for each message.
    if (this.sent.length > 1_024 + 2 * this.perSecond) this.sent = this.sent.slice(-this.perSecond);
    this.nextAt = Math.max(this.nextAt, now - SLACK_MS) + WINDOW_MS / this.perSecond;
  }
}
