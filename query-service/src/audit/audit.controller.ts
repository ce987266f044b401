import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { AnswersCursorPage } from '@rewards/service-kit/open-api';
import { orderAt, toOrderedResponse } from '../read-models/order';
import { ListAuditQuery } from './audit.requests';
import { AuditResponse, toAuditResponse } from './audit.responses';
import { ListAudit } from './audit.queries';

@TakesMinPosition()
@Controller('audit')
export class AuditController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @AnswersCursorPage(AuditResponse)
  async list(@Query() { limit, cursor, ...filter }: ListAuditQuery, @OfCall() { minPosition }: Call) {
    const found = await this.queries.execute(new ListAudit(filter, orderAt(cursor), limit, minPosition));
    return toOrderedResponse(found, limit, toAuditResponse);
  }
}
