import { Module, type DynamicModule } from '@nestjs/common';
import { upcast as upcastToToday, type Upcast } from '@rewards/contracts';
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
  /** Raises stored domain events to the shape of today. */
  readonly upcast?: Upcast;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly projections?: readonly AnyProjection[];
  readonly auditStream?: AuditStreamOptions;
  /** How long a reader may accept no byte of its answer, in milliseconds. */
  readonly stallMs?: number;
  /** Engines in place of those that the settings choose; the service closes them. */
  readonly events?: EventStore;
  readonly views?: DocumentStore;
}

export interface Projections {
  readonly app: HttpService;
  /** Finishes the batches in hand, lets the lease go, and closes the engines. */
  close(): Promise<void>;
}

@Module({})
class ProjectionsModule {}

/** Builds the service on the engines that it is given or the settings choose, and starts the projections. The caller listens. */
export const createProjections = async (
  settings: Settings,
  logger: Logger,
  {
    identify,
    now,
    projections = PROJECTIONS,
    auditStream,
    stallMs,
    upcast = upcastToToday,
    events = openEventStore(settings, 'read'),
    views = openDocumentStore(settings, 'views', 'write'),
  }: ProjectionsOptions = {},
): Promise<Projections> => {
  const checkpoints = new Checkpoints(views, now);
  const monitor = new Monitor(projections, events, checkpoints, now);
  const metrics = new Metrics('projections');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const projectionMetrics = new ProjectionMetrics(metrics, monitor);
  const tokens = verifyTokensOf(settings.instances.auth, identify);
  const auditStreams = new AuditStreams(events, upcast, auditStream);
  const ended = new AbortController();
  const verifications = new Verifications(
    (signal) => verify(projections, { events, views, checkpoints, upcast }, { signal, now }),
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
      { provide: Rebuilds, useValue: new Rebuilds(projections, events, checkpoints) },
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
      eventStore: () => events.ping(),
      documentStore: () => views.ping(),
      ...Object.fromEntries(projections.map(({ name }) => [name, () => monitor.requireRunning(name)])),
    },
  });

  const background = keepReadModels(
    projections,
    { events, views, checkpoints, upcast },
    { logger, failures, now, onBatch: (name, count) => projectionMetrics.batch(name, count) },
    ended.signal,
  );
  monitor.start();

  return {
    app,
    close: async () => {
      auditStreams.end();
      await app.close();
      tokens.stop();
      await verifications.stop();
      monitor.stop();
      ended.abort();
      await background;
      await Promise.all([events.close(), views.close()]);
    },
  };
};
