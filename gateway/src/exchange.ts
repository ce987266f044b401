import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '@rewards/service-kit/access-token';
import { bodyOf, type IncomingBody } from '@rewards/service-kit/incoming-body';
import type { Problem } from '@rewards/service-kit/problem';
import { requestIdOf } from '@rewards/service-kit/request-head';
import { beginRequestSpan, type SpanIds } from '@rewards/service-kit/tracing';
import type { Sender } from '@rewards/service-kit/addresses';
import type { ClientAddresses } from './client-address';
import { describeTarget, resolveTarget, type Target } from './target';

/** One request on its way through the policies, and what they have found out about it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** Of the client's trace, or of a new one. */
  readonly span: SpanIds;
  readonly sender: Sender;
  /** Whether the proxy that sent it is believed about the client. */
  readonly isFromTrustedProxy: boolean;
  /** Raw path, without the query. */
  readonly path: string;
  readonly target: Target;
  readonly startedAt: number;
  /** Who asks; null for nobody and where nobody needs to be known. */
  identity: Identity | null;
  /** Why a token that is needed is no good: said only after it was counted against the rate limit. */
  denial: Problem | null;
  /** The body as it arrives; null when none is announced. */
  readonly incoming: IncomingBody | null;
  /** The whole body, of a bounded size; null when there is none. */
  body: Buffer | null;
}

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** Begins the exchange of a request; every answer to it carries its id. */
export const beginExchange = (request: IncomingMessage, response: ServerResponse, addresses: ClientAddresses): Exchange => {
  const requestId = requestIdOf(request);
  const path = (request.url ?? '').split('?', 1)[0] ?? '';
  const target = resolveTarget(request.method ?? '', path);
  const exchange: Exchange = {
    request,
    response,
    requestId,
    span: beginRequestSpan(describeTarget(target), request, response),
    sender: addresses.senderOf(request),
    isFromTrustedProxy: addresses.peerOf(request.socket).isTrustedProxy,
    path,
    target,
    startedAt: performance.now(),
    identity: null,
    denial: null,
    incoming: bodyOf(request),
    body: null,
  };
  exchanges.set(request, exchange);
  response.setHeader('X-Request-Id', requestId);
  return exchange;
};

/** The exchange that a request began. */
export const exchangeOf = (request: IncomingMessage): Exchange => {
  const exchange = exchanges.get(request);
  if (!exchange) throw new Error('a request got past the entrance');
  return exchange;
};
