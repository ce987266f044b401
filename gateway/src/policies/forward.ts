import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { isEndless, NOT_PROCESSED_HEADER, TIME_LIMITS, type Rejected, type Route } from '@rewards/contracts';
import { noRoute } from '@rewards/service-kit/problem';
import { ServiceStoppingError } from '../confirmed-connection';
import type { Exchange } from '../exchange';
import { rejected, type GatewayReason } from '../gateway.problems';
import type { Upstream, Upstreams } from '../upstreams';
import type { Outcome, Policy } from './policy';
import { downstreamHeaders, upstreamHeaders } from './upstream-headers';

export interface ForwardOptions {
  readonly upstreams: Upstreams;
  /** How long a service may take to start its response, and between two chunks of it. */
  readonly timeoutMs: number;
}

/** Forwards the request to the service of its route, and streams the response back. Aborts both if the client disconnects. */
export const createForward =
  (options: ForwardOptions): Policy =>
  (exchange) => {
    if (exchange.target.kind !== 'route') throw noRoute(exchange.request.method ?? '', exchange.path);
    return relay(exchange, exchange.target.route, options);
  };

/** Minimum even for a single URL, because its host name may resolve to several instances. */
const MIN_ATTEMPTS = 3;

/** Tries the instances in turn, and continues only if the previous one certainly did not process the request. */
const relay = async (exchange: Exchange, route: Route, { upstreams, timeoutMs }: ForwardOptions): Promise<Outcome> => {
  const instances = upstreams.of(route.service);
  const attempts = Math.max(MIN_ATTEMPTS, instances.length);
  for (let attempt = 1; ; attempt += 1) {
    const instance = instances[(attempt - 1) % instances.length];
    if (!instance) throw new Error(`no instance of ${route.service} is configured`);
    try {
      return await send(exchange, route, instance, timeoutMs);
    } catch (error) {
      if (error instanceof ServiceStoppingError) instance.markStopping();
      if (attempt === attempts || !isUnprocessed(error)) throw upstreamRejection(error as Error);
    }
  }
};

/** @returns the time limit in milliseconds until the response must start; 0 for no limit, for endless responses */
export const timeLimitOf = ({ path }: Route, timeoutMs: number): number => {
  if (isEndless(path)) return 0;
  return path === '/auth/refresh' ? Math.min(timeoutMs, TIME_LIMITS.refreshMs) : timeoutMs;
};

const send = (exchange: Exchange, route: Route, { pool }: Upstream, timeoutMs: number): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const { request, response, body } = exchange;
    if (response.destroyed) return resolve('answered');
    const clientDisconnected = new EventEmitter();
    const onClose = (): void => {
      if (!response.writableFinished) clientDisconnected.emit('abort');
    };
    response.once('close', onClose);
    const limit = timeLimitOf(route, timeoutMs);
    let isStopping = false;
    pool.stream(
      {
        // The unchanged target. It is canonical, so the service parses it the same way.
        path: request.url as string,
        method: request.method === 'HEAD' ? 'HEAD' : route.method,
        headers: upstreamHeaders({
          rawHeaders: request.rawHeaders,
          connection: request.headers.connection,
          trustProxy: exchange.isFromTrustedProxy,
          hasBody: body !== null,
          requestId: exchange.requestId,
          traceparent: exchange.span.traceparent,
          clientNetwork: route.service === 'auth' ? exchange.sender.subnet : undefined,
          identity: exchange.identity,
        }),
        body,
        signal: clientDisconnected,
        headersTimeout: limit,
        bodyTimeout: limit,
      },
      ({ statusCode, headers }) => {
        isStopping = headers[NOT_PROCESSED_HEADER] !== undefined;
        if (isStopping) return new Writable({ write: (_chunk, _encoding, done) => done() });
        for (const [name, value] of downstreamHeaders(headers)) {
          if (name === 'vary') response.appendHeader(name, value);
          // Services send the same default headers as the gateway. Comparing one is cheaper than validating and storing it again.
          else if (response.getHeader(name) !== value) response.setHeader(name, value);
        }
        response.writeHead(statusCode);
        // A response without a length may be a stream whose first chunk is a long time away. Show the client that it has started.
        if (headers['content-length'] === undefined) response.flushHeaders();
        return response;
      },
      (error) => {
        response.off('close', onClose);
        if (isStopping) reject(new ServiceStoppingError());
        else if (error && !response.headersSent && !response.destroyed) reject(error);
        else resolve('answered');
      },
    );
  });

const UNPROCESSED: ReadonlySet<unknown> = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ENOTFOUND',
  'SERVICE_STOPPING',
  'UND_ERR_CLOSED',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Whether a request certainly had no effect: no connection was established, or the service did not start processing it. */
const isUnprocessed = (error: unknown): boolean => {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return UNPROCESSED.has(code) || syscall === 'connect';
};

const TIMEOUTS: ReadonlySet<unknown> = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);

/** Maps the error of a request to a service to the rejection for the client. */
export const upstreamRejection = (error: Error): Rejected<GatewayReason> => {
  const { code } = error as { code?: unknown };
  if (isUnprocessed(error)) return rejected('SERVICE_UNREACHABLE', {}, error);
  return rejected(TIMEOUTS.has(code) ? 'SERVICE_TOO_SLOW' : 'SERVICE_FAILED', {}, error);
};
