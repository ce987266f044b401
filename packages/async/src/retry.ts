import { sleep } from './sleep';

export interface BackoffOptions {
  /** Pause after the first failure, in milliseconds; each further failure doubles it. */
  readonly firstMs: number;
  /** Longest pause, in milliseconds. */
  readonly maxMs: number;
  /**
   * Shortens each pause at random, so that processes do not retry at the same moment: to at least half of it (`half`), or to any
   * part of it (`full`). Default: `half`.
   */
  readonly jitter?: 'none' | 'half' | 'full';
  /** Random number from 0 to below 1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Creates an exponential backoff. @returns the pause in milliseconds for a number of consecutive failures, counted from 1 */
export const backoff = ({ firstMs, maxMs, jitter = 'half', random = Math.random }: BackoffOptions) => {
  const shares = { none: () => 1, half: () => 0.5 + random() / 2, full: random };
  const share = shares[jitter];
  return (failures: number): number => share() * Math.min(maxMs, firstMs * 2 ** (failures - 1));
};

export interface RetryOptions extends Partial<BackoffOptions> {
  /** Stops the retries. The last error is thrown. */
  readonly signal: AbortSignal;
  /** Whether an error is permanent, so that no retry helps. Such an error is thrown immediately. */
  readonly isPermanent?: (error: unknown) => boolean;
  /** Called before each retry with the error of the failed attempt. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Runs a task until it succeeds, with exponential backoff from 20 ms to 2 s by default.
 * @throws the last error after an abort, or a permanent error immediately
 */
export const retry = async <T>(
  task: () => Promise<T>,
  { signal, isPermanent = () => false, onError, firstMs = 20, maxMs = 2_000, ...rest }: RetryOptions,
): Promise<T> => {
  const pauseMs = backoff({ firstMs, maxMs, ...rest });
  for (let failures = 1; ; failures += 1) {
    try {
      return await task();
    } catch (error) {
      if (signal.aborted || isPermanent(error)) throw error;
      onError?.(error);
      await sleep(pauseMs(failures), { signal });
      if (signal.aborted) throw error;
    }
  }
};
