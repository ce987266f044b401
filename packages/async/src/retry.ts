import { sleep } from './sleep';

export interface BackoffOptions {
  /** Pause after the first failure, in milliseconds; each further failure doubles it. */
  readonly firstMs: number;
  /** Longest pause, in milliseconds. */
  readonly maxMs: number;
  /** Randomly shortens pauses, so that processes do not retry at the same moment: to half at least, or to anything. Default: half. */
  readonly jitter?: 'none' | 'half' | 'full';
  /** From 0 up to 1. */
  readonly random?: () => number;
}

/** Exponential backoff. @returns the pause in milliseconds after so many failures in a row, counted from 1 */
export const backoff = ({ firstMs, maxMs, jitter = 'half', random = Math.random }: BackoffOptions) => {
  const shares = { none: () => 1, half: () => 0.5 + random() / 2, full: random };
  const share = shares[jitter];
  return (failures: number): number => share() * Math.min(maxMs, firstMs * 2 ** (failures - 1));
};

export interface RetryOptions extends Partial<BackoffOptions> {
  /** Ends the attempts: the last error is thrown. */
  readonly signal: AbortSignal;
  /** Whether no retry helps: such an error is thrown at once. */
  readonly isPermanent?: (error: unknown) => boolean;
  /** Called after each failure that is retried. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Runs a task until it succeeds, with exponential backoff from 20 ms to 2 s by default.
 * @throws the last error when the signal aborts, and a permanent one at once
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
