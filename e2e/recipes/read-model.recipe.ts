import { insertAfter, type Recipe } from './recipe';

const CONTRACT = 'packages/contracts/src/read-models.ts';
const QUERY_SERVICE = 'query-service/src/query-service.ts';

/** Adds the read model `completions`: the events that each account has completed. */
export const READ_MODEL: Recipe = {
  adds: {
    'projections/src/completions/completions.projection.ts': `import { PREFIXES, type ParticipationEvent } from '@rewards/contracts';
import type { ReadModelProjection } from '../runner/projection';

/** Read model \`completions\`: the events that each account has completed. */
export const completionsProjection: ReadModelProjection<ParticipationEvent, 'completions'> = {
  name: 'completions',
  tableVersion: 1,
  prefixes: [PREFIXES.participation],
  indexes: [],
  key: ({ data }) => data.accountId,
  on: {
    ParticipationStarted: (view) => view,
    LoginCounted: (view) => view,
    EventCompleted: (view, { data }) => ({
      accountId: data.accountId,
      eventIds: [...(view?.eventIds ?? []), data.eventId],
    }),
    RewardClaimed: (view) => view,
  },
};
`,
    'query-service/src/completions/completions.queries.ts': `import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import { ReadModelStore } from '../read-models/read-model-store';

export class GetCompletions extends Query<readonly string[]> {
  constructor(
    readonly accountId: string,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(GetCompletions)
export class GetCompletionsHandler implements IQueryHandler<GetCompletions> {
  constructor(private readonly readModels: ReadModelStore) {}

  async execute({ accountId, atLeast }: GetCompletions): Promise<readonly string[]> {
    const { completions } = await this.readModels.open(['completions'], atLeast);
    return (await completions.get(accountId))?.document.eventIds ?? [];
  }
}
`,
    'query-service/src/completions/completions.controller.ts': `import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiProperty } from '@nestjs/swagger';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers } from '@rewards/service-kit/open-api';
import { GetCompletions } from './completions.queries';

export class CompletionsResponse {
  @ApiProperty({ type: 'string', isArray: true })
  eventIds: readonly string[];
}

@TakesMinPosition()
@Controller('completions')
export class CompletionsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @Answers(200, CompletionsResponse)
  async get(@OfCall() { caller, minPosition }: Call) {
    return { data: { eventIds: await this.queries.execute(new GetCompletions(caller.accountId, minPosition)) } };
  }
}
`,
  },
  changes: [
    insertAfter(
      CONTRACT,
      'export type ReadModelName = keyof ReadModels;',
      `
/** Read model \`completions\`: the events that one account has completed. */
export interface CompletionView {
  readonly accountId: string;
  readonly eventIds: readonly string[];
}`,
    ),
    insertAfter(CONTRACT, '  readonly deadLetters: DeadLetterView;', '  readonly completions: CompletionView;'),
    insertAfter(CONTRACT, '  deadLetters: true,', '  completions: true,'),
    insertAfter(
      'projections/src/read-models.ts',
      "import { claimsProjection } from './claims/claims.projection';",
      "import { completionsProjection } from './completions/completions.projection';",
    ),
    insertAfter('projections/src/read-models.ts', '  claims: claimsProjection,', '  completions: completionsProjection,'),
    [
      QUERY_SERVICE,
      "import { ClaimsController } from './claims/claims.controller';",
      `import { ClaimsController } from './claims/claims.controller';
import { CompletionsController } from './completions/completions.controller';
import { GetCompletionsHandler } from './completions/completions.queries';`,
    ],
    insertAfter(QUERY_SERVICE, '  claims: ClaimsController,', '  completions: CompletionsController,'),
    insertAfter(QUERY_SERVICE, '      GetEventHandler,', '      GetCompletionsHandler,'),
    insertAfter(
      'packages/contracts/src/routes.ts',
      "  get('/participations', 'query', anyRole),",
      "  get('/completions', 'query', anyRole),",
    ),
    [
      'packages/service-kit/src/operations.ts',
      "    'GET /participations': [",
      `    'GET /completions': ['listCompletions', 'Lists the events that the caller has completed'],
    'GET /participations': [`,
    ],
  ],
};
