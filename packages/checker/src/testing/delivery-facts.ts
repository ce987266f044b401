import {
  streams,
  type DeliveryEndpointEvent,
  type DeliveryEvent,
  type EarlierDelivery,
  type Position,
  type RewardType,
} from '@rewards/contracts';
import type { Fact } from '@rewards/contracts/testing/sample-events';
import type { GrantDelivery } from '@rewards/service-kit/deliveries';

/** The time of all domain events of deliveries. */
export const AT = '2026-11-07T00:00:00.000Z';

type DataOf<Event extends { readonly type: string; readonly data: object }, Type extends Event['type']> = Omit<
  Extract<Event, { readonly type: Type }>['data'],
  'endpointId' | 'at' | 'by'
>;

/** Builders for the domain events of one endpoint and its deliveries. */
export const factsOfDeliveryEndpoint = (endpointId: string) => {
  const fact = (stream: string, type: string, data: object): Fact => ({
    stream,
    event: { type, data: { endpointId, at: AT, ...data } },
  });
  const ofEndpoints = <Type extends DeliveryEndpointEvent['type']>(type: Type, data: DataOf<DeliveryEndpointEvent, Type>) =>
    fact(streams.deliveryEndpoints(), type, { by: endpointId, ...data });
  const ofDelivery = (type: DeliveryEvent['type'], { deliveryId, accountId }: GrantDelivery, data: object = {}) =>
    fact(streams.delivery(deliveryId), type, { deliveryId, accountId, ...data });
  return {
    added: (rewardTypes?: readonly RewardType[], from?: Position) =>
      ofEndpoints('DeliveryEndpointAdded', {
        ...{ name: 'game', kind: 'BUS', maxPerSecond: 500, timeoutMs: 1_000 },
        ...(rewardTypes && { rewardTypes }),
        ...(from !== undefined && { from }),
      }),
    changed: (rewardTypes: readonly RewardType[] | null) => ofEndpoints('DeliveryEndpointChanged', { rewardTypes }),
    removed: () => ofEndpoints('DeliveryEndpointRemoved', {}),
    deliveredAtOnce: (...deliveries: readonly GrantDelivery[]) =>
      fact(streams.deliveries(endpointId, AT), 'RewardsDelivered', {
        deliveries: deliveries.map(({ deliveryId, accountId }) => ({ deliveryId, accountId, at: AT, tookMs: 3 })),
      }),
    failed: (delivery: GrantDelivery, data: object = {}) =>
      ofDelivery('DeliveryAttemptFailed', delivery, {
        ...{ attempt: 1, status: 503, error: 'The receiver answered 503.', tookMs: 3, nextAttemptAt: AT },
        ...data,
      }),
    delivered: (delivery: GrantDelivery) => ofDelivery('RewardDelivered', delivery, { attempt: 2, tookMs: 3 }),
    parked: (delivery: GrantDelivery) =>
      ofDelivery('DeliveryParked', delivery, { attempt: 10, status: 503, error: '', tookMs: 3, reason: 'ATTEMPTS_EXHAUSTED' }),
    resent: (delivery: GrantDelivery, position = delivery.position) => ofDelivery('DeliveryResent', delivery, { position }),
    abandoned: (delivery: GrantDelivery) => ofDelivery('DeliveryAbandoned', delivery, { reason: 'The endpoint was removed.' }),
    listed: (upTo: Position, ...deliveries: readonly (EarlierDelivery & { readonly endpointId?: string })[]) =>
      fact(streams.earlierDeliveries(endpointId), 'EarlierDeliveriesAdded', {
        upTo,
        deliveries: deliveries.map(({ endpointId: _, ...delivery }) => delivery),
      }),
  };
};
