import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { Answers, AnswersCursorPage, AnswersList } from '@rewards/service-kit/open-api';
import { positionAt, toCursorResponse } from '../read-models/page';
import { ListDeadLettersQuery } from './dead-letters.requests';
import { toWholeDeadLetterResponse, WholeDeadLetterResponse } from './dead-letters.responses';
import {
  DeadLetterGroupResponse,
  DeadLetterResponse,
  toDeadLetterResponse,
} from '@rewards/service-kit/resources/dead-letter.responses';
import { ListDeadLetterGroups } from './dead-letter-groups.query';
import { GetDeadLetter, ListDeadLetters } from './dead-letters.queries';

@TakesMinPosition()
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(DeadLetterResponse)
  async list(@Query() { limit, cursor, ...filter }: ListDeadLettersQuery, @OfCall() { minPosition }: Call) {
    const found = await this.queries.execute(new ListDeadLetters(filter, positionAt(cursor), limit, minPosition));
    return toCursorResponse(found, limit, toDeadLetterResponse);
  }

  @Get('groups')
  @AnswersList(DeadLetterGroupResponse)
  async listGroups(@OfCall() { minPosition }: Call): Promise<{ data: readonly DeadLetterGroupResponse[] }> {
    return { data: await this.queries.execute(new ListDeadLetterGroups(minPosition)) };
  }

  @Get(':id')
  @Answers(200, WholeDeadLetterResponse)
  async get(@Param('id') id: string, @OfCall() { minPosition }: Call) {
    return { data: toWholeDeadLetterResponse(await this.queries.execute(new GetDeadLetter(id, minPosition))) };
  }
}
