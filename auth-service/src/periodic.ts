import { repeat } from '@rewards/async';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';

/** A task that is repeated until it is stopped. */
export interface Periodic {
  /** Resolves when the task is stopped or has failed permanently. */
  readonly ended: Promise<void>;
  /** Stops the repetition and waits for a run in flight. */
  stop(): Promise<void>;
}

/**
 * Runs a task immediately and then repeatedly, with a pause after each run. A failed run is repeated, unless the failure is
 * permanent.
 * @param name the name of the task in the log
 */
export const runPeriodically = (
  milliseconds: number,
  name: string,
  task: () => Promise<unknown>,
  failures: Pick<Failures, 'reportFailure' | 'reportSuccess'>,
): Periodic => {
  const stopping = new AbortController();
  const running = repeat(task, {
    everyMs: milliseconds,
    signal: stopping.signal,
    onSuccess: () => failures.reportSuccess(name),
    onError: (error) => failures.reportFailure(name, error),
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
