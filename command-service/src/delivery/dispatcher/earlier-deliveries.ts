import { randomUUID } from 'node:crypto';
import {
  PREFIXES,
  schemaVersionOf,
  streams,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type EarlierDelivery,
  type Position,
  type RecordedOf,
  type Upcast,
} from '@rewards/contracts';
import { deliveryEndpoints, endpointFor, type DeliveryEndpoints } from '@rewards/domain';
import { NO_STREAM, WrongExpectedRevision, type EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { deliveryTo, type Grant } from '@rewards/service-kit/deliveries';
import { grantOf } from './grants';

/** Deliveries in one domain event. */
const BATCH = 200;

type EndpointFact = RecordedOf<DeliveryEndpointEvent>;
type Added = RecordedOf<Extract<DeliveryEndpointEvent, { readonly type: 'DeliveryEndpointAdded' }>>;
type Listed = RecordedOf<Extract<DeliveryEvent, { readonly type: 'EarlierDeliveriesAdded' }>>;

export interface EarlierDeliveriesEngines {
  readonly store: EventStore;
  readonly upcast: Upcast;
  readonly clock: Clock;
  /** Whether the endpoint still exists. */
  readonly isWanted: () => boolean;
}

/** An endpoint that is to deliver earlier grants. */
export interface LateEndpoint {
  readonly endpointId: string;
  /** Position at which it was added. Its earlier deliveries are complete up to here, and never go beyond. */
  readonly addedAt: Position;
}

/**
 * Adds the deliveries of grants that are older than their endpoint: those after its `from` that it accepts, and that created no
 * delivery back then. It resumes after what it recorded last, so a crash repeats nothing, and another process may do the same. Call it
 * for one endpoint after the other, in the order in which they were added.
 * @throws errors of the engine; run it again
 */
export const addEarlierDeliveries = async (
  engines: EarlierDeliveriesEngines,
  late: LateEndpoint,
  signal: AbortSignal,
): Promise<void> => {
  const { store, upcast, isWanted } = engines;
  const { endpointId, addedAt } = late;
  const last = await lastListed(engines, endpointId);
  if (isComplete(last, addedAt) || !isWanted()) return;
  const facts = (await store.readStream(streams.deliveryEndpoints())).map((fact) => upcast<DeliveryEndpointEvent>(fact));
  const added = facts.filter(isAdded).find(({ position }) => position === addedAt);
  const isRemoved = facts.some(({ type, data }) => type === 'DeliveryEndpointRemoved' && data.endpointId === endpointId);
  if (added?.data.from === undefined || isRemoved) return;

  const accepts = acceptedBy(facts, added);
  const isListed = await listedByOthers(engines, facts, added);
  const endpointsThen = endpointsAt(facts);
  let revision = last?.revision ?? NO_STREAM;
  /** @returns false if another process appended first: it does the same work */
  const list = async (deliveries: readonly EarlierDelivery[], upTo: Position): Promise<boolean> => {
    const listed = await append(engines, added, revision, { deliveries, upTo });
    revision = listed ?? revision;
    return listed !== null;
  };
  const resume = (): Promise<void> => addEarlierDeliveries(engines, late, signal);

  let found: EarlierDelivery[] = [];
  const after = last?.data.upTo ?? added.data.from;
  for await (const batch of store.subscribe({ after, prefixes: [PREFIXES.participation], signal })) {
    if (!isWanted()) return;
    for (const recorded of batch.events) {
      if (recorded.position >= addedAt) break;
      const grant = grantOf(recorded, upcast);
      if (!grant || !accepts(grant) || isListed(grant)) continue;
      if (endpointFor(endpointsThen(grant.position), grant.data.type)) continue;
      const { endpointId: _endpointId, ...delivery } = deliveryTo(endpointId, grant);
      found.push(delivery);
      if (found.length < BATCH) continue;
      if (!(await list(found, grant.position))) return resume();
      found = [];
    }
    if (batch.caughtUp || batch.checkpoint.position >= addedAt) {
      if (!(await list(found, addedAt))) return resume();
      return;
    }
  }
};

/** Whether all earlier deliveries of an endpoint are recorded. */
const isComplete = (last: Listed | null, addedAt: Position): boolean => last !== null && last.data.upTo >= addedAt;

const isAdded = (fact: EndpointFact): fact is Added => fact.type === 'DeliveryEndpointAdded';

const lastListed = async (
  { store, upcast }: Pick<EarlierDeliveriesEngines, 'store' | 'upcast'>,
  endpointId: string,
): Promise<Listed | null> => {
  const last = await store.readLast(streams.earlierDeliveries(endpointId));
  return last && (upcast<DeliveryEvent>(last) as Listed);
};

/** @returns the revision of the append; null if another process appended first */
const append = async (
  { store, clock }: EarlierDeliveriesEngines,
  { id, metadata: { correlationId }, data: { endpointId } }: Added,
  expected: number,
  listed: Pick<Listed['data'], 'deliveries' | 'upTo'>,
): Promise<number | null> => {
  const at = clock.iso();
  const type = 'EarlierDeliveriesAdded';
  const actor = { service: 'delivery' };
  const metadata = { schemaVersion: schemaVersionOf(type), correlationId, causationId: id, actor, at };
  const event = { id: randomUUID(), type, data: { endpointId, ...listed, at }, metadata };
  try {
    return (await store.append(streams.earlierDeliveries(endpointId), expected, [event], { priority: 'background' })).revision;
  } catch (error) {
    if (error instanceof WrongExpectedRevision) return null;
    throw error;
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

/** Returns whether an endpoint accepted a grant's type when it was added. */
const acceptedBy = (facts: readonly EndpointFact[], { data, position }: Added): ((grant: Grant) => boolean) => {
  const endpoints = endpointsAt(facts)(position);
  return (grant) => endpointFor(endpoints, grant.data.type)?.endpointId === data.endpointId;
};

/**
 * Returns whether a grant that had no endpoint became an earlier delivery of another one. Endpoints are added one after the other, so
 * this follows from what the others accept, and from where they end: at their addition or, if they were removed before they were
 * complete, at the last position that they recorded.
 */
const listedByOthers = async (
  engines: EarlierDeliveriesEngines,
  facts: readonly EndpointFact[],
  added: Added,
): Promise<(grant: Grant) => boolean> => {
  const others: ((grant: Grant) => boolean)[] = [];
  for (const other of facts.filter(isAdded)) {
    const { from } = other.data;
    if (from === undefined || other.position >= added.position || other.position <= (added.data.from as Position)) continue;
    const upTo = await endOf(engines, other, from);
    const accepts = acceptedBy(facts, other);
    others.push((grant) => grant.position > from && grant.position <= upTo && accepts(grant));
  }
  return (grant) => others.some((isListed) => isListed(grant));
};

/**
 * Returns the position up to which another endpoint has its earlier deliveries. If it was removed before they were complete, an empty
 * event ends its stream, so that a process that was suspended meanwhile cannot append more.
 */
const endOf = async (engines: EarlierDeliveriesEngines, added: Added, from: Position): Promise<Position> => {
  for (;;) {
    const last = await lastListed(engines, added.data.endpointId);
    const upTo = last?.data.upTo ?? from;
    if (isComplete(last, added.position) || last?.data.deliveries.length === 0) return upTo;
    if ((await append(engines, added, last?.revision ?? NO_STREAM, { deliveries: [], upTo })) !== null) return upTo;
  }
};
