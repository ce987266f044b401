/** The time, as a part that tests replace. */
export class Clock {
  /** @param now milliseconds since 1970 */
  constructor(readonly now: () => number = Date.now) {}

  /** ISO 8601 UTC with milliseconds. */
  iso(): string {
    return new Date(this.now()).toISOString();
  }
}
