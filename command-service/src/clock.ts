import type { CommandMetadata } from '@rewards/event-store';
import type { Identity } from '@rewards/service-kit';
import type { RequestContext } from '@rewards/service-kit/request-context';

/** Where business time comes in: decisions are given it, they never read it. */
export class Clock {
  /** @param milliseconds since 1970 */
  constructor(private readonly milliseconds: () => number = Date.now) {}

  /** ISO 8601 UTC with milliseconds. */
  now(): string {
    return new Date(this.milliseconds()).toISOString();
  }

  /** Metadata of what a request causes: who, when, and by which request. */
  stamp({ accountId, roles }: Identity, { requestId, traceparent }: RequestContext): CommandMetadata {
    return { correlationId: requestId, causationId: null, actor: { accountId, roles }, at: this.now(), traceparent };
  }
}
