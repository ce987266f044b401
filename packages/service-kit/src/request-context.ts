import type { Identity } from './access-token';

/** The context of a request, set before its body is read. */
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
