import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { upcast as currentUpcast, type Upcast } from '@rewards/contracts';
import { LEASES, Lease, type DocumentStore } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import type { Logger, Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { Clock } from '@rewards/service-kit/clock';
import { describeEngines, openDocumentStore, openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { Failures, isDamaged } from '@rewards/service-kit/failures';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { Metrics } from '@rewards/service-kit/metrics';
import { retry } from '@rewards/service-kit/retry';
import { CommandMetrics } from '../command-metrics';
import { COMMAND_REJECTIONS } from '../commands.problems';
import { StreamCommandHandler } from '../stream-command.handler';
import { EVENT_STORE, MESSAGE_BUS, Streams } from '../streams';
import { BusSender } from './bus-sender';
import { DeliveryMetrics } from './dispatcher/delivery-metrics';
import { Dispatcher, DISPATCHER_TASK, receiversText, type DispatcherOptions } from './dispatcher/dispatcher';
import { OpenDeliveries } from './dispatcher/open-deliveries';
import type { Sender } from './sender';

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
  readonly senders?: { readonly WEBHOOK: Sender; readonly BUS: Sender };
  readonly dispatcher?: DispatcherOptions;
}

export interface DeliveryService {
  readonly app: HttpService;
  /** Stops accepting work, finishes the attempts in flight, and closes the engines. */
  close(): Promise<void>;
}

@Module({})
class DeliveryModule {}

/** Keeps the deliveries of webhooks pending. */
const withoutWebhooks: Sender = {
  send: async () => ({
    kind: 'retry',
    status: null,
    error: 'This version sends no webhooks.',
    tookMs: 0,
    retryAfterSeconds: null,
    isEndpointDown: true,
  }),
  release: () => undefined,
  close: async () => undefined,
};

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
    senders,
    dispatcher: dispatcherOptions = {},
  }: DeliveryServiceOptions = {},
): Promise<DeliveryService> => {
  const metrics = new Metrics('delivery');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const commandMetrics = new CommandMetrics(metrics);
  const newStreams = (): Streams =>
    new Streams(store, {
      upcast,
      onConflict: () => commandMetrics.conflict(),
      onRetry: () => commandMetrics.retry(),
    });
  const clock = new Clock(now);
  const openDeliveries = new OpenDeliveries(documents);
  // The sender of webhooks belongs here: new WebhookSender(secrets, { allowPrivate: settings.deliveryAllowPrivate, now }).
  const allSenders = senders ?? { WEBHOOK: withoutWebhooks, BUS: new BusSender(bus) };
  let dispatcher: Dispatcher | null = null;
  const deliveryMetrics = new DeliveryMetrics(metrics, clock, () => dispatcher);
  const shutdown = new AbortController();
  const tokens = verifyTokensOf(settings.instances.auth, identify);

  const module: DynamicModule = {
    module: DeliveryModule,
    imports: [CqrsModule.forRoot()],
    controllers: [],
    providers: [
      { provide: EVENT_STORE, useValue: store },
      { provide: MESSAGE_BUS, useValue: bus },
      { provide: Clock, useValue: clock },
      { provide: CommandMetrics, useValue: commandMetrics },
      { provide: Streams, useValue: newStreams() },
      { provide: Failures, useValue: failures },
      { provide: OpenDeliveries, useValue: openDeliveries },
      StreamCommandHandler,
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
    // A receiver that does not work affects only its own deliveries, so the service is ready.
    reported: {
      receivers: async () => {
        const text = dispatcher && receiversText(dispatcher);
        if (text) throw new Error(text);
      },
    },
  });

  const deliverWhileLeased = async (): Promise<void> => {
    const leases = await documents.collection(LEASES);
    const engines = { store, index: openDeliveries, newStreams, senders: allSenders, upcast };
    const running = (dispatcher = new Dispatcher(engines, clock, failures, {
      onAttempt: (source, outcome) => deliveryMetrics.observe(source, outcome),
      ...dispatcherOptions,
    }));
    const onError = (error: unknown): void => failures.reportFailure(DISPATCHER_TASK, error);
    const lease = new Lease(leases, { name: 'delivery', onError });
    await lease.hold((signal) => retry(() => running.run(signal), { signal, onError }), shutdown.signal);
  };
  const onError = (error: unknown): void => failures.reportFailure(DISPATCHER_TASK, error);
  const background = retry(deliverWhileLeased, { signal: shutdown.signal, onError }).catch((error: unknown) => {
    if (isDamaged(error)) onError(error);
  });

  return {
    app,
    close: async () => {
      await app.close();
      tokens.stop();
      shutdown.abort();
      await background;
      await Promise.all([allSenders.WEBHOOK.close(), allSenders.BUS.close()]);
      await Promise.all([store.close(), documents.close(), secrets.close(), bus.close(), views.close()]);
    },
  };
};
