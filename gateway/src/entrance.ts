import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { guardConnections, type Connections } from '@rewards/service-kit/connections';
import type { Logger } from '@rewards/service-kit/logger';
import type { Metrics } from '@rewards/service-kit/metrics';
import { noRoute } from '@rewards/service-kit/problem';
import { DATA_HEADERS } from '@rewards/service-kit/security-headers';
import type { ClientAddresses } from './client-address';
import type { ConnectionCounter } from './connection-limits';
import { beginExchange, exchangeOf, type Exchange } from './exchange';
import { rejected } from './gateway.problems';
import type { RateLimit } from './policies/rate-limit';
import { findFault } from './policies/well-formed';
import { answerWithProblem } from './answer-with-problem';
import { describeTarget } from './target';

export interface EntranceOptions {
  readonly addresses: ClientAddresses;
  readonly connectionCounter: ConnectionCounter;
  /** Throws Problem RATE_LIMITED if a request exceeds a limit. */
  readonly rateLimit: RateLimit;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a client may accept no byte of its response before it is disconnected. */
  readonly stallMs?: number;
}

type Application = (request: IncomingMessage, response: ServerResponse, onUnanswered: (error?: unknown) => void) => void;

const DEFAULT_HEADERS = Object.entries(DATA_HEADERS);

/**
 * Handles requests before express-gateway does. Malformed requests never reach its router, which parses and decodes paths by
 * different rules. Requests that no policy answers get problem+json instead of HTML.
 */
export const interceptRequests = (server: Server, options: EntranceOptions): Connections => {
  const { addresses, connectionCounter, rateLimit, logger, metrics, stallMs } = options;
  const [application] = server.listeners('request') as [Application];

  /** Counts a malformed request, which reaches no policy, against the rate limit. @returns the problem if it exceeds a limit */
  const rateLimitProblem = (exchange: Exchange): unknown => {
    try {
      rateLimit(exchange);
      return null;
    } catch (overLimit) {
      return overLimit;
    }
  };
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const exchange = beginExchange(request, response, addresses);
    response.once('close', () => {
      logAnswer(exchange, logger);
      metrics.observeRequest(...observed(exchange));
    });
    for (const [name, value] of DEFAULT_HEADERS) response.setHeader(name, value);
    // Node loses data that follows a declined upgrade, so the connection must not be reused.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const fault = findFault(request);
    if (fault) answerWithProblem(exchange, rateLimitProblem(exchange) ?? rejected('INVALID_FIELDS', { errors: [fault] }), logger);
    else
      application(request, response, (error) =>
        answerWithProblem(exchange, error ?? noRoute(request.method ?? '', exchange.path), logger),
      );
  };

  // With a limit on their number, Node would silently drop headers instead of rejecting the request. Its parser bounds their size.
  server.maxHeadersCount = 0;
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = 65_000;

  return guardConnections(server, handle, {
    logger,
    admit: (socket) => connectionCounter.admit(socket),
    ...(stallMs === undefined ? {} : { stallMs }),
    onStall: (request) => {
      const route = request ? describeTarget(exchangeOf(request).target) : 'none';
      logger.info({ route }, 'reader disconnected: it accepted no byte for too long');
    },
  });
};

const observed = ({ request, response, target, startedAt }: Exchange): Parameters<Metrics['observeRequest']> => [
  request.method ?? 'unknown',
  describeTarget(target),
  response.statusCode,
  (performance.now() - startedAt) / 1_000,
];

const logAnswer = ({ request, response, target, startedAt, identity, span, requestId }: Exchange, logger: Logger): void => {
  const { statusCode: status, writableFinished: complete } = response;
  // A page that reports a service as not ready is not an error.
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
