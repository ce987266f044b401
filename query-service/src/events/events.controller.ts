import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersPage } from '@rewards/service-kit/open-api';
import { toPageResponse } from '../read-models/page';
import { ListEventsQuery } from './events.requests';
import {
  ListedEventResponse,
  RewardEventResponse,
  toListedEventResponse,
  toRewardEventResponse,
} from '@rewards/service-kit/resources/reward-event.responses';
import { GetEvent, ListEvents } from './events.queries';

@TakesMinPosition()
@Controller('events')
export class EventsController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersPage(ListedEventResponse)
  async list(@Query() { page, limit, ...selection }: ListEventsQuery, @OfCall() { caller, minPosition }: Call) {
    const found = await this.queries.execute(new ListEvents(caller.roles, selection, page, limit, minPosition));
    return toPageResponse(found, page, limit, toListedEventResponse);
  }

  @Get(':eventId')
  @Answers(200, RewardEventResponse)
  async get(@Param('eventId') eventId: string, @OfCall() call: Call) {
    const event = await this.queries.execute(new GetEvent(eventId, call.caller.roles, call.minPosition));
    call.revision(event.revision);
    return { data: toRewardEventResponse(event) };
  }
}
