import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import { AnswersCursorPage } from '@rewards/service-kit/open-api';
import { MinPosition, TakesMinPosition } from '../read-models/min-position';
import { orderAt, toOrderedAnswer } from '../read-models/order';
import { AuditDto, ListAuditQuery, toAuditDto } from './audit.dto';
import { ListAudit } from './audit.queries';

@TakesMinPosition()
@Controller('audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(AuditDto)
  async list(@Query() { limit, cursor, ...filter }: ListAuditQuery, @MinPosition() atLeast: ConsistencyToken | null) {
    const found = await this.queries.execute(new ListAudit(filter, orderAt(cursor), limit, atLeast));
    return toOrderedAnswer(found, limit, toAuditDto);
  }
}
