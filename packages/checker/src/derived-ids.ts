import { createHash } from 'node:crypto';

/** Derives the id of a granted claim. */
export const claimIdOf = (claim: {
  readonly eventId: string;
  readonly cycle?: string;
  readonly accountId: string;
  readonly requestId: string;
}): string => idOf(['claim', claim.eventId, claim.cycle ?? '', claim.accountId, claim.requestId]);

/** Derives the id of the delivery of a grant to an endpoint. @param sourceId the claimId of a claim */
export const deliveryIdOf = (kind: string, sourceId: string, endpointId: string): string =>
  idOf(['delivery', kind, sourceId, endpointId]);

/** The first 128 bits of the SHA-256 of the parts as JSON, as a UUID of version 8 (RFC 9562). */
const idOf = (parts: readonly string[]): string => {
  const digits = [...createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32)];
  [digits[12], digits[16]] = ['8', '8'];
  return digits.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};
