import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { ConsistencyToken } from '@rewards/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from './access-token';
import { markReplayed } from './idempotency';
import { invalid } from './problem';
import { callerOf, type RequestContext } from './request-context';

const ENTITY_TAG = /^\s*(W\/)?"([^"]*)"\s*$/;

/** What a handler needs of a request beside its path, query and body, and the headers that the answer to a command has. */
export class Call {
  constructor(
    private readonly request: FastifyRequest,
    private readonly reply: FastifyReply,
  ) {}

  /** The account that asks. */
  get caller(): Identity {
    return callerOf(this.request);
  }

  get context(): RequestContext {
    return this.request.context;
  }

  /**
   * The revisions that `If-Match` names: a weak or foreign tag names none; undefined for no header and for `*`.
   * @throws Problem VALIDATION_FAILED for what is no list of tags
   */
  get revisions(): readonly number[] | undefined {
    const ifMatch = this.request.headers['if-match'];
    if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
    return ifMatch.split(',').flatMap((tag) => {
      const [, weak, value = ''] = ENTITY_TAG.exec(tag) ?? [];
      if (!ENTITY_TAG.test(tag)) throw invalid({ field: 'If-Match', message: 'must be the ETag of an event, such as "3"' });
      return weak === undefined && /^\d{1,15}$/.test(value) ? [Number(value)] : [];
    });
  }

  /** @param token of what the command recorded; null when it recorded nothing */
  recorded(token: ConsistencyToken | null): void {
    if (token) void this.reply.header('x-position', token);
  }

  /** @param token null when an earlier request had created it: then the answer is 200 and marked as a repetition */
  created(token: ConsistencyToken | null, location: string): void {
    if (token === null) return markReplayed(this.reply);
    this.recorded(token);
    this.location(location);
  }

  location(path: string): void {
    void this.reply.header('location', path);
  }

  /** @param revision of what the answer shows */
  revision(revision: number): void {
    void this.reply.header('etag', `"${revision}"`);
  }
}

/** The call as a parameter of a handler. */
export const OfCall = createParamDecorator((_: unknown, execution: ExecutionContext): Call => {
  const http = execution.switchToHttp();
  return new Call(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
});
