import { isDamaged } from './failures';

export interface RetryOptions {
  /** Ends the attempts: the last error is thrown. */
  readonly signal: AbortSignal;
  /** Called after each failure that is retried. */
  readonly onError?: (error: unknown) => void;
  readonly firstMs?: number;
  readonly maxMs?: number;
}

/**
 * Tries until it succeeds, with jittered exponential backoff.
 * @throws the last error when the signal aborts, and a permanent failure of an engine at once
 */
export const retry = async <T>(
  task: () => Promise<T>,
  { signal, onError, firstMs = 20, maxMs = 2_000 }: RetryOptions,
): Promise<T> => {
  for (let backoff = firstMs; ; backoff = Math.min(maxMs, backoff * 2)) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted || isDamaged(error)) throw error;
      onError?.(error);
      await pause(backoff * (0.5 + Math.random() / 2), signal);
      if (signal.aborted) throw error;
    }
  }
};

/**
 * What ends the pauses on each signal. All of them share one abort listener: after an outage any number of retries may wait on
 * the signal of their service, and Node warns about a leak from the eleventh listener on.
 */
const pauses = new WeakMap<AbortSignal, Set<() => void>>();

const pausesOn = (signal: AbortSignal): Set<() => void> => {
  const known = pauses.get(signal);
  if (known) return known;
  const added = new Set<() => void>();
  pauses.set(signal, added);
  signal.addEventListener('abort', () => added.forEach((end) => end()), { once: true });
  return added;
};

/** Ends early, without an error, when the signal aborts. */
const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const others = pausesOn(signal);
    const end = (): void => {
      clearTimeout(timer);
      others.delete(end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    others.add(end);
  });
