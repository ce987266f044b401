/** The current time. Tests replace it. */
export class Clock {
  /** @param now milliseconds since 1970 */
  constructor(readonly now: () => number = Date.now) {}

  /** The current time in ISO 8601, UTC, with milliseconds. */
  iso(): string {
    return new Date(this.now()).toISOString();
  }
}
