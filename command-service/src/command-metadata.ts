import type { CommandMetadata } from '@rewards/event-store';
import type { Cause } from '@rewards/service-kit/call';
import type { Clock } from '@rewards/service-kit/clock';

/** Returns the metadata of the domain events that a request causes: who, when, and by which request. */
export const createMetadata = (clock: Clock, { correlationId, actor, traceparent }: Cause): CommandMetadata => ({
  correlationId,
  causationId: null,
  actor,
  at: clock.iso(),
  traceparent,
});
