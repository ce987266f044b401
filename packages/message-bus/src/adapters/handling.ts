import { retry } from '@rewards/async';
import type { Outages } from '../outages';

const FIRST_RETRY_MS = 50;
export const MAX_RETRY_MS = 2_000;

export interface HandlingOptions {
  readonly signal: AbortSignal;
  readonly outages: Outages;
  /** The partition, as outages name it. */
  readonly where: string;
}

/**
 * Repeats the handler of a message until it succeeds.
 * @returns false if the signal aborted before that; the outage of this partition ends in both cases
 */
export const handleUntilStopped = async (
  handle: () => Promise<void>,
  { signal, outages, where }: HandlingOptions,
): Promise<boolean> => {
  const isHandled = await retry(handle, {
    signal,
    onError: (error) => outages.failed('handle', error, where),
    firstMs: FIRST_RETRY_MS,
    maxMs: MAX_RETRY_MS,
  }).then(
    () => true,
    () => false,
  );
  outages.succeeded('handle', where);
  return isHandled;
};
