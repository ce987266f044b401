import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

export interface RetryOptions {
  /** Ends the attempts: the last error is thrown. */
  readonly signal: AbortSignal;
  /** Told of each failure that is tried again. */
  readonly onError?: (error: unknown) => void;
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/** Tries until it succeeds, with jittered exponential backoff; gives up only when the signal aborts. */
export const retry = async <T>(
  task: () => Promise<T>,
  { signal, onError, firstMs = 20, maxMs = 2_000 }: RetryOptions,
): Promise<T> => {
  // Any number of tasks may wait on the signal of their owner; Node.js takes more than ten for a leak.
  setMaxListeners(0, signal);
  for (let backoff = firstMs; ; backoff = Math.min(maxMs, backoff * 2)) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted) throw error;
      onError?.(error);
      await delay(backoff * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
      if (signal.aborted) throw error;
    }
  }
};
