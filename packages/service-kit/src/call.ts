import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { CLIENT_NETWORK_HEADER, isToken, type Actor, type ConsistencyToken } from '@rewards/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from './access-token';
import { markReplayed } from './idempotency';
import { invalid, problem } from './problem';

const ENTITY_TAG = /^\s*(W\/)?"([^"]*)"\s*$/;

export const MIN_POSITION = 'X-Min-Position';
const MAX_NETWORK_LENGTH = 64;

/** The request that causes a message or domain event, as their metadata identifies it. */
export interface Origin {
  readonly correlationId: string;
  readonly traceparent: string;
}

/** A request and the account that sent it. */
export interface Cause extends Origin {
  readonly actor: Actor;
}

/** Gives a handler the parts of a request other than path, query and body, and sets headers of the response. */
export class Call {
  constructor(
    private readonly request: FastifyRequest,
    readonly reply: FastifyReply,
  ) {}

  /** The account that sent the request, from its verified token; never from its path or body. */
  get caller(): Identity {
    const { identity } = this.request.context;
    if (!identity) throw new Error('a route that anyone may call has no caller');
    return identity;
  }

  /** Id and trace of the request. */
  get origin(): Origin {
    const { requestId, traceparent } = this.request.context;
    return { correlationId: requestId, traceparent };
  }

  /** The request and its caller. */
  get cause(): Cause {
    const { accountId, roles } = this.caller;
    return { actor: { accountId, roles }, ...this.origin };
  }

  /**
   * The network of the client as the gateway reports it, or else the address of the connection. Only the internal network can
   * reach this service without the gateway.
   */
  get network(): string {
    const reported = this.request.headers[CLIENT_NETWORK_HEADER];
    return typeof reported === 'string' && reported !== '' ? reported.slice(0, MAX_NETWORK_LENGTH) : this.request.ip;
  }

  /** The write in `X-Min-Position`, which the response must include; null without the header. @throws Problem VALIDATION_FAILED */
  get minPosition(): ConsistencyToken | null {
    const token = this.request.headers[MIN_POSITION.toLowerCase()];
    if (token === undefined) return null;
    if (typeof token !== 'string' || !isToken(token)) {
      throw invalid({ field: MIN_POSITION, message: 'must be the X-Position of a response' });
    }
    return token;
  }

  /** A new signal that aborts when the client closes the connection before its response has been sent. */
  get signal(): AbortSignal {
    const { raw } = this.reply;
    const closed = new AbortController();
    const close = (): void => {
      if (!raw.writableFinished) closed.abort(problem('UNAVAILABLE', { detail: 'The client closed the connection.' }));
    };
    if (raw.destroyed) close();
    else raw.once('close', close);
    return closed.signal;
  }

  /** Returns a request header that was sent once, or undefined. @param name in lower case */
  header(name: string): string | undefined {
    const value = this.request.headers[name];
    return typeof value === 'string' ? value : undefined;
  }

  /**
   * The revisions in `If-Match`, without weak and foreign tags; undefined if the header is missing or `*`.
   * @throws Problem VALIDATION_FAILED if the header is not a list of tags
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

  /** Sets `X-Position`. @param token of the domain event that the command recorded; null if it recorded nothing */
  recorded(token: ConsistencyToken | null): void {
    if (token) void this.reply.header('x-position', token);
  }

  /** Sets the headers of a creation. @param token null if an earlier request created it; the response is then marked as a replay */
  created(token: ConsistencyToken | null, location: string): void {
    if (token === null) return markReplayed(this.reply);
    this.recorded(token);
    this.location(location);
  }

  location(path: string): void {
    void this.reply.header('location', path);
  }

  /** Sets `ETag`. @param revision the revision that the response shows */
  revision(revision: number): void {
    void this.reply.header('etag', `"${revision}"`);
  }
}

/** Documents `X-Min-Position` for every query of a controller. */
export const TakesMinPosition = () =>
  ApiHeader({ name: MIN_POSITION, required: false, description: 'The X-Position of a write that the response must include.' });

/** Injects the call into a parameter of a handler. */
export const OfCall = createParamDecorator((_: unknown, execution: ExecutionContext): Call => {
  const http = execution.switchToHttp();
  return new Call(http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
});
