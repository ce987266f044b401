/** The time of a query. */
export class Clock {
  /** @param milliseconds since 1970 */
  constructor(private readonly milliseconds: () => number = Date.now) {}

  /** ISO 8601 UTC with milliseconds. */
  now(): string {
    return new Date(this.milliseconds()).toISOString();
  }
}
