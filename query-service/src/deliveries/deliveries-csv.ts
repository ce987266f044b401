import type { DeliveryView } from '@rewards/contracts';
import { toDeliveryResponse, type DeliveryResponse } from '@rewards/service-kit/resources/delivery.responses';
import { csvFile } from '../exports/csv';

const FIELDS = [
  'deliveryId',
  'claimId',
  'kind',
  'endpointId',
  'accountId',
  'eventId',
  'rewardName',
  'type',
  'amount',
  'status',
  'attempts',
  'nextAttemptAt',
  'lastError',
  'at',
  'deliveredAt',
  'reference',
  'parkedFor',
] as const satisfies readonly (keyof DeliveryResponse)[];

/** Formats deliveries as a CSV file with the fields of the list. */
export const deliveriesCsv = (pages: AsyncIterable<readonly DeliveryView[]>) =>
  csvFile(FIELDS, pages, (view) => {
    const delivery = toDeliveryResponse(view);
    return FIELDS.map((field) => delivery[field]);
  });
