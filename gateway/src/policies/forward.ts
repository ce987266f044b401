import { EventEmitter } from 'node:events';
import type { Route } from '@rewards/contracts';
import { noRoute, problem, type Problem } from '@rewards/service-kit/problem';
import type { Exchange } from '../exchange';
import type { Upstreams } from '../upstreams';
import type { Outcome, Policy } from './policy';
import { downstreamHeaders, upstreamHeaders } from './upstream-headers';

export interface ForwardOptions {
  readonly upstreams: Upstreams;
  readonly trustProxy: boolean;
  /** How long a service may take to begin its answer, and between two pieces of it. */
  readonly timeoutMs: number;
}

/** Answers that go on for as long as somebody reads them. */
const WITHOUT_TIME_LIMIT: ReadonlySet<string> = new Set(['/audit/stream', '/claims/export']);

/** @returns milliseconds; 0 is no limit */
export const timeLimitOf = ({ path }: Route, timeoutMs: number): number => (WITHOUT_TIME_LIMIT.has(path) ? 0 : timeoutMs);

/** Sends the request to the service of its route, and the answer back piece by piece. A client that leaves ends both. */
export const createForward =
  (options: ForwardOptions): Policy =>
  (exchange) => {
    if (exchange.target.kind !== 'route') throw noRoute(exchange.request.method ?? '', exchange.path);
    return relay(exchange, exchange.target.route, options);
  };

const relay = (exchange: Exchange, route: Route, { upstreams, trustProxy, timeoutMs }: ForwardOptions): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const { request, response, body } = exchange;
    if (response.destroyed) return resolve('answered');
    const clientLeft = new EventEmitter();
    response.once('close', () => {
      if (!response.writableFinished) clientLeft.emit('abort');
    });
    const limit = timeLimitOf(route, timeoutMs);
    upstreams.of(route.service).stream(
      {
        // The target as it came: it is canonical, so the service reads in it what we did.
        path: request.url as string,
        method: route.method,
        headers: upstreamHeaders({
          rawHeaders: request.rawHeaders,
          connection: request.headers.connection,
          trustProxy,
          hasBody: body !== null,
          requestId: exchange.requestId,
          traceparent: exchange.span.traceparent,
          identity: exchange.identity,
        }),
        body,
        signal: clientLeft,
        headersTimeout: limit,
        bodyTimeout: limit,
      },
      ({ statusCode, headers }) => {
        for (const [name, value] of downstreamHeaders(headers)) {
          if (name === 'vary') response.appendHeader(name, value);
          else response.setHeader(name, value);
        }
        response.writeHead(statusCode);
        // An answer without a length may be a stream whose first piece is far away: its reader wants to know that it began.
        if (headers['content-length'] === undefined) response.flushHeaders();
        return response;
      },
      (error) => {
        if (error && !response.headersSent && !response.destroyed) reject(upstreamProblem(error));
        else resolve('answered');
      },
    );
  });

const AWAY: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'UND_ERR_CLOSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_DESTROYED',
]);
const TOO_LATE: ReadonlySet<unknown> = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);

/** What a failed request to a service means to the client. */
export const upstreamProblem = (error: Error): Problem => {
  const { code } = error as { code?: unknown };
  const refusal = AWAY.has(code)
    ? problem('UNAVAILABLE', { detail: 'The service is unavailable. Retry the same request.' })
    : problem(TOO_LATE.has(code) ? 'UPSTREAM_TIMEOUT' : 'BAD_GATEWAY');
  refusal.cause = error;
  return refusal;
};
