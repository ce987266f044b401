import {
  PREFIXES,
  sortKey,
  streams,
  type DeliveryEvent,
  type DeliveryView,
  type ParticipationEvent,
  type RecordedEvent,
} from '@rewards/contracts';
import {
  delivery,
  deliveryEndpoints,
  endpointFor,
  type DeliveryEndpoints,
  type DeliveryState,
  type SingleDeliveryEvent,
} from '@rewards/domain';
import {
  deliveryDocumentId,
  deliveryTo,
  endpointInDocumentId,
  type Grant,
  type GrantDelivery,
} from '@rewards/service-kit/deliveries';
import type { ReadModelProjection } from '../runner/projection';

type Granted = Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>;
type Fact = DeliveryEvent | Granted;

/** Read model `deliveries`: one document for each delivery, from its grant on. A grant that no endpoint accepts has none. */
export const deliveriesProjection: ReadModelProjection<Fact, 'deliveries', DeliveryEndpoints> = {
  name: 'deliveries',
  tableVersion: 1,
  prefixes: [
    PREFIXES.participation,
    PREFIXES.deliveryEndpoints,
    PREFIXES.delivery,
    PREFIXES.deliveries,
    PREFIXES.earlierDeliveries,
  ],
  indexes: [
    { fields: ['order'], shared: 'by most' },
    { fields: ['status', 'order'], shared: 'by most' },
    { fields: ['endpointId', 'order'] },
    { fields: ['endpointId', 'status', 'order'] },
    { fields: ['endpointId', 'deliveredAt'] },
    { fields: ['eventId', 'order'] },
    { fields: ['accountId', 'order'], shared: 'by few' },
    { fields: ['claimId'], shared: 'by few' },
  ],
  context: { stream: streams.deliveryEndpoints(), aggregate: deliveryEndpoints },
  key: (recorded, endpoints) => {
    const { type, data } = recorded as RecordedEvent & Fact;
    switch (type) {
      case 'RewardClaimed': {
        const endpoint = endpointFor(endpoints, data.type);
        return endpoint && documentIdOf(deliveryTo(endpoint.endpointId, recorded as Grant));
      }
      case 'RewardsDelivered':
      case 'EarlierDeliveriesAdded':
        return data.deliveries.map(({ deliveryId }) => deliveryDocumentId(deliveryId, data.endpointId));
      case 'DeliveryAttemptFailed':
      case 'RewardDelivered':
      case 'DeliveryParked':
      case 'DeliveryResent':
      case 'DeliveryAbandoned':
        return documentIdOf(data);
      default:
        data satisfies never;
        return null;
    }
  },
  on: {
    RewardClaimed: (view, grant, id) => view ?? created(deliveryTo(endpointInDocumentId(id), grant)),
    EarlierDeliveriesAdded: (view, { data: { endpointId, deliveries } }, id) =>
      view ?? created({ ...of(deliveries, id), endpointId }),
    RewardsDelivered: (view, { data: { endpointId, deliveries }, position }, id) => {
      const { deliveryId, accountId, at, tookMs, reference } = of(deliveries, id);
      const one = { deliveryId, endpointId, accountId, at, tookMs, attempt: 1, ...(reference !== undefined && { reference }) };
      const delivered = evolve(view, { type: 'RewardDelivered', data: one });
      return delivered && { ...delivered, recordedIn: [...(delivered.recordedIn ?? []), position] };
    },
    RewardDelivered: (view, recorded) => evolve(view, recorded),
    DeliveryAttemptFailed: (view, recorded) => evolve(view, recorded),
    DeliveryParked: (view, recorded) => evolve(view, recorded),
    DeliveryResent: (view, recorded) => evolve(view, recorded),
    DeliveryAbandoned: (view, recorded) => evolve(view, recorded),
  },
};

const documentIdOf = ({ deliveryId, endpointId }: Pick<GrantDelivery, 'deliveryId' | 'endpointId'>): string =>
  deliveryDocumentId(deliveryId, endpointId);

const created = (source: GrantDelivery): DeliveryView => ({
  deliveryId: source.deliveryId,
  kind: source.kind,
  claimId: source.claimId,
  endpointId: source.endpointId,
  accountId: source.accountId,
  eventId: source.eventId,
  rewardName: source.rewardName,
  type: source.type,
  amount: source.amount,
  ...stateIn(delivery.initial),
  statusAt: source.at,
  at: source.at,
  reference: null,
  position: source.position,
  order: sortKey(source.at, source.position),
});

const stateIn = ({ status, attempts, nextAttemptAt, lastError, parkedFor, deliveredAt }: DeliveryState): DeliveryState => ({
  status,
  attempts,
  nextAttemptAt,
  lastError,
  parkedFor,
  deliveredAt,
});

/** Applies what the domain folds. The reference is not part of its state. */
const evolve = (view: DeliveryView | null, event: SingleDeliveryEvent): DeliveryView | null => {
  if (!view) return null;
  const before = stateIn(view);
  const after = delivery.evolve(before, event);
  const isDelivered = event.type === 'RewardDelivered' && after !== before;
  return {
    ...view,
    ...stateIn(after),
    statusAt: after.status === before.status ? view.statusAt : event.data.at,
    reference: isDelivered ? (event.data.reference ?? null) : view.reference,
  };
};

/** Returns the part of an event that concerns a document. */
const of = <Part extends { readonly deliveryId: string }>(parts: readonly Part[], id: string): Part => {
  const part = parts.find(({ deliveryId }) => id.startsWith(deliveryId));
  if (!part) throw new Error(`no delivery of the event has the document ${id}`);
  return part;
};
