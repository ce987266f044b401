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
import { refuse } from './refusal';
import { describeTarget } from './target';

export interface EntranceOptions {
  readonly addresses: ClientAddresses;
  readonly connectionCounter: ConnectionCounter;
  /** Throws Problem RATE_LIMITED for a request that is over a limit. */
  readonly rateLimit: RateLimit;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** How long a reader may accept no byte. */
  readonly stallMs?: number;
}

type Application = (request: IncomingMessage, response: ServerResponse, unanswered: (error?: unknown) => void) => void;

const DEFAULT_HEADERS = Object.entries(DATA_HEADERS);

/**
 * Puts ourselves before express-gateway's own request handling: a malformed request never reaches its router, which would
 * parse and decode the path by rules of its own, and what no policy answered becomes problem+json instead of its HTML.
 */
export const guardEntrance = (server: Server, options: EntranceOptions): Connections => {
  const { addresses, connectionCounter, rateLimit, logger, metrics, stallMs } = options;
  const [application] = server.listeners('request') as [Application];

  /** Malformed requests reach no policy, but they count as any other. @returns why it is over a limit */
  const limited = (exchange: Exchange): unknown => {
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
    // Node loses what follows an upgrade that it does not take up: nothing must be left on such a connection.
    if (request.headers.upgrade !== undefined) response.shouldKeepAlive = false;
    const fault = findFault(request);
    if (fault) refuse(exchange, limited(exchange) ?? rejected('INVALID_FIELDS', { errors: [fault] }), logger);
    else
      application(request, response, (error) => refuse(exchange, error ?? noRoute(request.method ?? '', exchange.path), logger));
  };

  // Headers over a limit would be hidden from us, not refused; their size in all is bounded by Node's parser.
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
