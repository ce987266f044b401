import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from '@rewards/service-kit/logger';
import { invalid, problem } from '@rewards/service-kit/problem';
import { beginExchange, type Exchange } from './exchange';
import { setSecurityHeaders } from './policies/security-headers';
import { findFault } from './policies/well-formed';
import { rawRefusal, refuse } from './refusal';
import { describeTarget } from './target';

export interface EntranceOptions {
  readonly trustProxy: boolean;
  readonly logger: Logger;
}

type Application = (request: IncomingMessage, response: ServerResponse, unanswered: (error?: unknown) => void) => void;

/**
 * Puts ourselves before express-gateway's own request handling: a malformed request never reaches its router, which would
 * parse and decode the path by rules of its own, and what no policy answered becomes problem+json instead of its HTML.
 */
export const guardEntrance = (server: Server, { trustProxy, logger }: EntranceOptions): void => {
  const [application] = server.listeners('request') as [Application];
  server.removeAllListeners('request');

  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const exchange = beginExchange(request, response, trustProxy);
    response.once('close', () => logAnswer(exchange, logger));
    setSecurityHeaders(response);
    // Node loses what follows an upgrade that it does not take up: nothing must be left on such a connection.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const fault = findFault(request);
    if (fault) refuse(exchange, invalid(fault), logger);
    else application(request, response, (error) => refuse(exchange, error ?? problem('NOT_FOUND'), logger));
  };
  server.on('request', handle);
  server.on('checkExpectation', handle);
  server.on('clientError', (_error: Error, socket: Duplex) => refuseBytes(socket, logger));
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => refuseBytes(socket, logger));

  // Node's own answer to a missing Host has no body.
  Object.assign(server, { requireHostHeader: false });
  // Headers over a limit would be hidden from us, not refused; their size in all is bounded by Node's parser.
  server.maxHeadersCount = 0;
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;
};

const logAnswer = ({ request, response, target, startedAt, identity, span, requestId }: Exchange, logger: Logger): void => {
  const { statusCode: status, writableFinished: complete } = response;
  // A page that says that a service is not ready has done its work.
  logger[status >= 500 && target.kind !== 'page' ? 'info' : 'debug'](
    {
      method: request.method,
      route: describeTarget(target),
      status,
      complete,
      ms: Math.round(performance.now() - startedAt),
      accountId: identity?.accountId,
      traceId: span.traceId,
      requestId,
    },
    'request',
  );
};

type HttpSocket = Duplex & { readonly _httpMessage?: { readonly headersSent: boolean } };

/** The parser gave up on the connection: one answer, unless it would land in the middle of another, and the end. */
const refuseBytes = (socket: HttpSocket, logger: Logger): void => {
  if (socket.writable && !socket._httpMessage?.headersSent) {
    socket.end(rawRefusal(invalid({ field: 'request', message: 'is not valid HTTP' }), logger), () => socket.destroy());
  } else socket.destroy();
};
