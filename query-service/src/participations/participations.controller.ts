import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import type { Identity } from '@rewards/service-kit';
import { PageQuery } from '@rewards/service-kit/fields';
import { Answers, AnswersCursorPage, AnswersPage } from '@rewards/service-kit/open-api';
import { Caller } from '@rewards/service-kit/request-context';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { positionAt, toCursorResponse, toPageResponse } from '../read-models/page';
import { ListParticipantsQuery } from './participations.requests';
import { ParticipantResponse, ProgressResponse, toParticipantResponse, toProgressResponse } from './participations.responses';
import { GetProgress, ListParticipants, ListParticipations } from './participations.queries';

@TakesMinPosition()
@Controller()
export class ParticipationsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('events/:eventId/progress')
  @Answers(200, ProgressResponse)
  async progress(
    @Param('eventId') eventId: string,
    @Caller() { accountId, roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
  ) {
    return { data: toProgressResponse(await this.queries.execute(new GetProgress(eventId, accountId, roles, atLeast))) };
  }

  @Get('events/:eventId/participations')
  @AnswersCursorPage(ParticipantResponse)
  async listParticipants(
    @Param('eventId') eventId: string,
    @Query() { limit, cursor, ...filter }: ListParticipantsQuery,
    @Caller() { roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
  ) {
    const after = positionAt(cursor);
    const found = await this.queries.execute(new ListParticipants(eventId, filter, roles, after, limit, atLeast));
    return toCursorResponse(found, limit, toParticipantResponse);
  }

  @Get('participations')
  @AnswersPage(ProgressResponse)
  async list(
    @Query() { page, limit }: PageQuery,
    @Caller() { accountId, roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
  ) {
    const found = await this.queries.execute(new ListParticipations(accountId, roles, page, limit, atLeast));
    return toPageResponse(found, page, limit, toProgressResponse);
  }
}
