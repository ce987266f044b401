import { Controller, Get, Param } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import type { Identity } from '@rewards/service-kit';
import { Answers } from '@rewards/service-kit/open-api';
import { Caller, ClientSignal } from '@rewards/service-kit/request-context';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { StatisticsResponse } from './statistics.responses';
import { GetStatistics } from './statistics.queries';

@TakesMinPosition()
@Controller('events')
export class StatisticsController {
  constructor(private readonly queries: QueryBus) {}

  @Get(':eventId/statistics')
  @Answers(200, StatisticsResponse)
  async get(
    @Param('eventId') eventId: string,
    @Caller() { roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
    @ClientSignal() signal: AbortSignal,
  ): Promise<{ data: StatisticsResponse }> {
    return { data: await this.queries.execute(new GetStatistics(eventId, roles, atLeast, signal)) };
  }
}
