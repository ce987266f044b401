import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { upcast as defaultUpcast, type Upcast, type ReadModelName } from '@rewards/contracts';
import type { Logger, Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { verifyTokensOf } from '@rewards/service-kit/access-token-verification';
import { describeEngines, openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { Failures } from '@rewards/service-kit/failures';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { Metrics } from '@rewards/service-kit/metrics';
import { AccountDirectory } from './accounts/account-directory';
import { AuditController } from './audit/audit.controller';
import { ExportAuditHandler } from './audit/audit-export.query';
import { AuditReader, ListAuditHandler } from './audit/audit.queries';
import { ClaimsController } from './claims/claims.controller';
import { ExportClaimsHandler } from './claims/claims-export.query';
import { ClaimReader, GetClaimHandler, ListClaimsHandler, ListOwnClaimsHandler } from './claims/claims.queries';
import { Clock } from '@rewards/service-kit/clock';
import { Exports } from './exports/exports';
import { HeavyReads } from './heavy-reads';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { DeadLetterLog } from './dead-letters/dead-letter-log';
import { ListDeadLetterGroupsHandler } from './dead-letters/dead-letter-groups.query';
import { GetDeadLetterHandler, ListDeadLettersHandler } from './dead-letters/dead-letters.queries';
import { DeliveriesController } from './deliveries/deliveries.controller';
import { ExportDeliveriesHandler } from './deliveries/deliveries-export.query';
import { DeliveryReader, GetDeliveryHandler, ListDeliveriesHandler } from './deliveries/deliveries.queries';
import { DeliveryEndpointsController } from './deliveries/delivery-endpoints.controller';
import { GetDeliveryEndpointHandler, ListDeliveryEndpointsHandler } from './deliveries/delivery-endpoints.queries';
import { DeliveryLog } from './deliveries/delivery-log';
import { EventsController } from './events/events.controller';
import { GetEventHandler, ListEventsHandler } from './events/events.queries';
import { ParticipationsController } from './participations/participations.controller';
import { ExportParticipantsHandler } from './participations/participants-export.query';
import {
  GetProgressHandler,
  ListParticipantsHandler,
  ListParticipationsHandler,
  ParticipantReader,
} from './participations/participations.queries';
import { PlayersController } from './players/players.controller';
import { FindPlayersHandler, GetPlayerHandler } from './players/players.queries';
import { QUERY_REJECTIONS } from './queries.problems';
import { CountedLogins } from './read-models/counted-logins';
import { ReadModelStore } from './read-models/read-model-store';
import { StatisticsController } from './statistics/statistics.controller';
import { GetStatisticsHandler } from './statistics/statistics.queries';
import { ParticipationLog } from './time-travel/participation-log';
import { TimeTravelController } from './time-travel/time-travel.controller';
import { ExplainParticipationHandler, GetParticipationAsOfHandler } from './time-travel/time-travel.queries';

/** Concurrent reads of whole streams, and how long another one waits. Each reads several streams concurrently. */
const [HEAVY_READS, HEAVY_READ_PATIENCE_MS] = [4, 2_000];
/** Concurrent exports. One lasts as long as its client reads, so another one does not wait for it. */
const EXPORTS = 10;

export interface QueryServiceOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly identify?: Identify;
  /** Brings stored domain events to the current shape. */
  readonly upcast?: Upcast;
}

export interface QueryService {
  readonly app: HttpService;
  /** Finishes the requests in flight and closes the engines. */
  close(): Promise<void>;
}

/** The controller of each read model. A missing one does not compile. */
const CONTROLLERS = {
  events: EventsController,
  participations: ParticipationsController,
  claims: ClaimsController,
  audit: AuditController,
  statistics: StatisticsController,
  deadLetters: DeadLettersController,
  deliveries: DeliveriesController,
} satisfies Readonly<Record<ReadModelName, unknown>>;

@Module({})
class QueryModule {}

/** Builds the service on the engines that the settings select, which it only reads. The caller starts the HTTP listener. */
export const createQueryService = async (
  settings: Settings,
  logger: Logger,
  { now, identify, upcast = defaultUpcast }: QueryServiceOptions = {},
): Promise<QueryService> => {
  const views = openDocumentStore(settings, 'views', 'read');
  const accounts = openDocumentStore(settings, 'accounts', 'read');
  const command = openDocumentStore(settings, 'command', 'read');
  const log = openEventStore(settings, 'read');
  const metrics = new Metrics('query-service');
  const failures = new Failures(logger, { places: describeEngines(settings), metrics });
  const [clock, directory] = [new Clock(now), new AccountDirectory(accounts)];
  const readModels = new ReadModelStore(views, log, new CountedLogins(command, log, clock, upcast));
  const tokens = verifyTokensOf(settings.instances.auth, identify);

  const module: DynamicModule = {
    module: QueryModule,
    imports: [CqrsModule.forRoot()],
    controllers: [...Object.values(CONTROLLERS), DeliveryEndpointsController, TimeTravelController, PlayersController],
    providers: [
      { provide: Clock, useValue: clock },
      { provide: ReadModelStore, useValue: readModels },
      { provide: ParticipationLog, useValue: new ParticipationLog(log, readModels, upcast) },
      { provide: HeavyReads, useValue: new HeavyReads(HEAVY_READS, HEAVY_READ_PATIENCE_MS) },
      { provide: Exports, useValue: new Exports(readModels, new HeavyReads(EXPORTS, 0)) },
      { provide: AccountDirectory, useValue: directory },
      { provide: ParticipantReader, useValue: new ParticipantReader(directory, clock) },
      { provide: ClaimReader, useValue: new ClaimReader(directory, clock) },
      { provide: AuditReader, useValue: new AuditReader(log, upcast, clock) },
      { provide: DeadLetterLog, useValue: new DeadLetterLog(log, upcast) },
      { provide: DeliveryReader, useValue: new DeliveryReader(directory, clock) },
      { provide: DeliveryLog, useValue: new DeliveryLog(log, upcast) },
      GetEventHandler,
      ListEventsHandler,
      GetProgressHandler,
      ListParticipationsHandler,
      ListParticipantsHandler,
      ExportParticipantsHandler,
      ListClaimsHandler,
      ListOwnClaimsHandler,
      GetClaimHandler,
      ExportClaimsHandler,
      ListAuditHandler,
      ExportAuditHandler,
      GetStatisticsHandler,
      GetParticipationAsOfHandler,
      ExplainParticipationHandler,
      FindPlayersHandler,
      GetPlayerHandler,
      ListDeadLettersHandler,
      GetDeadLetterHandler,
      ListDeadLetterGroupsHandler,
      ListDeliveriesHandler,
      ExportDeliveriesHandler,
      GetDeliveryHandler,
      ListDeliveryEndpointsHandler,
      GetDeliveryEndpointHandler,
    ],
  };
  const app = await createHttpService({
    service: 'query',
    module,
    logger,
    metrics,
    failures,
    identify: tokens.identify,
    rejections: QUERY_REJECTIONS,
    readiness: { documentStore: () => views.ping(), accountDirectory: () => accounts.ping() },
  });

  return {
    app,
    close: async () => {
      await app.close();
      tokens.stop();
      await Promise.all([views.close(), accounts.close(), command.close(), log.close()]);
    },
  };
};
