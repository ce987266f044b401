import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';

/**
 * Runs a task of a service until it ends, the signal aborts, or an engine is damaged, which no retry helps. Reports its failures under
 * its name, and never rejects.
 */
export const retryUntilDamaged = async (
  task: string,
  run: () => Promise<void>,
  failures: Failures,
  signal: AbortSignal,
): Promise<void> => {
  const onError = (error: unknown) => failures.reportFailure(task, error);
  await retry(run, { signal, onError }).catch((error: unknown) => {
    if (isDamaged(error)) onError(error);
  });
};
