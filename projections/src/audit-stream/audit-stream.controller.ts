import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { START } from '@rewards/contracts';
import type { Identity } from '@rewards/service-kit';
import type { Erasures } from '@rewards/service-kit/access-token-erasures';
import { Caller, type Reply } from '@rewards/service-kit/request-context';
import { AuditStreamQuery } from './audit-stream.requests';
import { AuditStreams, type StreamStart } from './audit-streams';
import type { EndReason } from './frames';
import { sendFrames } from './send-frames';

const LAST_EVENT_ID = 'Last-Event-ID';
/** The longest that a timer can wait. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Provides the accounts that were erased, whose streams end. */
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
  async stream(
    @Query() { after, ...filter }: AuditStreamQuery,
    @Headers(LAST_EVENT_ID.toLowerCase()) lastEventId: string | undefined,
    @Caller() { accountId, expiresAt }: Identity,
    @Res() reply: Reply,
  ): Promise<void> {
    const { raw } = reply;
    const ended = new AbortController();
    const endFor = (reason: EndReason) => () => ended.abort(reason);
    // Before anything is waited for: a connection that closes meanwhile must not leave its stream open.
    raw.once('close', endFor('FAILED'));
    const { frames, close } = await this.streams.open(filter, startOf(lastEventId, after), accountId, ended);
    const expiry = setTimeout(endFor('TOKEN_EXPIRED'), Math.min(MAX_TIMER_MS, Math.max(0, expiresAt * 1_000 - Date.now())));
    const unwatch = this.erasures.watch(accountId, endFor('ACCOUNT_ERASED'));

    reply.hijack();
    try {
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'x-accel-buffering': 'no',
      });
      if (raw.req.method === 'HEAD') return void raw.end();
      raw.flushHeaders();
      await sendFrames(raw, frames, ended.signal);
    } catch {
      // The answer has begun: all that is left to say is that it is over. The client resumes after the last id.
      raw.destroy();
    } finally {
      clearTimeout(expiry);
      unwatch();
      close();
    }
  }
}

const startOf = (lastEventId: string | undefined, after: string | undefined): StreamStart =>
  lastEventId ? { place: lastEventId, field: LAST_EVENT_ID } : { place: after ?? START, field: 'after' };
