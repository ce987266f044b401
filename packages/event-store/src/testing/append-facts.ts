import { randomUUID } from 'node:crypto';
import type { Position } from '@rewards/contracts';
import { metadataOf, type Fact } from '@rewards/contracts/testing/sample-events';
import type { EventStore } from '../event-store';

/** Appends facts in order, with one append for consecutive facts of the same stream. @returns the position of the last event */
export const appendFacts = async (store: EventStore, facts: readonly Fact[]): Promise<Position> => {
  let position = await store.head();
  for (let from = 0; from < facts.length;) {
    const { stream } = facts[from] as Fact;
    const to = facts.findIndex((fact, index) => index > from && fact.stream !== stream);
    const neighbours = facts.slice(from, to === -1 ? facts.length : to);
    const events = neighbours.map(({ event, schemaVersion, actor, traceparent }) => ({
      id: randomUUID(),
      ...event,
      metadata: {
        ...metadataOf(event),
        ...(schemaVersion && { schemaVersion }),
        ...(actor && { actor }),
        ...(traceparent && { traceparent }),
      },
    }));
    ({ position } = await store.append(stream, 'any', events));
    from += neighbours.length;
  }
  return position;
};
