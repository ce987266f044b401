import type { CommandMetadata } from '@rewards/event-store';
import type { Cause } from '@rewards/service-kit/call';

/** The source of business time. Decisions receive the time as an argument and never read a clock. */
export class Clock {
  /** @param milliseconds since 1970 */
  constructor(private readonly milliseconds: () => number = Date.now) {}

  /** ISO 8601 UTC with milliseconds. */
  now(): string {
    return new Date(this.milliseconds()).toISOString();
  }

  /** Builds the metadata of the domain events that a request causes: actor, time and trace. */
  stamp({ correlationId, actor, traceparent }: Cause): CommandMetadata {
    return { correlationId, causationId: null, actor, at: this.now(), traceparent };
  }
}
