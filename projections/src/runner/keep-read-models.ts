import { LEASES, Lease } from '@rewards/document-store';
import { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { AnyProjection } from './projection';
import { ProjectionRunner, type RunnerOptions } from './runner';
import type { Engines } from './version-filler';

/**
 * Keeps the read models up to date while it has the lease, and waits while another instance has it. Runs until the signal aborts;
 * logs errors and retries.
 */
export const keepReadModels = async (
  projections: readonly AnyProjection[],
  engines: Engines,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const failures = options.failures ?? new Failures(options.logger);
  const runAll = async (leased: AbortSignal): Promise<void> => {
    await Promise.all(
      projections.map((projection) => new ProjectionRunner(projection, engines, { ...options, failures }).run(leased)),
    );
  };
  const runWhileLeased = async (): Promise<void> => {
    const lease = new Lease(await engines.views.collection(LEASES), {
      name: 'projections',
      onError: (error) => failures.reportFailure('the lease of the projections', error),
    });
    await lease.hold(runAll, signal);
  };
  const onError = (error: unknown) => failures.reportFailure('the projections', error);
  await retry(runWhileLeased, { signal, onError }).catch((error: unknown) => signal.aborted || onError(error));
};
