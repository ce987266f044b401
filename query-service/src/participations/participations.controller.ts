import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersCursorPage, AnswersPage } from '@rewards/service-kit/open-api';
import { positionAt, toCursorResponse, toPageResponse } from '../read-models/page';
import { ListParticipantsQuery, ListParticipationsQuery, ProgressQuery } from './participations.requests';
import {
  OwnProgressResponse,
  ParticipantResponse,
  ProgressResponse,
  toOwnProgressResponse,
  toParticipantResponse,
  toProgressResponse,
} from './participations.responses';
import { GetProgress, ListParticipants, ListParticipations } from './participations.queries';

@TakesMinPosition()
@Controller()
export class ParticipationsController {
  constructor(private readonly queries: QueryBus) {}

  @Get('events/:eventId/progress')
  @Answers(200, OwnProgressResponse)
  async progress(@Param('eventId') eventId: string, @Query() query: ProgressQuery, @OfCall() { caller, minPosition }: Call) {
    const { accountId, roles } = caller;
    const progress = new GetProgress(eventId, accountId, roles, query.cycle, minPosition, query.afterLogin ?? null);
    return { data: toOwnProgressResponse(await this.queries.execute(progress)) };
  }

  @Get('events/:eventId/participations')
  @AnswersCursorPage(ParticipantResponse)
  async listParticipants(@Param('eventId') eventId: string, @Query() query: ListParticipantsQuery, @OfCall() call: Call) {
    const { limit, cursor, ...filter } = query;
    const list = new ListParticipants(eventId, filter, call.caller.roles, positionAt(cursor), limit, call.minPosition);
    return toCursorResponse(await this.queries.execute(list), limit, toParticipantResponse);
  }

  @Get('participations')
  @AnswersPage(ProgressResponse)
  async list(@Query() { page, limit, afterLogin }: ListParticipationsQuery, @OfCall() { caller, minPosition }: Call) {
    const list = new ListParticipations(caller.accountId, caller.roles, page, limit, minPosition, afterLogin ?? null);
    return toPageResponse(await this.queries.execute(list), page, limit, toProgressResponse);
  }
}
