import { Controller, Get, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import type { Identity } from '@rewards/service-kit';
import { Answers, AnswersPage } from '@rewards/service-kit/open-api';
import { Caller, type Reply } from '@rewards/service-kit/request-context';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { toPageResponse } from '../read-models/page';
import { ListEventsQuery } from './events.requests';
import { RewardEventResponse, toRewardEventResponse } from '@rewards/service-kit/resources/reward-event.responses';
import { GetEvent, ListEvents } from './events.queries';

@TakesMinPosition()
@Controller('events')
export class EventsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersPage(RewardEventResponse)
  async list(
    @Query() { page, limit, status }: ListEventsQuery,
    @Caller() { roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
  ) {
    const found = await this.queries.execute(new ListEvents(roles, status, page, limit, atLeast));
    return toPageResponse(found, page, limit, toRewardEventResponse);
  }

  @Get(':eventId')
  @Answers(200, RewardEventResponse)
  async get(
    @Param('eventId') eventId: string,
    @Caller() { roles }: Identity,
    @MinPosition() atLeast: ConsistencyToken | null,
    @Res({ passthrough: true }) reply: Reply,
  ) {
    const event = await this.queries.execute(new GetEvent(eventId, roles, atLeast));
    void reply.header('etag', `"${event.revision}"`);
    return { data: toRewardEventResponse(event) };
  }
}
