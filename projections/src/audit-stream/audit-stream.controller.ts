import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { START } from '@rewards/contracts';
import type { Erasures } from '@rewards/service-kit/access-token-erasures';
import { Call, OfCall } from '@rewards/service-kit/call';
import { AuditStreamQuery } from './audit-stream.requests';
import { AuditStreams, type StreamStart } from './audit-streams';
import { sendAuditStream } from './send-audit-stream';

const LAST_EVENT_ID = 'Last-Event-ID';

/** Injection token of the erased accounts, whose streams end. */
export const ERASURES = Symbol('Erasures');

@Controller('audit')
export class AuditStreamController {
  constructor(
    private readonly streams: AuditStreams,
    @Inject(ERASURES) private readonly erasures: Erasures,
  ) {}

  /** Ends when the client disconnects or reads too slowly, its token expires, its account is erased, or the service shuts down. */
  @Get('stream')
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: LAST_EVENT_ID, required: false, description: 'The last id received; takes precedence over `after`' })
  @ApiOkResponse({ schema: { type: 'string' } })
  async stream(@Query() { after, ...filter }: AuditStreamQuery, @OfCall() call: Call): Promise<void> {
    const start = startOf(call.header(LAST_EVENT_ID.toLowerCase()), after);
    await sendAuditStream(call, this.erasures, (ended) => this.streams.open(filter, start, call.caller.accountId, ended));
  }
}

const startOf = (lastEventId: string | undefined, after: string | undefined): StreamStart =>
  lastEventId ? { place: lastEventId, field: LAST_EVENT_ID } : { place: after ?? START, field: 'after' };
