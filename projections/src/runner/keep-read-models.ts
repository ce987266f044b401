import { sleep } from '@rewards/async';
import { LEASES, Lease } from '@rewards/document-store';
import { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { AnyProjection } from './projection';
import { sharingReads } from './shared-reads';
import { leaseOf, ProjectionRunner, type RunnerOptions } from './runner';
import type { Engines } from './version-filler';

/** How often a table of an earlier release checks whether it has a version to keep. */
const PREVIOUS_POLL_MS = 1_000;

/**
 * Keeps the read models up to date. Holds a lease for each table of each read model, and waits while another instance of the same
 * release has it. So an instance of an earlier release, or an earlier table in this one, keeps the live version up to date while a
 * later table fills the next one. Runs until the signal aborts; logs errors and retries.
 */
export const keepReadModels = async (
  projections: readonly AnyProjection[],
  engines: Engines,
  options: RunnerOptions,
  signal: AbortSignal,
): Promise<void> => {
  const failures = options.failures ?? new Failures(options.logger);
  const shared = { ...engines, store: sharingReads(engines.store) };
  const holdLease = async (projection: AnyProjection, isPrevious: boolean): Promise<void> => {
    const { name, tableVersion } = projection;
    const lease = new Lease(await engines.views.collection(LEASES), {
      name: leaseOf(name, tableVersion),
      onError: (error) => failures.reportFailure('the leases of the projections', error),
    });
    const runner = () => new ProjectionRunner(projection, shared, { ...options, failures }, isPrevious);
    await lease.hold((leased) => runner().run(leased), signal);
  };
  /** An earlier table has work only as long as it filled the live version. */
  const keepPrevious = async (projection: AnyProjection): Promise<void> => {
    const { name, tableVersion } = projection;
    while (!signal.aborted) {
      const live = (await engines.checkpoints.loadAll([name])).get(name)?.live;
      if (live && live.table > tableVersion) return;
      if (live?.table === tableVersion) await holdLease(projection, true);
      await sleep(PREVIOUS_POLL_MS, { signal });
    }
  };
  const onError = (error: unknown) => failures.reportFailure('the projections', error);
  const keep = (run: () => Promise<void>): Promise<void> =>
    retry(run, { signal, onError }).catch((error: unknown) => void (signal.aborted || onError(error)));
  await Promise.all(
    projections.flatMap((projection) => [
      keep(() => holdLease(projection, false)),
      ...(projection.previous ?? []).map((previous) => keep(() => keepPrevious(previous))),
    ]),
  );
};
