import { createHash } from 'node:crypto';

/** Derives a UUID (version 8) from parts. The same parts always result in the same id. */
export const derivedId = (...parts: readonly (string | number)[]): string => {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
};

/** Identifies a claim of a participation. */
export interface ClaimKey {
  readonly eventId: string;
  /** Null in an event without cycles. */
  readonly cycle?: string | null;
  readonly accountId: string;
  readonly requestId: string;
}

/** Derives the public id of a granted claim, so that every reader of the log gets the same id, for past claims too. */
export const claimIdOf = ({ eventId, cycle = null, accountId, requestId }: ClaimKey): string =>
  derivedId('claim', eventId, cycle ?? '', accountId, requestId);
