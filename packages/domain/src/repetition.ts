import { reject } from './rejected';
import { isSameValue } from './same-value';

/**
 * Decides a request whose `requestId` was used before, by comparing the complete normalised bodies.
 * @param first the body of the first request with this id
 * @returns no domain events if the bodies are equal
 * @throws Rejected REQUEST_ID_REUSED if they differ
 */
export const decideRepeated = (first: unknown, request: unknown): readonly [] =>
  isSameValue(first, request) ? [] : reject('REQUEST_ID_REUSED');
