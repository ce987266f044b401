import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { type ConsistencyToken, isPosition, type Position } from '@rewards/contracts';
import { invalid } from '@rewards/service-kit';
import { AnswersCursorPage } from '@rewards/service-kit/open-api';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { DeadLetterDto, ListDeadLettersQuery, toDeadLetterDto } from './dead-letters.dto';
import { ListDeadLetters } from './dead-letters.queries';

@TakesMinPosition()
@Controller('dead-letters')
export class DeadLettersController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(DeadLetterDto)
  async list(@Query() { limit, cursor, ...filter }: ListDeadLettersQuery, @MinPosition() atLeast: ConsistencyToken | null) {
    const { rows, next } = await this.queries.execute(new ListDeadLetters(filter, positionOf(cursor), limit, atLeast));
    return { data: rows.map(toDeadLetterDto), page: { limit, next } };
  }
}

/** @throws Problem VALIDATION_FAILED */
const positionOf = (cursor: string | undefined): Position | null => {
  if (cursor === undefined) return null;
  if (!isPosition(cursor)) throw invalid({ field: 'cursor', message: 'must be the next of an earlier page' });
  return cursor;
};
