import { Controller, Get, Param, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import { Answers, AnswersCursorPage } from '@rewards/service-kit/open-api';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { positionAt, toCursorAnswer } from '../read-models/page';
import {
  DeadLetterDto,
  ListDeadLettersQuery,
  toDeadLetterDto,
  toWholeDeadLetterDto,
  WholeDeadLetterDto,
} from './dead-letters.dto';
import { GetDeadLetter, ListDeadLetters } from './dead-letters.queries';

@TakesMinPosition()
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(DeadLetterDto)
  async list(@Query() { limit, cursor, ...filter }: ListDeadLettersQuery, @MinPosition() atLeast: ConsistencyToken | null) {
    const found = await this.queries.execute(new ListDeadLetters(filter, positionAt(cursor), limit, atLeast));
    return toCursorAnswer(found, limit, toDeadLetterDto);
  }

  @Get(':id')
  @Answers(200, WholeDeadLetterDto)
  async get(@Param('id') id: string, @MinPosition() atLeast: ConsistencyToken | null) {
    return { data: toWholeDeadLetterDto(await this.queries.execute(new GetDeadLetter(id, atLeast))) };
  }
}
