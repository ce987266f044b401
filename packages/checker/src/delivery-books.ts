import { isDeepStrictEqual } from 'node:util';
import {
  streams,
  type DeliveryEvent,
  type DeliverySource,
  type DeliveryStatus,
  type EarlierDelivery,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type RecordedOf,
} from '@rewards/contracts';
import { tryInterpret } from '@rewards/event-store';
import { claimIdOf, deliveryIdOf } from './derived-ids';
import type { EndpointRoutes } from './endpoint-routes';
import type { Findings } from './findings';

type Place = Pick<RecordedEvent, 'stream' | 'revision' | 'position'>;

type OutcomeType = Exclude<DeliveryEvent['type'], 'EarlierDeliveriesAdded'>;

/** What a domain event says of one delivery. */
export type DeliveryFact = Place & { readonly endpointId: string } & (
    | { readonly type: 'EarlierDeliveriesAdded'; readonly delivery: EarlierDelivery }
    | {
        readonly type: OutcomeType;
        /** With the position of the grant, if the domain event names it. */
        readonly delivery: { readonly deliveryId: string; readonly position?: Position };
      }
  );

/** A delivery, as the log has it. */
export interface LoggedDelivery extends EarlierDelivery {
  readonly endpointId: string;
  /** The stored item code of the grant; null without one. */
  readonly itemCode: string | null;
  /** The domain event that created the delivery: the grant, or the one that lists it as an earlier delivery. */
  readonly createdBy: Place;
  status: DeliveryStatus;
  /** Whether the receiver has ever accepted it. */
  isDelivered: boolean;
}

type Claimed = RecordedOf<Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>>;
/** A grant, with or without metadata. */
export type GrantFact = Omit<Claimed, 'metadata'>;

interface Grant extends Place {
  readonly source: DeliverySource;
  readonly itemCode: string | null;
  delivery: LoggedDelivery | null;
}

/** Takes a domain event of deliveries apart, with the account of each part. */
export const factsOf = (recorded: RecordedOf<DeliveryEvent>): readonly (readonly [accountId: string, fact: DeliveryFact])[] => {
  const { stream, revision, position, type, data } = recorded;
  const place = { stream, revision, position, endpointId: data.endpointId };
  if (type === 'EarlierDeliveriesAdded')
    return data.deliveries.map((delivery) => [delivery.accountId, { ...place, type, delivery }]);
  if (type === 'RewardsDelivered')
    return data.deliveries.map(({ accountId, deliveryId }) => [accountId, { ...place, type, delivery: { deliveryId } }]);
  const { accountId, deliveryId } = data;
  const delivery = { deliveryId, ...(type === 'DeliveryResent' && { position: data.position }) };
  return [[accountId, { ...place, type, delivery }]];
};

/**
 * Checks the deliveries of one account against its grants. It routes grants and derives ids without the code of the domain and the
 * services, so that it finds their defects.
 */
export class DeliveryBooks {
  private readonly grants = new Map<Position, Grant>();
  private readonly byId = new Map<string, LoggedDelivery>();
  /** Outcomes of deliveries that did not exist at that position. */
  private readonly early: DeliveryFact[] = [];

  constructor(
    private readonly routes: EndpointRoutes,
    private readonly findings: Findings,
  ) {}

  get deliveries(): Iterable<LoggedDelivery> {
    return this.byId.values();
  }

  get count(): number {
    return this.byId.size;
  }

  /** Notes a grant. Call this and `check` in the order of the log. */
  grant(fact: GrantFact): void {
    const { stream, revision, position } = fact;
    const { accountId, eventId, rewardName, type, amount, itemCode = null, at } = fact.data;
    const claimId = claimIdOf(fact.data);
    const source = { kind: 'CLAIM', claimId, accountId, eventId, rewardName, type, amount, at, position } as const;
    const grant: Grant = { stream, revision, position, source, itemCode, delivery: null };
    this.grants.set(position, grant);
    const endpointId = this.routes.at(position, type);
    if (endpointId !== null) this.create(grant, endpointId, grant);
  }

  check(fact: DeliveryFact): void {
    const unreadable = tryInterpret(fact, () =>
      fact.type === 'EarlierDeliveriesAdded' ? this.listed(fact, fact.delivery) : this.outcome(fact),
    );
    if (unreadable) this.findings.add('EVENT_UNREADABLE', fact.stream, fact.revision, unreadable.message);
  }

  /** Checks which earlier deliveries are missing, and which outcomes belong to no delivery. */
  finish(): void {
    for (const fact of this.early) {
      const { deliveryId } = fact.delivery;
      if (this.byId.has(deliveryId))
        this.add('DELIVERED_BEFORE_GRANT', fact, `${fact.type} precedes what created the delivery ${deliveryId}`);
      else this.add('DELIVERY_WITHOUT_GRANT', fact, `${fact.type} names the delivery ${deliveryId}, which no grant created`);
    }
    for (const { stream, revision, position, source, delivery } of this.grants.values()) {
      if (delivery) continue;
      for (const endpoint of this.routes.lookingBack.values()) {
        const { endpointId, from, addedAt, upTo } = endpoint;
        if (position <= from || position >= addedAt || position > upTo) continue;
        if (!this.routes.accepted(endpoint, source.type)) continue;
        const { amount, rewardName } = source;
        const message = `${amount} of ${rewardName} were granted, but the endpoint ${endpointId} has no earlier delivery of them`;
        this.findings.add('DELIVERY_MISSING', stream, revision, message);
      }
    }
  }

  private create(grant: Grant, endpointId: string, createdBy: Place): LoggedDelivery {
    const deliveryId = deliveryIdOf(grant.source.kind, grant.source.claimId, endpointId);
    const { itemCode } = grant;
    const { stream, revision, position } = createdBy;
    const delivery: LoggedDelivery = {
      ...{ deliveryId, endpointId, ...grant.source, itemCode, createdBy: { stream, revision, position } },
      ...{ status: 'PENDING', isDelivered: false },
    };
    grant.delivery = delivery;
    this.byId.set(deliveryId, delivery);
    return delivery;
  }

  /** Checks an earlier delivery. */
  private listed(fact: DeliveryFact, { deliveryId, ...listed }: EarlierDelivery): void {
    const { endpointId } = fact;
    const grant = this.grants.get(listed.position);
    if (!grant)
      return this.add(
        'DELIVERY_WITHOUT_GRANT',
        fact,
        `delivery ${deliveryId} names a grant at ${listed.position}, but there is none`,
      );
    const expected = grant.source;
    const different = Object.keys({ ...expected, ...listed }).filter(
      (field) => !isDeepStrictEqual(expected[field as keyof DeliverySource], listed[field as keyof DeliverySource]),
    );
    if (different.length > 0)
      this.add('WRONG_DELIVERY', fact, `delivery ${deliveryId} differs from its grant in: ${different.join(', ')}`);
    if (grant.delivery)
      return this.add(
        'TWO_DELIVERIES',
        fact,
        `the grant at ${grant.position} already has the delivery ${grant.delivery.deliveryId} to ${grant.delivery.endpointId}`,
      );
    const endpoint = this.routes.lookingBack.get(endpointId);
    const isDue =
      endpoint !== undefined &&
      grant.position > endpoint.from &&
      grant.position < endpoint.addedAt &&
      this.routes.accepted(endpoint, expected.type);
    if (!isDue) this.add('DELIVERY_SURPLUS', fact, `the endpoint ${endpointId} does not accept the grant at ${grant.position}`);
    const delivery = this.create(grant, endpointId, fact);
    if (delivery.deliveryId !== deliveryId)
      this.add('WRONG_DELIVERY', fact, `delivery ${deliveryId} should have the id ${delivery.deliveryId}`);
  }

  private outcome(fact: DeliveryFact & { readonly type: OutcomeType }): void {
    const { type, endpointId, stream } = fact;
    const { deliveryId } = fact.delivery;
    const delivery = this.byId.get(deliveryId);
    if (!delivery) return void this.early.push(fact);
    const isOwnStream = type === 'RewardsDelivered' || stream === streams.delivery(deliveryId);
    if (delivery.endpointId !== endpointId || !isOwnStream)
      this.add('WRONG_DELIVERY', fact, `delivery ${deliveryId} is one to ${delivery.endpointId}, in a stream of its own`);
    const { position = delivery.position } = fact.delivery;
    if (position !== delivery.position)
      this.add('WRONG_DELIVERY', fact, `delivery ${deliveryId} is of the grant at ${delivery.position} instead of ${position}`);
    delivery.isDelivered ||= type === 'RewardsDelivered' || type === 'RewardDelivered';
    delivery.status = statusAfter(delivery.status, type);
  }

  private add(rule: Parameters<Findings['add']>[0], { stream, revision }: Place, message: string): void {
    this.findings.add(rule, stream, revision, message);
  }
}

const statusAfter = (status: DeliveryStatus, outcome: OutcomeType): DeliveryStatus => {
  switch (outcome) {
    case 'DeliveryResent':
      return 'PENDING';
    case 'RewardsDelivered':
    case 'RewardDelivered':
      return 'DELIVERED';
    case 'DeliveryAbandoned':
      return status === 'DELIVERED' ? status : 'ABANDONED';
    case 'DeliveryParked':
      return status === 'PENDING' ? 'PARKED' : status;
    case 'DeliveryAttemptFailed':
      return status;
    default:
      outcome satisfies never;
      return status;
  }
};
