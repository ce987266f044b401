import { toClaimResponse, type ClaimResponse } from '@rewards/service-kit/resources/claim.responses';
import type { ClaimRow } from './claims.queries';
import { BYTE_ORDER_MARK, csvLine } from './csv';

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

/** Formats claims as a CSV file, in one chunk for each page. */
export async function* claimsCsv(pages: AsyncIterable<readonly ClaimRow[]>): AsyncGenerator<string, void, undefined> {
  yield BYTE_ORDER_MARK + csvLine(FIELDS);
  for await (const rows of pages) yield rows.map(toClaimLine).join('');
}

const toClaimLine = (row: ClaimRow): string => {
  const claim = toClaimResponse(row);
  return csvLine(FIELDS.map((field) => claim[field]));
};
