import { Module, type DynamicModule } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { repeat } from '@rewards/async';
import { streams as names, upcast as currentUpcast, type Upcast } from '@rewards/contracts';
import { deliveryEndpoints } from '@rewards/domain';
import { LEASES, Lease, type DocumentStore } from '@rewards/document-store';
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
import { retry } from '@rewards/service-kit/retry';
import { CommandMetrics } from '../command-metrics';
import { COMMAND_REJECTIONS } from '../commands.problems';
import { retryUntilDamaged } from '../retry-until-damaged';
import { StreamCommandHandler } from '../stream-command.handler';
import { EVENT_STORE, MESSAGE_BUS, Streams } from '../streams';
import { BusSender } from './bus-sender';
import { DeliveriesController } from './deliveries/deliveries.controller';
import { DeliveryViews } from './deliveries/delivery-views';
import { ResendParkedDeliveriesHandler } from './deliveries/resend-parked';
import { DeliveryMetrics } from './dispatcher/delivery-metrics';
import { Dispatcher, DISPATCHER_TASK, receiversText, type DispatcherOptions } from './dispatcher/dispatcher';
import { OpenDeliveries } from './dispatcher/open-deliveries';
import { EndpointSecrets } from './endpoints/endpoint-secrets';
import { EndpointCommands } from './endpoints/endpoints.commands';
import { DeliveryEndpointsController } from './endpoints/endpoints.controller';
import type { Senders } from './sender';
import { checkReceiverUrl, type ReceiverUrlCheck } from './webhook/address-rules';
import { WebhookSender } from './webhook/webhook-sender';

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
  /** Senders to use instead of those of the webhooks and the bus. The service closes them. */
  readonly senders?: Senders;
  readonly dispatcher?: DispatcherOptions;
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
    senders: givenSenders,
    dispatcher: dispatcherOptions = {},
    testMs,
    checkUrl = (url) => checkReceiverUrl(url, { allowPrivate: settings.deliveryAllowPrivate }),
  }: DeliveryServiceOptions = {},
): Promise<DeliveryService> => {
  const metrics = new Metrics('delivery');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const commandMetrics = new CommandMetrics(metrics);
  const newStreams = (): Streams => new Streams(store, { upcast, ...commandMetrics.ofStreams });
  const clock = new Clock(now);
  const streams = newStreams();
  const endpointSecrets = new EndpointSecrets(secrets, store, clock);
  const senders = givenSenders ?? {
    WEBHOOK: new WebhookSender(endpointSecrets, { allowPrivate: settings.deliveryAllowPrivate, now: () => clock.now() }),
    BUS: new BusSender(bus),
  };
  let dispatcher: Dispatcher | null = null;
  const deliveryMetrics = new DeliveryMetrics(metrics, clock, () => dispatcher);
  const tokens = verifyTokensOf(settings.instances.auth, identify);
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
      dispatcher: async () => {
        if (dispatcher?.failure) throw new Error(dispatcher.failure);
      },
    },
    // One endpoint that does not work affects only its own deliveries, so the service is ready.
    reported: {
      endpointSecrets: async () => {
        const lost = await endpointSecrets.lost([...(await readEndpoints()).values()]);
        if (lost.length > 0) throw lost[0] as Error;
      },
      receivers: async () => {
        const text = dispatcher && receiversText(dispatcher);
        if (text) throw new Error(text);
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

  const deliverWhileLeased = async (): Promise<void> => {
    const leases = await documents.collection(LEASES);
    const engines = { store, index: new OpenDeliveries(documents), newStreams, senders, upcast };
    const running = (dispatcher = new Dispatcher(engines, clock, failures, {
      onAttempt: (source, outcome) => deliveryMetrics.observe(source, outcome),
      ...dispatcherOptions,
    }));
    const onError = (error: unknown): void => failures.reportFailure(DISPATCHER_TASK, error);
    const lease = new Lease(leases, { name: 'delivery', onError });
    await lease.hold((signal) => retry(() => running.run(signal), { signal, onError }), shutdown.signal);
  };
  const background = retryUntilDamaged(DISPATCHER_TASK, deliverWhileLeased, failures, shutdown.signal);

  return {
    app,
    close: async () => {
      const resending = app.get(ResendParkedDeliveriesHandler);
      await app.close();
      tokens.stop();
      shutdown.abort();
      await Promise.all([cleaning, resending.stop(), background]);
      await Promise.all(Object.values(senders).map((sender) => sender.close()));
      await Promise.all([store.close(), documents.close(), secrets.close(), bus.close(), views.close()]);
    },
  };
};
