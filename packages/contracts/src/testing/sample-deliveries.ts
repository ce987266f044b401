import type { DeliveryEndpointEvent, DeliveryEvent, EndpointDetails } from '../delivery';
import type { DomainEvent } from '../domain-event';
import { START } from '../position';
import { streams } from '../streams';
import type { Fact } from './sample-events';

type Data<Event extends DomainEvent, Type extends Event['type']> = Extract<Event, { readonly type: Type }>['data'];
type EndpointData<Type extends DeliveryEndpointEvent['type']> = Data<DeliveryEndpointEvent, Type>;
type DeliveryData<Type extends DeliveryEvent['type']> = Data<DeliveryEvent, Type>;

const BY = '00000000-0000-4000-8000-00000000000a';

/** Builders for the domain events of one endpoint, with defaults for irrelevant fields. */
export const factsOfEndpoint = (endpointId: string) => {
  const fact = <Type extends DeliveryEndpointEvent['type']>(type: Type, data: EndpointData<Type>): Fact => ({
    stream: streams.deliveryEndpoints(),
    event: { type, data },
  });
  const action = { endpointId, by: BY, at: '2026-11-03T00:00:00.000Z' };
  return {
    added: (data: Partial<EndpointData<'DeliveryEndpointAdded'>> = {}) =>
      fact('DeliveryEndpointAdded', { endpointId, ...SAMPLE_ENDPOINT, by: BY, at: '2026-11-01T00:00:00.000Z', ...data }),
    changed: (data: Omit<EndpointData<'DeliveryEndpointChanged'>, keyof typeof action>) =>
      fact('DeliveryEndpointChanged', { ...action, ...data }),
    paused: () => fact('DeliveryEndpointPaused', action),
    disabled: (reason = 'The receiver answered 410.') => fact('DeliveryEndpointDisabled', { endpointId, at: action.at, reason }),
    removed: () => fact('DeliveryEndpointRemoved', action),
  };
};

/** Details of a webhook that accepts every type that no other endpoint names. */
export const SAMPLE_ENDPOINT: EndpointDetails = {
  name: 'Inventory',
  kind: 'WEBHOOK',
  url: 'https://game.example.com/rewards',
  maxPerSecond: 500,
  timeoutMs: 10_000,
};

/** The ids of one delivery. */
export interface DeliveryIds {
  readonly deliveryId: string;
  readonly endpointId: string;
  readonly accountId: string;
}

/** Builders for the domain events in the stream of one delivery, with defaults for irrelevant fields. */
export const factsOfDelivery = (ids: DeliveryIds) => {
  type Rest<Type extends DeliveryEvent['type']> = Partial<Omit<DeliveryData<Type>, keyof DeliveryIds>>;
  const fact = <Type extends DeliveryEvent['type']>(type: Type, data: DeliveryData<Type>): Fact => ({
    stream: streams.delivery(ids.deliveryId),
    event: { type, data },
  });
  const failure = { ...ids, attempt: 1, status: 503, error: 'The receiver answered 503.', tookMs: 12 } as const;
  return {
    failed: (data: Rest<'DeliveryAttemptFailed'> = {}) =>
      fact('DeliveryAttemptFailed', {
        ...failure,
        at: '2026-11-06T00:00:01.000Z',
        nextAttemptAt: '2026-11-06T00:00:06.000Z',
        ...data,
      }),
    parked: (data: Rest<'DeliveryParked'> = {}) =>
      fact('DeliveryParked', { ...failure, at: '2026-11-06T00:00:07.000Z', reason: 'REJECTED', ...data }),
    delivered: (data: Rest<'RewardDelivered'> = {}) =>
      fact('RewardDelivered', { ...ids, at: '2026-11-06T00:00:08.000Z', attempt: 2, tookMs: 9, ...data }),
    resent: (data: Rest<'DeliveryResent'> = { by: BY }) =>
      fact('DeliveryResent', { ...ids, at: '2026-11-06T01:00:00.000Z', position: START, ...data }),
    abandoned: (data: Rest<'DeliveryAbandoned'> = { by: BY }) =>
      fact('DeliveryAbandoned', { ...ids, at: '2026-11-06T02:00:00.000Z', reason: 'granted by hand', ...data }),
  };
};

/** Deliveries to one endpoint that succeeded at the first attempt, one second after the default claim. */
export const deliveredAtOnce = (
  endpointId: string,
  ...deliveries: readonly (Omit<DeliveryIds, 'endpointId'> & { readonly reference?: string })[]
): Fact => {
  const at = '2026-11-06T00:00:01.000Z';
  const one = deliveries.map(({ deliveryId, accountId, reference }) => ({
    ...{ deliveryId, accountId, at, tookMs: 8 },
    ...(reference !== undefined && { reference }),
  }));
  return {
    stream: streams.deliveries(endpointId, at),
    event: { type: 'RewardsDelivered', data: { endpointId, deliveries: one, at } },
  };
};

/** Adds deliveries of grants that are older than their endpoint. */
export const earlierDeliveries = (
  endpointId: string,
  deliveries: DeliveryData<'EarlierDeliveriesAdded'>['deliveries'],
  upTo = START,
): Fact => ({
  stream: streams.earlierDeliveries(endpointId),
  event: { type: 'EarlierDeliveriesAdded', data: { endpointId, upTo, deliveries, at: '2026-11-10T00:00:00.000Z' } },
});
