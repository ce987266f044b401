import { Module, type DynamicModule } from '@nestjs/common';
import { upcast as defaultUpcast, type Upcast } from '@rewards/contracts';
import type { Logger, Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import { describeEngines, openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { Failures, type Engine } from '@rewards/service-kit/failures';
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
import type { AnyProjection } from './runner/projection';
import type { Background } from './threads/background';
import { BackgroundInThisThread } from './threads/this-thread';
import { BackgroundThreads, compiledThreads, type StartThread } from './threads/threads';
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
  /** Starts the threads that fold and verify; with engines or functions that cannot be passed to one, this thread does it. */
  readonly startThread?: StartThread | null;
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
  options: ProjectionsOptions = {},
): Promise<Projections> => {
  const { identify, now, projections = PROJECTIONS, auditStream, stallMs, upcast = defaultUpcast } = options;
  const startThread = needsThisThread(options) ? null : (options.startThread ?? compiledThreads);
  const { store = openEventStore(settings, 'read') } = options;
  // The folding thread has the only connection that writes.
  const { views = openDocumentStore(settings, 'views', startThread ? 'read' : 'write') } = options;
  const checkpoints = new Checkpoints(views, now);
  const metrics = new Metrics('projections');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const onBatch = (name: string, events: number): void => projectionMetrics.batch(name, events);
  const background: Background = startThread
    ? new BackgroundThreads(settings, failures, { onBatch }, startThread)
    : new BackgroundInThisThread(projections, { store, views, checkpoints, upcast }, { logger, failures, now, onBatch });
  const monitor = new Monitor(projections, store, checkpoints, now, () => background.requireEngine('eventStore'));
  const projectionMetrics = new ProjectionMetrics(metrics, monitor);
  const tokens = verifyTokensOf(settings.instances.auth, identify);
  const auditStreams = new AuditStreams(store, upcast, auditStream);
  const verifications = new Verifications((signal) => background.verify(signal), logger, now);
  const requireEngine = async (engine: Engine, { ping }: Pick<EventStore, 'ping'>): Promise<void> => {
    background.requireEngine(engine);
    await ping();
  };
  const requireReadModel = async (name: string): Promise<void> => {
    background.requireFolding();
    await monitor.requireRunning(name);
  };

  const module: DynamicModule = {
    module: ProjectionsModule,
    controllers: [ProjectionsController, AuditStreamController, VerificationController],
    providers: [
      { provide: Verifications, useValue: verifications },
      { provide: Monitor, useValue: monitor },
      { provide: AuditStreams, useValue: auditStreams },
      { provide: ERASURES, useValue: tokens.erasures },
      { provide: Rebuilds, useValue: new Rebuilds(projections, ({ name }) => background.rebuild(name)) },
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
      eventStore: () => requireEngine('eventStore', { ping: () => store.ping() }),
      documentStore: () => requireEngine('documentStore', { ping: () => views.ping() }),
      ...Object.fromEntries(projections.map(({ name }) => [name, () => requireReadModel(name)])),
    },
  });

  monitor.start();

  return {
    app,
    close: async () => {
      auditStreams.endAll();
      await app.close();
      tokens.stop();
      await verifications.stop();
      monitor.stop();
      await background.stop();
      await Promise.all([store.close(), views.close()]);
    },
  };
};

/** Whether the options contain what cannot be passed to another thread. */
const needsThisThread = ({ projections, upcast, now, store, views }: ProjectionsOptions): boolean =>
  [projections, upcast, now, store, views].some((option) => option !== undefined);
