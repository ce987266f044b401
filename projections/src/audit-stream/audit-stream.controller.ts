import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiProduces } from '@nestjs/swagger';
import { isPosition, START, type Position } from '@rewards/contracts';
import { invalid, type Identity } from '@rewards/service-kit';
import type { Erasures } from '@rewards/service-kit/access-token-erasures';
import { Caller, type Reply } from '@rewards/service-kit/request-context';
import { AuditStreamQuery } from './audit-stream.dto';
import { AuditStreams } from './audit-streams';
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

  /** Ends when the client disconnects or stalls, its token expires, its account is erased, or the service shuts down. */
  @Get('stream')
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: LAST_EVENT_ID, required: false, description: 'The id of the last event seen; it stands above `after`' })
  @ApiOkResponse({ schema: { type: 'string' } })
  async stream(
    @Query() { after, ...filter }: AuditStreamQuery,
    @Headers(LAST_EVENT_ID.toLowerCase()) lastEventId: string | undefined,
    @Caller() { accountId, expiresAt }: Identity,
    @Res() reply: Reply,
  ): Promise<void> {
    const ended = new AbortController();
    const endFor = (reason: EndReason) => () => ended.abort(reason);
    const { frames, close } = await this.streams.open(filter, resumeAfter(lastEventId) ?? after ?? START, ended);
    const expiry = setTimeout(endFor('TOKEN_EXPIRED'), Math.min(MAX_TIMER_MS, Math.max(0, expiresAt * 1_000 - Date.now())));
    const unwatch = this.erasures.watch(accountId, endFor('ACCOUNT_ERASED'));

    reply.hijack();
    const { raw } = reply;
    raw.on('close', endFor('FAILED'));
    try {
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
        'x-accel-buffering': 'no',
      });
      raw.flushHeaders();
      await sendFrames(raw, frames, { signal: ended.signal, stallMs: this.streams.stallMs });
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

/** @throws Problem VALIDATION_FAILED */
const resumeAfter = (lastEventId: string | undefined): Position | null => {
  if (lastEventId === undefined || lastEventId === '') return null;
  if (!isPosition(lastEventId)) throw invalid({ field: LAST_EVENT_ID, message: 'must be the id of an event of this stream' });
  return lastEventId;
};
