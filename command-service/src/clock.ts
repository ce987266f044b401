import type { CommandMetadata } from '@rewards/event-store';
import type { Cause } from '@rewards/service-kit/call';

/** Where business time comes in: decisions are given it, they never read it. */
export class Clock {
  /** @param milliseconds since 1970 */
  constructor(private readonly milliseconds: () => number = Date.now) {}

  /** ISO 8601 UTC with milliseconds. */
  now(): string {
    return new Date(this.milliseconds()).toISOString();
  }

  /** Metadata of what a request causes: who, when, and by which request. */
  stamp({ correlationId, actor, traceparent }: Cause): CommandMetadata {
    return { correlationId, causationId: null, actor, at: this.now(), traceparent };
  }
}
