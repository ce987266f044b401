import type { DeliveryKind, EarlierDelivery, ParticipationEvent, RecordedOf } from '@rewards/contracts';
import { claimIdOf, derivedId } from './derived-id';

/** Derives the id of a delivery, so that it is the same however often the log is read. @param sourceId the claimId of a claim */
export const deliveryIdOf = (kind: DeliveryKind, sourceId: string, endpointId: string): string =>
  derivedId('delivery', kind, sourceId, endpointId);

/** Returns the id of a delivery's document, which the `deliveryId` begins, so that it is found without the endpoint. */
export const deliveryDocumentId = (deliveryId: string, endpointId: string): string => `${deliveryId}_${endpointId}`;

/** Returns the endpoint in the id of a delivery's document. */
export const endpointInDocumentId = (documentId: string): string => documentId.slice(documentId.indexOf('_') + 1);

/** A grant in the log, of which the delivery is a copy. */
export type Grant = RecordedOf<Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>>;

/** The delivery of a grant to one endpoint. */
export interface GrantDelivery extends EarlierDelivery {
  readonly endpointId: string;
}

/** Returns the delivery of a grant to an endpoint. */
export const deliveryTo = (endpointId: string, { data, position }: Grant): GrantDelivery => {
  const claimId = claimIdOf(data);
  const { accountId, eventId, rewardName, type, amount, at } = data;
  const source = { kind: 'CLAIM', claimId, accountId, eventId, rewardName, type, amount, at, position } as const;
  return { deliveryId: deliveryIdOf('CLAIM', claimId, endpointId), endpointId, ...source };
};
