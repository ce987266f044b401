/** The current time; tests replace it. Decisions get the time as an argument and never read a clock. */
export class Clock {
  /** @param now returns milliseconds since 1970 */
  constructor(readonly now: () => number = Date.now) {}

  /** Returns the time in ISO 8601, in UTC and with milliseconds. */
  iso(): string {
    return new Date(this.now()).toISOString();
  }
}
