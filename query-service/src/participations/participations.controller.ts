import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersCursorPage, AnswersPage } from '@rewards/service-kit/open-api';
import { sendFile } from '../exports/send-file';
import { positionAt, toCursorResponse, toPageResponse } from '../read-models/page';
import { participantsCsv } from './participants-csv';
import { ExportParticipants } from './participants-export.query';
import { ListParticipantsQuery, ListParticipationsQuery, ParticipantFilterQuery, ProgressQuery } from './participations.requests';
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

  @Get('events/:eventId/participations/export')
  @ApiProduces('text/csv')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(@Param('eventId') eventId: string, @Query() filter: ParticipantFilterQuery, @OfCall() call: Call) {
    const { caller, minPosition, signal, reply } = call;
    const pages = await this.queries.execute(new ExportParticipants(eventId, filter, caller.roles, minPosition, signal));
    return sendFile(reply, 'participations.csv', participantsCsv(pages));
  }

  @Get('participations')
  @AnswersPage(ProgressResponse)
  async list(@Query() { page, limit, afterLogin }: ListParticipationsQuery, @OfCall() { caller, minPosition }: Call) {
    const list = new ListParticipations(caller.accountId, caller.roles, page, limit, minPosition, afterLogin ?? null);
    return toPageResponse(await this.queries.execute(list), page, limit, toProgressResponse);
  }
}
