import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sleep } from '@rewards/async';
import { isEndless } from '@rewards/contracts';
import { bodyOf } from './incoming-body';
import type { Logger } from './logger';
import { invalid, problem, type Problem } from './problem';
import { rawProblemResponse, type RejectedRequest } from './raw-problem-response';
import { requestIdOf } from './request-head';
import { readSendQueues, type SendQueues } from './send-queues';
import { beginRequestSpan } from './tracing';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ConnectionOptions {
  readonly logger: Logger;
  /** Decides on each new connection. @returns why it is rejected, or null to serve it */
  readonly admit?: (socket: Socket) => Problem | null;
  /** Milliseconds after which a client that accepts no byte is disconnected; twice as long for an endless response. */
  readonly stallMs?: number;
  /** Called before a stalled client is disconnected. */
  readonly onStall?: (request: IncomingMessage | null) => void;
  /** Additional headers of the response to a request that arrives while the server stops. */
  readonly lateHeaders?: Readonly<Record<string, string>>;
}

const STALL_MS = 30_000;
const ENDLESS_STALL_FACTOR = 2;
/** Number of pipelined requests on one connection at which reading from it pauses. */
const MANY_WAITING = 64;
/** Limit that one more read, even of the smallest requests, cannot exceed. Each request takes about 1.3 kB. */
const MAX_WAITING = 4_000;
const SWEEPS_PER_STALL = 6;
/** How long a stop waits for requests in flight: less than the time limits of the process and of `npm start`. */
const DRAIN_PATIENCE_MS = 8_500;
/** Minimum time for which a stopping server keeps responding, so that active clients get responses on their connections. */
const LATE_REQUESTS_MS = 200;
/** How long a client may take to close its connection after the last response. */
const LINGER_MS = 500;
const POLL_MS = 5;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

interface Connection {
  readonly socket: Socket;
  /** The only exchange in progress. */
  current: Exchange | null;
  waiting: Exchange[];
  /** Whether its last response is written; later input is discarded. */
  hasEnded: boolean;
  /** Bytes that the client has accepted, and when that number last changed. */
  accepted: number;
  changedAt: number;
}

/**
 * Serves the connections of an HTTP server so that no connection can end the process or leak resources:
 * - A socket has an error listener for its whole life, because Node removes its own on a CONNECT or an upgrade.
 * - Pipelined requests are handled one at a time. Node never emits `close` for a queued response, so its work could not be
 *   cancelled when the client disconnects.
 * - A client that accepts no byte is disconnected.
 * - Input that is not HTTP, and a CONNECT, get a problem as response, and the connection ends.
 * @param server its own request and connection listeners are replaced
 */
export const guardConnections = (server: Server, handle: RequestHandler, options: ConnectionOptions): Connections => {
  // Node's own response to a missing Host has no body, so the handler responds instead.
  Object.assign(server, { requireHostHeader: false });
  const connections = new Connections(server, handle, options);
  const [attachParser] = server.listeners('connection') as [(this: Server, socket: Socket) => void];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    socket.on('error', ignore);
    const rejection = options.admit?.(socket) ?? null;
    if (rejection !== null) {
      // At debug level, so that a flood of connections does not flood the log.
      end(socket, rawProblemResponse(rejection, options.logger, 'debug'));
      return;
    }
    connections.add(socket);
    attachParser.call(server, socket);
  });
  server.removeAllListeners('request');
  const take: RequestHandler = (request, response) => connections.handleRequest(request, response);
  server.on('request', take);
  server.on('checkExpectation', take);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => connections.reject(socket, faultOf(error)));
  // Such a socket no longer has a parser, so a response in progress cannot be completed.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => connections.reject(socket, NO_TUNNEL, false));
  const interval = (options.stallMs ?? STALL_MS) / SWEEPS_PER_STALL;
  const watch = (): void => {
    const timer = setInterval(() => connections.disconnectStalled(performance.now()), interval).unref();
    server.once('close', () => clearInterval(timer));
  };
  if (server.listening) watch();
  else server.once('listening', watch);
  return connections;
};

const NO_TUNNEL = invalid({ field: 'request', message: 'must not be a CONNECT: this server opens no tunnels' });

const faultOf = ({ code }: NodeJS.ErrnoException): Problem =>
  invalid({
    field: 'request',
    message: code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'did not arrive in time' : 'is not valid HTTP',
  });

const LATE = 'The server is stopping and did not process this request. Retry it unchanged on a new connection.';

const idsOf = ({ request, response }: Exchange): RejectedRequest => {
  response.statusCode = 503;
  return {
    traceId: beginRequestSpan('late', request, response).traceId,
    requestId: requestIdOf(request),
    isHead: request.method === 'HEAD',
  };
};

const isInFlight = ({ current, hasEnded }: Connection): boolean => current !== null && !hasEnded;

const isEventStream = (response: ServerResponse): boolean =>
  String(response.getHeader('content-type')).startsWith('text/event-stream');

const end = (socket: Duplex, answer: string): void => {
  socket.end(answer, () => socket.destroy());
};

/** Node closes a failed connection, and its handlers react to `close`. */
const ignore = (): void => undefined;

/** The open connections of a server. */
export class Connections {
  private readonly open = new Map<Duplex, Connection>();
  private isDraining = false;

  constructor(
    private readonly server: Server,
    private readonly handle: RequestHandler,
    private readonly options: ConnectionOptions,
  ) {}

  get size(): number {
    return this.open.size;
  }

  /** The number of responses in progress. */
  get responsesInFlight(): number {
    let count = 0;
    for (const connection of this.open.values()) if (isInFlight(connection)) count += 1;
    return count;
  }

  add(socket: Socket): void {
    const connection: Connection = { socket, current: null, waiting: [], hasEnded: false, accepted: -1, changedAt: 0 };
    this.open.set(socket, connection);
    socket.once('close', () => {
      this.open.delete(socket);
      connection.waiting = [];
    });
  }

  /** Handles a request at once, or after the earlier requests on its connection. */
  handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.open.get(request.socket);
    if (!connection) return void response.destroy();
    const { socket, waiting } = connection;
    // Observes the body before any of it is parsed, even while the request waits.
    bodyOf(request, response);
    if (connection.hasEnded || !connection.current) return this.begin(connection, { request, response });
    waiting.push({ request, response });
    if (waiting.length > MAX_WAITING) socket.destroy();
    // Deferred, because Node resumes reading once it has parsed this request.
    else if (waiting.length > MANY_WAITING) process.nextTick(() => connection.waiting.length > MANY_WAITING && socket.pause());
  }

  /**
   * Rejects input that contains no valid request, and ends the connection. An earlier request that was received completely gets
   * its response first, because it may have taken effect, unless the client has ended the connection.
   */
  reject(socket: Duplex, refusal: Problem, hasParser = true): void {
    const connection = this.open.get(socket);
    const { request, response } = connection?.current ?? {};
    const canFinish = hasParser && !socket.readableEnded;
    if (connection) connection.waiting = [];
    if (!socket.writable || response?.headersSent || (request?.complete && !canFinish)) socket.destroy();
    else if (request?.complete && response) response.shouldKeepAlive = false;
    else end(socket, rawProblemResponse(refusal, this.options.logger, 'info'));
  }

  /** Disconnects clients that accept no byte. @param now milliseconds of a monotonic clock */
  disconnectStalled(now: number): void {
    const { stallMs = STALL_MS, onStall } = this.options;
    let queues: SendQueues | null = null;
    for (const connection of this.open.values()) {
      const request = connection.current?.request ?? null;
      const isEndlessResponse = isEndless(request?.url?.split('?', 1)[0] ?? '');
      // An ordinary response that the kernel has accepted is complete, and uses no memory here.
      if (isEndlessResponse) queues ??= readSendQueues();
      const accepted = acceptedBytes(connection.socket, isEndlessResponse && queues ? queues.of(connection.socket) : 0);
      if (accepted === null || accepted !== connection.accepted) {
        connection.accepted = accepted ?? -1;
        connection.changedAt = now;
        continue;
      }
      if (now - connection.changedAt < (isEndlessResponse ? ENDLESS_STALL_FACTOR : 1) * stallMs) continue;
      onStall?.(request);
      connection.socket.destroy();
    }
  }

  /**
   * Stops the server so that every request gets a response. Requests in flight are finished. Each later request, on an open or a
   * new connection, is rejected without being processed, and its connection ends. Then no more connections are accepted, and
   * idle connections end with the same response, which a request still on its way receives. Live streams end at once; their
   * clients resume.
   * @param patienceMs how long to wait for requests in flight before their connections are closed
   */
  async drain(patienceMs = DRAIN_PATIENCE_MS): Promise<void> {
    this.isDraining = true;
    const startedAt = performance.now();
    const elapsed = () => performance.now() - startedAt;
    for (const { current, waiting } of this.open.values()) {
      if (!current) continue;
      if (isEventStream(current.response)) current.response.destroy();
      else if (waiting.length === 0) current.response.shouldKeepAlive = false;
    }
    const isBusy = () => this.responsesInFlight > 0 || (this.size > 0 && elapsed() < LATE_REQUESTS_MS);
    while (isBusy() && elapsed() < patienceMs) await sleep(POLL_MS);
    // Not the `close` of the HTTP server, which closes idle connections without a response.
    NetServer.prototype.close.call(this.server);
    for (const connection of this.open.values()) {
      if (isInFlight(connection)) connection.socket.destroy();
      else this.endLate(connection, null);
    }
    while (this.size > 0) await sleep(POLL_MS);
  }

  /** Ends a connection with the response to a request that is not processed: the given one, or one still on its way. */
  private endLate(connection: Connection, exchange: Exchange | null): void {
    // Node detects the end of the connection only if the request is read.
    exchange?.request.resume();
    if (connection.hasEnded) return;
    connection.hasEnded = true;
    connection.waiting = [];
    const { socket } = connection;
    // The previous response has already ended the connection.
    if (!socket.writable) return;
    const { logger, lateHeaders = {} } = this.options;
    socket.end(
      rawProblemResponse(
        problem('UNAVAILABLE', { detail: LATE, headers: lateHeaders }),
        logger,
        'debug',
        exchange ? idsOf(exchange) : undefined,
      ),
    );
    // The client closes the connection, because it may still be sending: bytes that arrive at a closed connection would reset
    // it, and the response would be lost.
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once('close', () => clearTimeout(timer));
  }

  private begin(connection: Connection, exchange: Exchange): void {
    if (this.isDraining) return this.endLate(connection, exchange);
    connection.current = exchange;
    exchange.response.once('close', () => {
      connection.current = null;
      const { socket, waiting } = connection;
      const next = waiting.shift();
      if (!next || !socket.writable) return;
      if (waiting.length === MANY_WAITING) socket.resume();
      this.begin(connection, next);
    });
    bodyOf(exchange.request, exchange.response)?.start();
    this.handle(exchange.request, exchange.response);
  }
}

/** A socket with its libuv handle, by which Node itself detects the progress of a long write. */
type WithHandle = Socket & { readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null };

/**
 * Returns how many bytes the client has accepted; null if no bytes are pending.
 * @param queued bytes that were written, but that the client's machine has not acknowledged
 */
const acceptedBytes = (socket: WithHandle, queued: number): number | null => {
  const { _handle: handle, writableLength } = socket;
  return handle && writableLength + queued > 0 ? handle.bytesWritten - handle.writeQueueSize - queued : null;
};
