import { createHash } from 'node:crypto';
import { kindOfDeadLetter, type DeadLettered } from '@rewards/contracts';

/** Derives a UUID (version 8) from parts. The same parts always result in the same id. */
export const derivedId = (...parts: readonly (string | number)[]): string => {
  const hex = hashOf(parts);
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
};

const hashOf = (parts: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(parts)).digest('hex');

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

const FINGERPRINT_LENGTH = 16;

/** Derives the fingerprint of a dead letter: 16 hexadecimal digits, equal for dead letters of the same topic, kind of error and shape. */
export const fingerprintOf = (letter: DeadLettered): string => {
  const { topic, error, shape } = kindOfDeadLetter(letter);
  return hashOf([topic, error, shape]).slice(0, FINGERPRINT_LENGTH);
};
