import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Identity } from './access-token';
import { problem } from './problem';

/** What every request carries before its body is read. */
export interface RequestContext {
  readonly requestId: string;
  readonly traceId: string;
  readonly traceparent: string;
  /** Null on routes that need no token. */
  readonly identity: Identity | null;
}

declare module 'fastify' {
  interface FastifyRequest {
    context: RequestContext;
  }
}

const requestOf = (execution: ExecutionContext) => execution.switchToHttp().getRequest<FastifyRequest>();

/** The account that asks, as its verified token says: never what path or body claim. */
export const callerOf = ({ context: { identity } }: FastifyRequest): Identity => {
  if (!identity) throw new Error('a route that anyone may call has no caller');
  return identity;
};

/** The caller as a parameter of a handler. */
export const Caller = createParamDecorator((_: unknown, execution: ExecutionContext): Identity => callerOf(requestOf(execution)));

/** Request id and trace of the request, for metadata of what it causes. */
export const Context = createParamDecorator(
  (_: unknown, execution: ExecutionContext): RequestContext => requestOf(execution).context,
);

/** Aborts when the client closes the connection before its response has been sent: what is read for it alone ends then. */
export const ClientSignal = createParamDecorator((_: unknown, execution: ExecutionContext): AbortSignal => {
  const { raw } = execution.switchToHttp().getResponse<FastifyReply>();
  const closed = new AbortController();
  const close = (): void => {
    if (!raw.writableFinished) closed.abort(problem('UNAVAILABLE', { detail: 'The client closed the connection.' }));
  };
  if (raw.destroyed) close();
  else raw.once('close', close);
  return closed.signal;
});

export type { FastifyReply as Reply, FastifyRequest as Request };
