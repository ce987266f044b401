import { once } from 'node:events';
import { Module, type DynamicModule } from '@nestjs/common';
import { LEASES, Lease } from '@rewards/document-store';
import { AccessTokenVerifier, jwksKeySource, type Logger, type Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { Metrics } from '@rewards/service-kit/metrics';
import { retry } from '@rewards/service-kit/retry';
import { Monitor } from './operations/monitor';
import { ProjectionMetrics } from './operations/projection-metrics';
import { ProjectionsController } from './operations/projections.controller';
import { PROJECTIONS } from './read-models';
import { Checkpoints } from './runner/checkpoints';
import type { AnyProjection } from './runner/projection';
import { ProjectionRunner } from './runner/runner';

export interface ProjectionsOptions {
  readonly identify?: Identify;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly projections?: readonly AnyProjection[];
}

export interface Projections {
  readonly app: HttpService;
  /** Finishes the batches in hand, lets the lease go, and closes the engines. */
  close(): Promise<void>;
}

@Module({})
class ProjectionsModule {}

/** Builds the service on the engines that the settings choose, and starts the projections. The caller listens. */
export const createProjections = async (
  settings: Settings,
  logger: Logger,
  { identify, now, projections = PROJECTIONS }: ProjectionsOptions = {},
): Promise<Projections> => {
  const events = openEventStore(settings, 'read');
  const views = openDocumentStore(settings, 'views', 'write');
  const checkpoints = new Checkpoints(views);
  const monitor = new Monitor(projections, events, checkpoints, now);
  const metrics = new Metrics('projections');
  const projectionMetrics = new ProjectionMetrics(metrics, monitor);
  const verifier = new AccessTokenVerifier(jwksKeySource(`${settings.urls.auth}/.well-known/jwks.json`));
  const ended = new AbortController();

  const module: DynamicModule = {
    module: ProjectionsModule,
    controllers: [ProjectionsController],
    providers: [{ provide: Monitor, useValue: monitor }],
  };
  const app = await createHttpService({
    service: 'projections',
    module,
    logger,
    metrics,
    identify: identify ?? ((authorization) => verifier.identify(authorization)),
    readiness: {
      eventStore: () => events.ping(),
      documentStore: () => views.ping(),
      ...Object.fromEntries(projections.map(({ name }) => [name, () => monitor.requireRunning(name)])),
    },
  });

  const runners = projections.map(
    (projection) =>
      new ProjectionRunner(
        projection,
        { events, views, checkpoints },
        { logger, now, onBatch: (name, count) => projectionMetrics.batch(name, count) },
      ),
  );
  const runAll = async (signal: AbortSignal): Promise<void> => {
    await Promise.all(runners.map((runner) => runner.run(signal)));
    // One that has stopped waits for somebody; a standby would only stop at the same place.
    if (!signal.aborted) await once(signal, 'abort');
  };
  const runWhileLeased = async (): Promise<void> => {
    const lease = new Lease(await views.collection(LEASES), {
      name: 'projections',
      onError: (error) => logger.warn({ reason: String(error) }, 'the lease cannot be had or kept'),
    });
    await lease.hold(runAll, ended.signal);
  };
  const running = retry(runWhileLeased, {
    signal: ended.signal,
    onError: (error) => logger.error({ err: error }, 'projections start again'),
  });
  const background = Promise.allSettled([running]);
  monitor.start();

  return {
    app,
    close: async () => {
      await app.close();
      monitor.stop();
      ended.abort();
      await background;
      await Promise.all([events.close(), views.close()]);
    },
  };
};
