import { Module, type DynamicModule } from '@nestjs/common';
import { childController } from '@rewards/async';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { upcast as currentUpcast, type Upcast } from '@rewards/contracts';
import { rewardEvent } from '@rewards/domain';
import { LEASES, Lease, type DocumentStore } from '@rewards/document-store';
import { StateCache, type EventStore, type StreamHandlerOptions } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import type { Logger, Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { describeEngines, openDocumentStore, openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import { Failures } from '@rewards/service-kit/failures';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { Metrics } from '@rewards/service-kit/metrics';
import { retry } from '@rewards/service-kit/retry';
import { Clock } from '@rewards/service-kit/clock';
import { CommandMetrics } from './command-metrics';
import { CHECKPOINTS, COUNTER_STATE, DEFERRED } from './counter/checkpoint';
import { Counter } from './counter/counter';
import { reportCounter, uncountedText } from './counter/counter-metrics';
import { DeadLetterGroups, HandleDeadLetterGroupHandler } from './dead-letters/dead-letter-groups';
import { DeadLetterGroupsController, DeadLettersController } from './dead-letters/dead-letters.controller';
import { IntakeMetrics } from './intake/intake-metrics';
import { Intake } from './intake/intake';
import { ParticipationController } from './participation/participation.controller';
import { COMMAND_REJECTIONS } from './commands.problems';
import { Catalogue, CATALOGUE_STATE } from './reward-event/catalogue';
import { RewardEventController } from './reward-event/reward-event.controller';
import { retryUntilDamaged } from './retry-until-damaged';
import { StreamCommandHandler } from './stream-command.handler';
import { EVENT_STORE, MESSAGE_BUS, Streams } from './streams';

export interface CommandServiceOptions {
  /** Returns the current time in milliseconds since 1970. */
  readonly now?: () => number;
  readonly identify?: Identify;
  readonly streams?: Pick<StreamHandlerOptions, 'cache' | 'queue'>;
  /** Engines to use instead of those that the settings choose. The service closes them. */
  readonly store?: EventStore;
  readonly documents?: DocumentStore;
  readonly bus?: MessageBus;
  /** The read models of the projections service. */
  readonly views?: DocumentStore;
  /** Brings stored domain events of earlier versions to the current shape. */
  readonly upcast?: Upcast;
}

export interface CommandService {
  readonly app: HttpService;
  /** Stops accepting work, finishes the work in flight, and closes the engines. */
  close(): Promise<void>;
}

@Module({})
class CommandModule {}

/** Builds the service, and starts the intake and the counter. The caller calls `listen`. */
export const createCommandService = async (
  settings: Settings,
  logger: Logger,
  {
    now,
    identify,
    streams = {},
    upcast = currentUpcast,
    store = openEventStore(settings, 'write'),
    documents = openDocumentStore(settings, 'command', 'write'),
    bus = openMessageBus(settings),
    views = openDocumentStore(settings, 'views', 'read'),
  }: CommandServiceOptions = {},
): Promise<CommandService> => {
  const metrics = new Metrics('command-service');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const commandMetrics = new CommandMetrics(metrics);
  const allStreams = new Streams(store, {
    cache: new StateCache(settings.stateCacheMiB * 1_048_576),
    ...streams,
    upcast,
    ...commandMetrics.ofStreams,
  });
  const catalogue = new Catalogue(store, allStreams.of(rewardEvent), failures, upcast, () =>
    documents.collection(CATALOGUE_STATE),
  );
  const clock = new Clock(now);
  const tokens = verifyTokensOf(settings.instances.auth, identify);
  const shutdown = new AbortController();
  let counter: Counter | null = null;
  reportCounter(metrics, () => counter);

  const module: DynamicModule = {
    module: CommandModule,
    imports: [CqrsModule.forRoot()],
    controllers: [RewardEventController, ParticipationController, DeadLetterGroupsController, DeadLettersController],
    providers: [
      { provide: EVENT_STORE, useValue: store },
      { provide: MESSAGE_BUS, useValue: bus },
      { provide: Catalogue, useValue: catalogue },
      { provide: Clock, useValue: clock },
      { provide: CommandMetrics, useValue: commandMetrics },
      { provide: Streams, useValue: allStreams },
      { provide: Failures, useValue: failures },
      { provide: DeadLetterGroups, useValue: new DeadLetterGroups(views, store) },
      StreamCommandHandler,
      HandleDeadLetterGroupHandler,
    ],
  };
  const app = await createHttpService({
    service: 'command',
    module,
    logger,
    metrics,
    failures,
    identify: tokens.identify,
    rejections: COMMAND_REJECTIONS,
    readiness: {
      eventStore: () => store.ping(),
      documentStore: () => documents.ping(),
      messageBus: () => bus.ping(),
      catalogue: async () => {
        if (catalogue.staleness) throw new Error(COMMAND_REJECTIONS[catalogue.staleness].explain({}));
      },
      counter: async () => {
        if (counter?.failure) throw new Error(counter.failure);
      },
    },
    // Uncounted logins affect single events. All other events are still counted, so the service is ready.
    reported: {
      counting: async () => {
        const uncounted = counter?.uncounted() ?? [];
        if (uncounted.length > 0) throw new Error(uncounted.map(uncountedText).join(' '));
      },
    },
  });
  const commands = app.get(CommandBus);
  const intake = new Intake(bus, store, commands, clock, new IntakeMetrics(metrics, bus), failures);

  const countWhileLeased = async (): Promise<void> => {
    const [checkpoints, deferred, state, leases] = await Promise.all([
      documents.collection(CHECKPOINTS),
      documents.collection(DEFERRED),
      documents.collection(COUNTER_STATE),
      documents.collection(LEASES),
    ]);
    const running = (counter = new Counter({ store, checkpoints, deferred, state, upcast }, commands, clock, failures));
    await new Lease(leases, {
      name: 'counter',
      onError: (error) => failures.reportFailure('the lease of the counter', error),
    }).hold((signal) => countAndSave(running, signal), shutdown.signal);
  };
  /** The instance that counts also saves the catalogue, so that only one does. */
  const countAndSave = async (running: Counter, signal: AbortSignal): Promise<void> => {
    const ended = childController(signal);
    const saving = catalogue.keepSaved(ended.signal);
    try {
      await runWithRetries(running, signal);
    } finally {
      ended.abort();
      await saving;
    }
  };
  const runWithRetries = (running: Counter, signal: AbortSignal) =>
    retry(() => running.run(signal), {
      signal,
      onError: (error) => failures.reportFailure('the counter', error),
    });

  catalogue.start();
  const background = Promise.all([
    retryUntilDamaged('the intake', () => intake.start(), failures, shutdown.signal),
    retryUntilDamaged('the counter', countWhileLeased, failures, shutdown.signal),
  ]);

  return {
    app,
    close: async () => {
      const groups = app.get(HandleDeadLetterGroupHandler);
      await app.close();
      tokens.stop();
      shutdown.abort();
      await Promise.all([background, groups.stop()]);
      await intake.stop();
      await catalogue.stop();
      await Promise.all([store.close(), documents.close(), bus.close(), views.close()]);
    },
  };
};
