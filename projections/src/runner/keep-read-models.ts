import { LEASES, Lease } from '@rewards/document-store';
import { retry } from '@rewards/service-kit/retry';
import type { AnyProjection } from './projection';
import { ProjectionRunner, type RunnerOptions } from './runner';
import type { Engines } from './version-filler';

/**
 * Keeps the read models up to the log while it has the lease, and waits for it while another has it, until the signal aborts.
 * What goes wrong is logged and tried again.
 */
export const keepReadModels = async (
  projections: readonly AnyProjection[],
  engines: Engines,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const { logger } = options;
  const runAll = async (leased: AbortSignal): Promise<void> => {
    await Promise.all(projections.map((projection) => new ProjectionRunner(projection, engines, options).run(leased)));
  };
  const runWhileLeased = async (): Promise<void> => {
    const lease = new Lease(await engines.views.collection(LEASES), {
      name: 'projections',
      onError: (error) => logger.warn({ reason: String(error) }, 'the lease cannot be had or kept'),
    });
    await lease.hold(runAll, signal);
  };
  const onError = (error: unknown) => logger.error({ err: error }, 'projections start again');
  await Promise.allSettled([retry(runWhileLeased, { signal, onError })]);
};
