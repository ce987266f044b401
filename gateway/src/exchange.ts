import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Identity } from '@rewards/service-kit/access-token';
import { bodyOf, type IncomingBody } from '@rewards/service-kit/incoming-body';
import type { Problem } from '@rewards/service-kit/problem';
import { requestIdOf } from '@rewards/service-kit/request-head';
import { beginRequestSpan, type SpanIds } from '@rewards/service-kit/tracing';
import type { Sender } from '@rewards/service-kit/addresses';
import type { ClientAddresses } from './client-address';
import { describeTarget, resolveTarget, type Target } from './target';

/** A request in the policy pipeline, with the data that the policies add to it. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  /** A span in the client's trace, or in a new one. */
  readonly span: SpanIds;
  readonly sender: Sender;
  /** Whether the peer is a trusted proxy, so that its forwarding headers are used. */
  readonly isFromTrustedProxy: boolean;
  /** The raw path without the query. */
  readonly path: string;
  readonly target: Target;
  readonly startedAt: number;
  /** The caller; null without a valid token, and on targets that need no token. */
  identity: Identity | null;
  /** Why a required token is missing or invalid. `authorize` throws it, after the request was counted against the rate limit. */
  denial: Problem | null;
  /** The incoming body; null if the headers announce none. */
  readonly incoming: IncomingBody | null;
  /** The complete body, of a bounded size; null if there is none. */
  body: Buffer | null;
}

const exchanges = new WeakMap<IncomingMessage, Exchange>();

/** Begins the exchange of a request, and sets `X-Request-Id` on its response. */
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

/** Returns the exchange of a request. */
export const exchangeOf = (request: IncomingMessage): Exchange => {
  const exchange = exchanges.get(request);
  if (!exchange) throw new Error('a request reached the policies without an exchange');
  return exchange;
};
