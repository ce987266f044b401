import { streams, type DeliveryView } from '@rewards/contracts';
import { abandonDelivery, delivery, reject, resendDelivery, resendParked } from '@rewards/domain';
import type { CommandMetadata } from '@rewards/event-store';
import { StreamCommand } from '../../stream-command';

/** An operator's decision on a delivery. */
export interface DeliveryRequest {
  /** The delivery in the read model, which knows of a success at the first attempt; the delivery's own stream does not. */
  readonly view: Pick<DeliveryView, 'deliveryId' | 'endpointId' | 'accountId' | 'position' | 'deliveredAt'>;
  readonly by: string;
  readonly metadata: CommandMetadata;
}

const dataOf = ({ view: { deliveryId, endpointId, accountId }, by, metadata: { at } }: DeliveryRequest) => ({
  deliveryId,
  endpointId,
  accountId,
  by,
  at,
});

/** Returns data with the position of the grant, so that the dispatcher finds a delivery that had ended. */
const dataOfResent = (request: DeliveryRequest) => ({ ...dataOf(request), position: request.view.position });

/**
 * Sends a delivery again.
 * @param options `forceReason`: why it is sent even if it was delivered; `endpointExists`: without its endpoint, it cannot be sent
 */
export const resendDeliveryCommand = (
  request: DeliveryRequest,
  { forceReason, endpointExists }: { readonly forceReason: string | undefined; readonly endpointExists: boolean },
) =>
  new StreamCommand({
    name: 'ResendDelivery',
    aggregate: delivery,
    stream: streams.delivery(request.view.deliveryId),
    decide: (state) => {
      const data = { ...dataOfResent(request), ...(forceReason !== undefined && { reason: forceReason }) };
      const events = resendDelivery(data, request.view.deliveredAt, forceReason !== undefined)(state);
      return endpointExists ? events : reject('ENDPOINT_STATE', { state: 'REMOVED' });
    },
    metadata: request.metadata,
  });

/** Sends one of many deliveries again, if it is still parked. */
export const resendParkedCommand = (request: DeliveryRequest) =>
  new StreamCommand({
    name: 'ResendDelivery',
    aggregate: delivery,
    stream: streams.delivery(request.view.deliveryId),
    decide: resendParked(dataOfResent(request)),
    metadata: request.metadata,
  });

/** Gives a delivery up. */
export const abandonDeliveryCommand = (request: DeliveryRequest, reason: string) =>
  new StreamCommand({
    name: 'AbandonDelivery',
    aggregate: delivery,
    stream: streams.delivery(request.view.deliveryId),
    decide: abandonDelivery({ ...dataOf(request), reason }, request.view.deliveredAt),
    metadata: request.metadata,
  });
