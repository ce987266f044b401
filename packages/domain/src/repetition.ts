import { reject } from './rejected';
import { isSameValue } from './same-value';

/**
 * Decides on a request whose `requestId` was used before, by its whole normalised body.
 * @param first what the first request with this id asked for
 * @returns no domain events if it asks for the same
 * @throws Rejected REQUEST_ID_REUSED if it asks for anything else
 */
export const repeat = (first: unknown, request: unknown): readonly [] =>
  isSameValue(first, request) ? [] : reject('REQUEST_ID_REUSED');
