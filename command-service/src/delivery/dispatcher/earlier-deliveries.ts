import { randomUUID } from 'node:crypto';
import {
  PREFIXES,
  schemaVersionOf,
  streams,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type EarlierDelivery,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type RecordedOf,
  type Upcast,
} from '@rewards/contracts';
import { deliveryEndpoints, endpointFor, type DeliveryEndpoints } from '@rewards/domain';
import { NO_STREAM, WrongExpectedRevision, type EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { deliveryTo, type Grant } from '@rewards/service-kit/deliveries';

/** Deliveries in one domain event. */
const BATCH = 200;

type Added = Extract<DeliveryEvent, { readonly type: 'EarlierDeliveriesAdded' }>;
type EndpointFact = RecordedOf<DeliveryEndpointEvent>;

export interface EarlierDeliveriesEngines {
  readonly store: EventStore;
  readonly upcast: Upcast;
  readonly clock: Clock;
  /** Whether the endpoint still exists. */
  readonly isWanted: () => boolean;
}

/**
 * Adds the deliveries of grants that are older than their endpoint: those after its `from` that it accepts, and that created no
 * delivery back then. It resumes after what it recorded last, so a crash repeats nothing, and another process may do the same.
 * @throws errors of the engine; run it again
 */
export const addEarlierDeliveries = async (
  engines: EarlierDeliveriesEngines,
  endpointId: string,
  signal: AbortSignal,
): Promise<void> => {
  const { store, upcast, clock, isWanted } = engines;
  const facts = (await store.readStream(streams.deliveryEndpoints())).map((fact) => upcast<DeliveryEndpointEvent>(fact));
  const added = facts.find(({ type, data }) => type === 'DeliveryEndpointAdded' && data.endpointId === endpointId);
  if (added?.type !== 'DeliveryEndpointAdded' || !isWanted()) return;
  const { from } = added.data;
  if (from === undefined || from >= added.position) return;

  const stream = streams.earlierDeliveries(endpointId);
  const own = await store.readStream(stream);
  const last = own.at(-1);
  const after = last ? (last.data as Added['data']).upTo : from;
  if (after >= added.position) return;

  const endpointsThen = endpointsAt(facts);
  const endpointsOnceAdded = endpointsAt(facts)(added.position);
  const accepts = ({ type }: Grant['data']): boolean => endpointFor(endpointsOnceAdded, type)?.endpointId === endpointId;
  const deliveredEarlier = await earlierPositions(store, facts, endpointId);

  let expected = last?.revision ?? NO_STREAM;
  /** @returns false if another process appended first: it does the same work */
  const append = async (deliveries: readonly EarlierDelivery[], upTo: Position): Promise<boolean> => {
    const at = clock.iso();
    const type = 'EarlierDeliveriesAdded';
    const metadata = {
      schemaVersion: schemaVersionOf(type),
      correlationId: added.metadata.correlationId,
      causationId: added.id,
      actor: { service: 'delivery' },
      at,
    };
    const event = { id: randomUUID(), type, data: { endpointId, upTo, deliveries, at }, metadata };
    try {
      expected = (await store.append(stream, expected, [event], { priority: 'background' })).revision;
      return true;
    } catch (error) {
      if (error instanceof WrongExpectedRevision) return false;
      throw error;
    }
  };
  const resume = (): Promise<void> => addEarlierDeliveries(engines, endpointId, signal);

  let found: EarlierDelivery[] = [];
  for await (const batch of store.subscribe({ after, prefixes: [PREFIXES.participation], signal })) {
    if (!isWanted()) return;
    for (const recorded of batch.events) {
      if (recorded.position >= added.position) break;
      if (recorded.type !== 'RewardClaimed') continue;
      const grant: Grant = upcast<Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>>(recorded);
      if (!accepts(grant.data) || deliveredEarlier.has(grant.position)) continue;
      if (endpointFor(endpointsThen(grant.position), grant.data.type)) continue;
      const { endpointId: _endpointId, ...delivery } = deliveryTo(endpointId, grant);
      found.push(delivery);
      if (found.length < BATCH) continue;
      if (!(await append(found, grant.position))) return resume();
      found = [];
    }
    if (batch.caughtUp || batch.checkpoint.position >= added.position) {
      if (!(await append(found, added.position))) return resume();
      return;
    }
  }
};

/** Returns a function from a position to the endpoints just before it or at it. Call it with ascending positions. */
const endpointsAt = (facts: readonly EndpointFact[]): ((position: Position) => DeliveryEndpoints) => {
  let endpoints = deliveryEndpoints.initial;
  let next = 0;
  return (position) => {
    for (let fact = facts[next]; fact && fact.position <= position; fact = facts[next]) {
      endpoints = deliveryEndpoints.evolve(endpoints, fact);
      next += 1;
    }
    return endpoints;
  };
};

/** Returns the positions of the grants that other endpoints got later. */
const earlierPositions = async (
  store: EventStore,
  facts: readonly EndpointFact[],
  endpointId: string,
): Promise<ReadonlySet<Position>> => {
  const positions = new Set<Position>();
  for (const { type, data } of facts) {
    if (type !== 'DeliveryEndpointAdded' || data.from === undefined || data.endpointId === endpointId) continue;
    for (const recorded of await store.readStream(streams.earlierDeliveries(data.endpointId)))
      for (const { position } of (recorded as RecordedEvent & Added).data.deliveries) positions.add(position);
  }
  return positions;
};
