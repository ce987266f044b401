import { EventEmitter } from 'node:events';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { isEndless, NOT_PROCESSED_HEADER, TIME_LIMITS, type Rejected, type Route } from '@rewards/contracts';
import { ServiceStoppingError } from '../confirmed-connection';
import type { Exchange } from '../exchange';
import { rejected, type GatewayReason } from '../gateway.problems';
import type { Upstream, Upstreams } from '../upstreams';
import { downstreamHeaders, upstreamHeaders } from './upstream-headers';

export interface RelayOptions {
  readonly upstreams: Upstreams;
  /** How long a service may take to start its response, and between two chunks of it. */
  readonly timeoutMs: number;
}

/** A request to a service, on behalf of a client. */
export interface ServiceRequest {
  readonly route: Route;
  /** The path and query to send. */
  readonly target: string;
  readonly body: Buffer | null;
}

/** Called when the response of a service begins. @returns the stream for its body */
export type Receive = (status: number, headers: IncomingHttpHeaders) => Writable;

/**
 * Sends a request to a service with the headers of the client's request, and aborts it if the client disconnects. Resolves at the
 * end of the response, or when the client has disconnected.
 */
export type Relay = (exchange: Exchange, request: ServiceRequest, receive: Receive) => Promise<void>;

/** Minimum even for a single URL, because its host name may resolve to several instances. */
const MIN_ATTEMPTS = 3;

/** Tries the instances in turn, and continues only if the previous one certainly did not process the request. */
export const createRelay =
  ({ upstreams, timeoutMs }: RelayOptions): Relay =>
  async (exchange, request, receive) => {
    const { service } = request.route;
    const instances = upstreams.of(service);
    const attempts = Math.max(MIN_ATTEMPTS, instances.length);
    for (let attempt = 1; ; attempt += 1) {
      const instance = instances[(attempt - 1) % instances.length];
      if (!instance) throw new Error(`no instance of ${service} is configured`);
      try {
        return await send(exchange, request, receive, instance, timeoutMs);
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

const send = (
  exchange: Exchange,
  { route, target, body }: ServiceRequest,
  receive: Receive,
  { pool }: Upstream,
  timeoutMs: number,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const { request, response } = exchange;
    if (response.destroyed) return resolve();
    const clientDisconnected = new EventEmitter();
    const onClose = (): void => {
      if (!response.writableFinished) clientDisconnected.emit('abort');
    };
    response.once('close', onClose);
    const limit = timeLimitOf(route, timeoutMs);
    let isStopping = false;
    pool.stream(
      {
        path: target,
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
        return receive(statusCode, headers);
      },
      (error) => {
        response.off('close', onClose);
        if (isStopping) reject(new ServiceStoppingError());
        else if (error && !response.headersSent && !response.destroyed) reject(error);
        else resolve();
      },
    );
  });

/** Sets the headers of a service's response on the response to the client. */
export const copyHeaders = (headers: IncomingHttpHeaders, response: ServerResponse): void => {
  for (const [name, value] of downstreamHeaders(headers)) {
    if (name === 'vary') response.appendHeader(name, value);
    // Services send the same default headers as the gateway. Comparing one is cheaper than validating and storing it again.
    else if (response.getHeader(name) !== value) response.setHeader(name, value);
  }
};

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
