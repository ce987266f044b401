import { createHash } from 'node:crypto';

/** A UUID (version 8) that the same parts always give again. */
export const derivedId = (...parts: readonly (string | number)[]): string => {
  const hex = createHash('sha256').update(JSON.stringify(parts)).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
};

/** Which claim of which participation. */
export interface ClaimKey {
  readonly eventId: string;
  /** Null in an event without cycles. */
  readonly cycle?: string | null;
  readonly accountId: string;
  readonly requestId: string;
}

/** The public id of a granted claim. It is derived, so every reader of the log finds the same one, also for claims of the past. */
export const claimIdOf = ({ eventId, cycle = null, accountId, requestId }: ClaimKey): string =>
  derivedId('claim', eventId, cycle ?? '', accountId, requestId);
