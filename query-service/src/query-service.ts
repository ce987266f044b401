import { Module, type DynamicModule } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { AccessTokenVerifier, jwksKeySource, type Logger, type Settings } from '@rewards/service-kit';
import type { Identify } from '@rewards/service-kit/access';
import { openDocumentStore, openEventStore } from '@rewards/service-kit/engines';
import { createHttpService, type HttpService } from '@rewards/service-kit/http-service';
import { AccountDirectory } from './accounts/account-directory';
import { AuditController } from './audit/audit.controller';
import { ListAuditHandler } from './audit/audit.queries';
import { ClaimsController } from './claims/claims.controller';
import { ExportClaimsHandler } from './claims/claims-export.query';
import { GetClaimHandler, ListClaimsHandler, ListOwnClaimsHandler } from './claims/claims.queries';
import { Clock } from './clock';
import { DeadLettersController } from './dead-letters/dead-letters.controller';
import { ListDeadLettersHandler } from './dead-letters/dead-letters.queries';
import { EventsController } from './events/events.controller';
import { GetEventHandler, ListEventsHandler } from './events/events.queries';
import { ParticipationsController } from './participations/participations.controller';
import { GetProgressHandler, ListParticipantsHandler, ListParticipationsHandler } from './participations/participations.queries';
import { ReadModelStore } from './read-models/read-model-store';
import { StatisticsController } from './statistics/statistics.controller';
import { GetStatisticsHandler } from './statistics/statistics.queries';
import { ParticipationLog } from './time-travel/participation-log';
import { TimeTravelController } from './time-travel/time-travel.controller';
import { ExplainParticipationHandler, GetParticipationAsOfHandler } from './time-travel/time-travel.queries';

export interface QueryServiceOptions {
  /** Milliseconds since 1970. */
  readonly now?: () => number;
  readonly identify?: Identify;
}

export interface QueryService {
  readonly app: HttpService;
  /** Finishes what is in hand and closes the engines. */
  close(): Promise<void>;
}

@Module({})
class QueryModule {}

/** Builds the service on the engines that the settings choose; it writes to none of them. The caller listens. */
export const createQueryService = async (
  settings: Settings,
  logger: Logger,
  { now, identify }: QueryServiceOptions = {},
): Promise<QueryService> => {
  const views = openDocumentStore(settings, 'views', 'read');
  const accounts = openDocumentStore(settings, 'accounts', 'read');
  const log = openEventStore(settings, 'read');
  const verifier = new AccessTokenVerifier(jwksKeySource(`${settings.urls.auth}/.well-known/jwks.json`));

  const module: DynamicModule = {
    module: QueryModule,
    imports: [CqrsModule.forRoot()],
    controllers: [
      EventsController,
      ParticipationsController,
      ClaimsController,
      AuditController,
      StatisticsController,
      TimeTravelController,
      DeadLettersController,
    ],
    providers: [
      { provide: Clock, useValue: new Clock(now) },
      { provide: ReadModelStore, useValue: new ReadModelStore(views, log) },
      { provide: ParticipationLog, useValue: new ParticipationLog(log) },
      { provide: AccountDirectory, useValue: new AccountDirectory(accounts) },
      GetEventHandler,
      ListEventsHandler,
      GetProgressHandler,
      ListParticipationsHandler,
      ListParticipantsHandler,
      ListClaimsHandler,
      ListOwnClaimsHandler,
      GetClaimHandler,
      ExportClaimsHandler,
      ListAuditHandler,
      GetStatisticsHandler,
      GetParticipationAsOfHandler,
      ExplainParticipationHandler,
      ListDeadLettersHandler,
    ],
  };
  const app = await createHttpService({
    service: 'query',
    module,
    logger,
    identify: identify ?? ((authorization) => verifier.identify(authorization)),
    readiness: { documentStore: () => views.ping(), accountDirectory: () => accounts.ping() },
  });

  return {
    app,
    close: async () => {
      await app.close();
      await Promise.all([views.close(), accounts.close(), log.close()]);
    },
  };
};
