import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers } from '@rewards/service-kit/open-api';
import { AsOfQuery, CycleQuery, toAsOf } from './time-travel.requests';
import {
  ExplanationResponse,
  PastParticipationResponse,
  toExplanationResponse,
  toPastParticipationResponse,
} from './time-travel.responses';
import { ExplainParticipation, GetParticipationAsOf } from './time-travel.queries';

/** Answers from the log, so that responses include every acknowledged write. */
@TakesMinPosition()
@Controller('participations')
export class TimeTravelController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':eventId/:accountId')
  @Answers(200, PastParticipationResponse)
  async get(@Param('eventId') eventId: string, @Param('accountId') id: string, @Query() query: AsOfQuery, @OfCall() call: Call) {
    const past = new GetParticipationAsOf(eventId, id, query.cycle, toAsOf(query), query, call.minPosition, call.signal);
    return { data: toPastParticipationResponse(await this.queries.execute(past)) };
  }

  @Get(':eventId/:accountId/explain')
  @Answers(200, ExplanationResponse)
  explain(@Param('eventId') eventId: string, @Param('accountId') id: string, @Query() query: CycleQuery, @OfCall() call: Call) {
    const explanation = new ExplainParticipation(eventId, id, query.cycle, call.minPosition, call.signal);
    return this.queries.execute(explanation).then((explained) => ({ data: toExplanationResponse(explained) }));
  }
}
