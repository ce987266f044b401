import { Controller, Get, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import type { AuditEntry } from '@rewards/contracts';
import { Call, OfCall, TakesMinPosition } from '@rewards/service-kit/call';
import { AnswersCursorPage } from '@rewards/service-kit/open-api';
import { sendFile } from '../exports/send-file';
import { orderAt, toOrderedResponse } from '../read-models/order';
import { ExportAudit } from './audit-export.query';
import { AuditFilterQuery, ListAuditQuery } from './audit.requests';
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

  @Get('export')
  @ApiProduces('application/x-ndjson')
  @ApiOkResponse({ schema: { type: 'string' } })
  async export(@Query() filter: AuditFilterQuery, @OfCall() { minPosition, signal, reply }: Call) {
    const pages = await this.queries.execute(new ExportAudit(filter, minPosition, signal));
    return sendFile(reply, 'audit.ndjson', auditLines(pages));
  }
}

/** Formats domain events as one line each, in one chunk for each page. */
async function* auditLines(pages: AsyncIterable<readonly AuditEntry[]>): AsyncGenerator<string, void, undefined> {
  for await (const rows of pages) yield rows.map((row) => `${JSON.stringify(toAuditResponse(row))}\n`).join('');
}
