import { toClaimResponse, type ClaimResponse } from '@rewards/service-kit/resources/claim.responses';
import type { ClaimRow } from './claims.queries';
import { csvFile } from '../exports/csv';

const FIELDS = [
  'requestId',
  'eventId',
  'accountId',
  'email',
  'rewardName',
  'type',
  'amount',
  'status',
  'reason',
  'at',
  'position',
  'claimId',
  'milestone',
  'cycle',
  'itemCode',
  'target',
] as const satisfies readonly (keyof ClaimResponse)[];

/** The delivery of a claim is shown in columns of its own, behind the others. */
const DELIVERY = ['deliveryStatus', 'deliveredAt'] as const;

/** Formats claims as a CSV file with the fields of the list. */
export const claimsCsv = (pages: AsyncIterable<readonly ClaimRow[]>) =>
  csvFile([...FIELDS, ...DELIVERY], pages, (row) => {
    const claim = toClaimResponse(row);
    const { status = null, at = null } = claim.delivery ?? {};
    return [...FIELDS.map((field) => claim[field]), status, status === 'DELIVERED' ? at : null];
  });
