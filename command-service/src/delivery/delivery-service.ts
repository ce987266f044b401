import { Module, type DynamicModule } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { repeat } from '@rewards/async';
import { streams as names, upcast as currentUpcast, type Upcast } from '@rewards/contracts';
import { deliveryEndpoints } from '@rewards/domain';
import type { DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import type { Logger, Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { Clock } from '@rewards/service-kit/clock';
import { describeEngines, openDocumentStore, openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { Failures } from '@rewards/service-kit/failures';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { Metrics } from '@rewards/service-kit/metrics';
import { CommandMetrics } from '../command-metrics';
import { COMMAND_REJECTIONS } from '../commands.problems';
import { StreamCommandHandler } from '../stream-command.handler';
import { EVENT_STORE, MESSAGE_BUS, Streams } from '../streams';
import { DeliveriesController } from './deliveries/deliveries.controller';
import { DeliveryViews } from './deliveries/delivery-views';
import { ResendParkedDeliveriesHandler } from './deliveries/resend-parked';
import { EndpointSecrets } from './endpoints/endpoint-secrets';
import { EndpointCommands } from './endpoints/endpoints.commands';
import { DeliveryEndpointsController } from './endpoints/endpoints.controller';
import type { Sender, Senders } from './sender';
import { checkReceiverUrl, type ReceiverUrlCheck } from './webhook/address-rules';

export interface DeliveryServiceOptions {
  /** Returns the current time in milliseconds since 1970. */
  readonly now?: () => number;
  readonly identify?: Identify;
  /** Engines to use instead of those that the settings choose. The service closes them. */
  readonly store?: EventStore;
  /** The database of command-service, with the index of open deliveries, which can be rebuilt from the log. */
  readonly documents?: DocumentStore;
  /** The secrets of the endpoints, which nothing can rebuild. */
  readonly secrets?: DocumentStore;
  readonly bus?: MessageBus;
  /** The read models of the projections service. */
  readonly views?: DocumentStore;
  /** Brings stored domain events of earlier versions to the current shape. */
  readonly upcast?: Upcast;
  readonly senders?: Senders;
  /** How long a test of an endpoint waits for the answer. */
  readonly testMs?: number;
  /** Whether webhooks may go to a URL. */
  readonly checkUrl?: (url: string) => Promise<ReceiverUrlCheck>;
}

/** Pause between two cleanups of secrets that no longer sign. */
const CLEAN_UP_EVERY_MS = 600_000;

export interface DeliveryService {
  readonly app: HttpService;
  /** Stops accepting work, finishes the attempts in flight, and closes the engines. */
  close(): Promise<void>;
}

const CLEAN_UP = 'the cleanup of secrets';

/** Placeholder until the senders are merged. */
const NO_SENDER: Sender = {
  send: async () => ({
    kind: 'retry',
    status: null,
    error: 'This process cannot send to this kind of endpoint.',
    tookMs: 0,
    retryAfterSeconds: null,
    isEndpointDown: true,
  }),
  release: () => undefined,
  close: async () => undefined,
};
const NO_SENDERS: Senders = { WEBHOOK: NO_SENDER, BUS: NO_SENDER };

@Module({})
class DeliveryModule {}

/** Builds the service, and starts the dispatcher. The caller calls `listen`. */
export const createDeliveryService = async (
  settings: Settings,
  logger: Logger,
  {
    now,
    identify,
    upcast = currentUpcast,
    store = openEventStore(settings, 'write'),
    documents = openDocumentStore(settings, 'command', 'write'),
    secrets = openDocumentStore(settings, 'delivery', 'write'),
    bus = openMessageBus(settings),
    views = openDocumentStore(settings, 'views', 'read'),
    senders = NO_SENDERS,
    testMs,
    checkUrl = (url) => checkReceiverUrl(url, { allowPrivate: settings.deliveryAllowPrivate }),
  }: DeliveryServiceOptions = {},
): Promise<DeliveryService> => {
  const metrics = new Metrics('delivery');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const commandMetrics = new CommandMetrics(metrics);
  const streams = new Streams(store, {
    upcast,
    onConflict: () => commandMetrics.conflict(),
    onRetry: () => commandMetrics.retry(),
  });
  const clock = new Clock(now);
  const tokens = verifyTokensOf(settings.instances.auth, identify);

  const endpointSecrets = new EndpointSecrets(secrets, store, clock);
  const readEndpoints = async () => (await streams.of(deliveryEndpoints).load(names.deliveryEndpoints())).state;
  const shutdown = new AbortController();

  const module: DynamicModule = {
    module: DeliveryModule,
    imports: [CqrsModule.forRoot()],
    controllers: [DeliveryEndpointsController, DeliveriesController],
    providers: [
      { provide: EVENT_STORE, useValue: store },
      { provide: MESSAGE_BUS, useValue: bus },
      { provide: Clock, useValue: clock },
      { provide: CommandMetrics, useValue: commandMetrics },
      { provide: Streams, useValue: streams },
      { provide: Failures, useValue: failures },
      { provide: DeliveryViews, useValue: new DeliveryViews(views, store) },
      {
        provide: EndpointCommands,
        useFactory: (commands: CommandBus) =>
          new EndpointCommands(commands, streams, endpointSecrets, senders, checkUrl, clock, testMs),
        inject: [CommandBus],
      },
      StreamCommandHandler,
      ResendParkedDeliveriesHandler,
    ],
  };
  const app = await createHttpService({
    service: 'delivery',
    module,
    logger,
    metrics,
    failures,
    identify: tokens.identify,
    rejections: COMMAND_REJECTIONS,
    readiness: {
      eventStore: () => store.ping(),
      documentStore: () => documents.ping(),
      secrets: () => secrets.ping(),
      messageBus: () => bus.ping(),
    },
    // Deliveries to all other endpoints continue, so the service is ready.
    reported: {
      endpointSecrets: async () => {
        const lost = await endpointSecrets.lost([...(await readEndpoints()).values()]);
        if (lost.length > 0) throw lost[0] as Error;
      },
    },
  });
  const cleaning = repeat(() => endpointSecrets.cleanUp(readEndpoints), {
    everyMs: CLEAN_UP_EVERY_MS,
    signal: shutdown.signal,
    ref: false,
    onSuccess: () => failures.reportSuccess(CLEAN_UP),
    onError: (error) => failures.reportFailure(CLEAN_UP, error),
  });

  return {
    app,
    close: async () => {
      const resending = app.get(ResendParkedDeliveriesHandler);
      await app.close();
      tokens.stop();
      shutdown.abort();
      await Promise.all([cleaning, resending.stop()]);
      await Promise.all([store.close(), documents.close(), secrets.close(), bus.close(), views.close()]);
    },
  };
};
