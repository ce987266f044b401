import { sleep } from './sleep';

export interface RepeatOptions {
  /** Pause after each run, in milliseconds. */
  readonly everyMs: number;
  /** Stops the loop after the run in flight. */
  readonly signal: AbortSignal;
  readonly onSuccess?: () => void;
  /** Called after each failed run. The loop continues. */
  readonly onError?: (error: unknown) => void;
  /** Whether an error is permanent, so that no retry helps. Such an error stops the loop. */
  readonly isPermanent?: (error: unknown) => boolean;
  /** False lets the process exit during a pause. Default: true. */
  readonly ref?: boolean;
}

/** Runs a task in a loop until the signal aborts or a permanent error occurs. Never rejects. */
export const repeat = async (
  task: () => Promise<unknown>,
  { everyMs, signal, onSuccess, onError, isPermanent, ref }: RepeatOptions,
): Promise<void> => {
  while (!signal.aborted) {
    try {
      await task();
      onSuccess?.();
    } catch (error) {
      onError?.(error);
      if (isPermanent?.(error)) return;
    }
    await sleep(everyMs, { signal, ref });
  }
};
