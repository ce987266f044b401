import { Module, type DynamicModule } from '@nestjs/common';
import { upcast as defaultUpcast, type Upcast } from '@rewards/contracts';
import type { Logger, Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { describeEngines, openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { Failures } from '@rewards/service-kit/failures';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { Metrics } from '@rewards/service-kit/metrics';
import { AuditStreamController, ERASURES } from './audit-stream/audit-stream.controller';
import { AuditStreams, type AuditStreamOptions } from './audit-stream/audit-streams';
import { PROJECTION_REJECTIONS } from './projections.problems';
import { Monitor } from './operations/monitor';
import { ProjectionMetrics } from './operations/projection-metrics';
import { ProjectionsController } from './operations/projections.controller';
import { Rebuilds } from './operations/rebuilds';
import { PROJECTIONS } from './read-models';
import { Checkpoints } from './runner/checkpoints';
import { keepReadModels } from './runner/keep-read-models';
import type { AnyProjection } from './runner/projection';
import { verify } from './verification/verification';
import { VerificationController } from './verification/verification.controller';
import { Verifications } from './verification/verifications';

export interface ProjectionsOptions {
  readonly identify?: Identify;
  /** Brings stored domain events to the current shape. */
  readonly upcast?: Upcast;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly projections?: readonly AnyProjection[];
  readonly auditStream?: AuditStreamOptions;
  /** How long a client may receive no byte of its response before its connection is closed, in milliseconds. */
  readonly stallMs?: number;
  /** Engines to use instead of those that the settings select. The service closes them. */
  readonly store?: EventStore;
  readonly views?: DocumentStore;
}

export interface Projections {
  readonly app: HttpService;
  /** Finishes the batches in flight, releases the lease and closes the engines. */
  close(): Promise<void>;
}

@Module({})
class ProjectionsModule {}

/** Builds the service and starts the projections. The caller starts the HTTP listener. */
export const createProjections = async (
  settings: Settings,
  logger: Logger,
  {
    identify,
    now,
    projections = PROJECTIONS,
    auditStream,
    stallMs,
    upcast = defaultUpcast,
    store = openEventStore(settings, 'read'),
    views = openDocumentStore(settings, 'views', 'write'),
  }: ProjectionsOptions = {},
): Promise<Projections> => {
  const checkpoints = new Checkpoints(views, now);
  const monitor = new Monitor(projections, store, checkpoints, now);
  const metrics = new Metrics('projections');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const projectionMetrics = new ProjectionMetrics(metrics, monitor);
  const tokens = verifyTokensOf(settings.instances.auth, identify);
  const auditStreams = new AuditStreams(store, upcast, auditStream);
  const ended = new AbortController();
  const verifications = new Verifications(
    (signal) => verify(projections, { store, views, checkpoints, upcast }, { signal, now }),
    logger,
    now,
  );

  const module: DynamicModule = {
    module: ProjectionsModule,
    controllers: [ProjectionsController, AuditStreamController, VerificationController],
    providers: [
      { provide: Verifications, useValue: verifications },
      { provide: Monitor, useValue: monitor },
      { provide: AuditStreams, useValue: auditStreams },
      { provide: ERASURES, useValue: tokens.erasures },
      { provide: Rebuilds, useValue: new Rebuilds(projections, store, checkpoints) },
    ],
  };
  const app = await createHttpService({
    service: 'projections',
    module,
    logger,
    metrics,
    failures,
    rejections: PROJECTION_REJECTIONS,
    ...(stallMs === undefined ? {} : { stallMs }),
    identify: tokens.identify,
    readiness: {
      eventStore: () => store.ping(),
      documentStore: () => views.ping(),
      ...Object.fromEntries(projections.map(({ name }) => [name, () => monitor.requireRunning(name)])),
    },
  });

  const background = keepReadModels(
    projections,
    { store, views, checkpoints, upcast },
    { logger, failures, now, onBatch: (name, count) => projectionMetrics.batch(name, count) },
    ended.signal,
  );
  monitor.start();

  return {
    app,
    close: async () => {
      auditStreams.endAll();
      await app.close();
      tokens.stop();
      await verifications.stop();
      monitor.stop();
      ended.abort();
      await background;
      await Promise.all([store.close(), views.close()]);
    },
  };
};
