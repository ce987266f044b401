import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import { Answers } from '@rewards/service-kit/open-api';
import { ClientSignal } from '@rewards/service-kit/request-context';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { AsOfQuery, toAsOf } from './time-travel.requests';
import { ExplanationResponse, PastParticipationResponse, toPastParticipationResponse } from './time-travel.responses';
import { ExplainParticipation, GetParticipationAsOf } from './time-travel.queries';

/** Answers from the log itself, so that every write that was answered is in them. */
@TakesMinPosition()
@Controller('participations')
export class TimeTravelController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':eventId/:accountId')
  @Answers(200, PastParticipationResponse)
  async get(
    @Param('eventId') eventId: string,
    @Param('accountId') accountId: string,
    @Query() query: AsOfQuery,
    @MinPosition() atLeast: ConsistencyToken | null,
    @ClientSignal() signal: AbortSignal,
  ): Promise<{ data: PastParticipationResponse }> {
    const found = await this.queries.execute(new GetParticipationAsOf(eventId, accountId, toAsOf(query), atLeast, signal));
    return { data: toPastParticipationResponse(found) };
  }

  @Get(':eventId/:accountId/explain')
  @Answers(200, ExplanationResponse)
  async explain(
    @Param('eventId') eventId: string,
    @Param('accountId') accountId: string,
    @MinPosition() atLeast: ConsistencyToken | null,
    @ClientSignal() signal: AbortSignal,
  ): Promise<{ data: ExplanationResponse }> {
    return { data: await this.queries.execute(new ExplainParticipation(eventId, accountId, atLeast, signal)) };
  }
}
