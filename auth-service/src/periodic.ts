import { repeat } from '@rewards/async';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';

/** A task that is repeated until it is stopped. */
export interface Periodic {
  /** Resolves when it was stopped, or when no retry helps. */
  readonly ended: Promise<void>;
  /** Waits for the task in flight. */
  stop(): Promise<void>;
}

/**
 * Runs the task now and again after each pause. A task that fails runs again all the same, unless no retry helps.
 * @param name of the task in the log
 */
export const every = (
  milliseconds: number,
  name: string,
  task: () => Promise<unknown>,
  failures: Pick<Failures, 'failed' | 'succeeded'>,
): Periodic => {
  const stopping = new AbortController();
  const running = repeat(task, {
    everyMs: milliseconds,
    signal: stopping.signal,
    onSuccess: () => failures.succeeded(name),
    onError: (error) => failures.failed(name, error),
    isPermanent: isDamaged,
    ref: false,
  });
  return {
    ended: running,
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
};
