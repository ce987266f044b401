import { sleep } from './sleep';

export interface RepeatOptions {
  /** Pause after each run, in milliseconds. */
  readonly everyMs: number;
  /** Ends the repetition after the run in flight. */
  readonly signal: AbortSignal;
  readonly onSuccess?: () => void;
  /** Called after each run that fails; the next one runs all the same. */
  readonly onError?: (error: unknown) => void;
  /** Whether no retry helps: the repetition ends with such an error. */
  readonly isPermanent?: (error: unknown) => boolean;
  /** False lets the process exit during a pause. Default: true. */
  readonly ref?: boolean;
}

/** Runs a task again and again, one run at a time, until the signal aborts or it fails for good. It never rejects. */
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
