import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { isEndless, NOT_PROCESSED, TIME_LIMITS, type Rejected, type Route } from '@rewards/contracts';
import { noRoute } from '@rewards/service-kit/problem';
import { ServiceStopping } from '../confirmed-connection';
import type { Exchange } from '../exchange';
import { rejected, type GatewayReason } from '../gateway.problems';
import type { Upstream, Upstreams } from '../upstreams';
import type { Outcome, Policy } from './policy';
import { downstreamHeaders, upstreamHeaders } from './upstream-headers';

export interface ForwardOptions {
  readonly upstreams: Upstreams;
  /** How long a service may take to begin its answer, and between two pieces of it. */
  readonly timeoutMs: number;
}

/** Sends the request to the service of its route, and the answer back piece by piece. A client that leaves ends both. */
export const createForward =
  (options: ForwardOptions): Policy =>
  (exchange) => {
    if (exchange.target.kind !== 'route') throw noRoute(exchange.request.method ?? '', exchange.path);
    return relay(exchange, exchange.target.route, options);
  };

/** A single URL may be a name of several instances: another connection may reach another one. */
const MIN_ATTEMPTS = 3;

/** Instances are tried in turn, but only where the one before provably did not process the request. */
const relay = async (exchange: Exchange, route: Route, { upstreams, timeoutMs }: ForwardOptions): Promise<Outcome> => {
  const instances = upstreams.of(route.service);
  const attempts = Math.max(MIN_ATTEMPTS, instances.length);
  for (let attempt = 1; ; attempt += 1) {
    const instance = instances[(attempt - 1) % instances.length];
    if (!instance) throw new Error(`${route.service} has no instance`);
    try {
      return await send(exchange, route, instance, timeoutMs);
    } catch (error) {
      if (error instanceof ServiceStopping) instance.doubt();
      if (attempt === attempts || !isUnprocessed(error)) throw upstreamRejection(error as Error);
    }
  }
};

/** @returns milliseconds until the answer must begin; 0: no limit, where it has no end */
export const timeLimitOf = ({ path }: Route, timeoutMs: number): number => {
  if (isEndless(path)) return 0;
  return path === '/auth/refresh' ? Math.min(timeoutMs, TIME_LIMITS.refreshMs) : timeoutMs;
};

const send = (exchange: Exchange, route: Route, { pool }: Upstream, timeoutMs: number): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const { request, response, body } = exchange;
    if (response.destroyed) return resolve('answered');
    const clientLeft = new EventEmitter();
    const onClose = (): void => {
      if (!response.writableFinished) clientLeft.emit('abort');
    };
    response.once('close', onClose);
    const limit = timeLimitOf(route, timeoutMs);
    let isStopping = false;
    pool.stream(
      {
        // The target as it came: it is canonical, so the service reads in it what we did.
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
        signal: clientLeft,
        headersTimeout: limit,
        bodyTimeout: limit,
      },
      ({ statusCode, headers }) => {
        isStopping = headers[NOT_PROCESSED] !== undefined;
        if (isStopping) return new Writable({ write: (_chunk, _encoding, done) => done() });
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
        response.off('close', onClose);
        if (isStopping) reject(new ServiceStopping());
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

/** Whether a request certainly had no effect: there was no connection to send it on, or the service refused to begin. */
const isUnprocessed = (error: unknown): boolean => {
  const { code, syscall } = error as { code?: unknown; syscall?: unknown };
  return UNPROCESSED.has(code) || syscall === 'connect';
};

const TOO_LATE: ReadonlySet<unknown> = new Set(['UND_ERR_BODY_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT']);

/** What a failed request to a service means to the client. */
export const upstreamRejection = (error: Error): Rejected<GatewayReason> => {
  const { code } = error as { code?: unknown };
  if (isUnprocessed(error)) return rejected('SERVICE_UNREACHABLE', {}, error);
  return rejected(TOO_LATE.has(code) ? 'SERVICE_TOO_SLOW' : 'SERVICE_BROKE_OFF', {}, error);
};
