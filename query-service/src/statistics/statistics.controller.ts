import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers } from '@rewards/service-kit/open-api';
import { StatisticsQuery } from './statistics.requests';
import { StatisticsResponse } from './statistics.responses';
import { GetStatistics } from './statistics.queries';

@TakesMinPosition()
@Controller('events')
export class StatisticsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':eventId/statistics')
  @Answers(200, StatisticsResponse)
  async get(@Param('eventId') eventId: string, @Query() { cycle }: StatisticsQuery, @OfCall() call: Call) {
    const { caller, minPosition, signal } = call;
    return { data: await this.queries.execute(new GetStatistics(eventId, caller.roles, cycle, minPosition, signal)) };
  }
}
