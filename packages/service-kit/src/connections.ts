import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sleep } from '@rewards/async';
import { isEndless } from '@rewards/contracts';
import { bodyOf } from './incoming-body';
import type { Logger } from './logger';
import { invalid, problem, type Problem } from './problem';
import { rawRefusal, type RefusedRequest } from './raw-refusal';
import { requestIdOf } from './request-head';
import { readSendQueues, type SendQueues } from './send-queues';
import { beginRequestSpan } from './tracing';

export type RequestHandler = (request: IncomingMessage, response: ServerResponse) => void;

export interface ConnectionOptions {
  readonly logger: Logger;
  /** Decides on each new connection. @returns why it is refused, or null to serve it */
  readonly admit?: (socket: Socket) => Problem | null;
  /** Milliseconds for which a reader may accept no byte before it is disconnected; twice as long for an endless answer. */
  readonly stallMs?: number;
  /** Called before a reader that stalls is disconnected. */
  readonly onStall?: (request: IncomingMessage | null) => void;
  /** More headers of the answer to a request that arrives while the server stops. */
  readonly lateHeaders?: Readonly<Record<string, string>>;
}

const STALL_MS = 30_000;
const PATIENCE_WITH_ENDLESS = 2;
/** Pipelined requests that wait on one connection before no more are read from it. */
const MANY_WAITING = 64;
/** More than one read of smallest requests can add to those; about 1.3 kB each. */
const MAX_WAITING = 4_000;
const SWEEPS_PER_STALL = 6;
/** How long a stop finishes what is in flight: less than what ends the process, and than the patience of `npm start`. */
const DRAIN_PATIENCE_MS = 8_500;
/** How long a stop goes on answering at least, so that clients in use are answered on their connections. */
const LATE_REQUESTS_MS = 200;
/** How long a client may take to close a connection that was ended with an answer. */
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
  /** Whether its last answer is written: what arrives now is thrown away. */
  hasEnded: boolean;
  /** Bytes that the reader had accepted, and when that number last changed. */
  accepted: number;
  changedAt: number;
}

/**
 * Serves the connections of an HTTP server so that none of them can end the process or leave anything behind:
 * a socket has an error listener for its whole life (Node removes its own when a CONNECT or an upgrade is taken over);
 * pipelined requests are handled one at a time, because Node never emits `close` for an answer that waits for its turn, so
 * nothing could end the work on it when the client leaves; and a reader that accepts no byte is disconnected. Bytes that
 * are not HTTP are answered with a problem and the end of the connection, and so is a CONNECT.
 * @param server its own request and connection listeners are replaced
 */
export const guardConnections = (server: Server, handle: RequestHandler, options: ConnectionOptions): Connections => {
  // Node's own answer to a missing Host has no body: the handler answers it.
  Object.assign(server, { requireHostHeader: false });
  const connections = new Connections(server, handle, options);
  const [attachParser] = server.listeners('connection') as [(this: Server, socket: Socket) => void];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    socket.on('error', ignore);
    const refusal = options.admit?.(socket) ?? null;
    if (refusal !== null) {
      // A flood of connections must not be a flood of lines.
      end(socket, rawRefusal(refusal, options.logger, 'debug'));
      return;
    }
    connections.add(socket);
    attachParser.call(server, socket);
  });
  server.removeAllListeners('request');
  const take: RequestHandler = (request, response) => connections.take(request, response);
  server.on('request', take);
  server.on('checkExpectation', take);
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => connections.refuse(socket, faultOf(error)));
  // The parser is gone from such a socket: an answer in progress could not be completed.
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => connections.refuse(socket, NO_TUNNEL, false));
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

const idsOf = ({ request, response }: Exchange): RefusedRequest => {
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

/** A failed connection is closed by Node; whoever works for it learns that from `close`. */
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

  /** Answers in progress. */
  get answers(): number {
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

  /** Handles a request now, or once the earlier ones on its connection are answered. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const connection = this.open.get(request.socket);
    if (!connection) return void response.destroy();
    const { socket, waiting } = connection;
    // Before any of it is parsed, also while the request waits.
    bodyOf(request, response);
    if (connection.hasEnded || !connection.current) return this.begin(connection, { request, response });
    waiting.push({ request, response });
    if (waiting.length > MAX_WAITING) socket.destroy();
    // Later: Node resumes reading once it has parsed this request.
    else if (waiting.length > MANY_WAITING) process.nextTick(() => connection.waiting.length > MANY_WAITING && socket.pause());
  }

  /**
   * Refuses what no request can be read from, and ends the connection. An earlier request that was received completely is
   * answered first, as it may have been carried out, unless its client has ended the connection.
   */
  refuse(socket: Duplex, refusal: Problem, hasParser = true): void {
    const connection = this.open.get(socket);
    const { request, response } = connection?.current ?? {};
    const canFinish = hasParser && !socket.readableEnded;
    if (connection) connection.waiting = [];
    if (!socket.writable || response?.headersSent || (request?.complete && !canFinish)) socket.destroy();
    else if (request?.complete && response) response.shouldKeepAlive = false;
    else end(socket, rawRefusal(refusal, this.options.logger, 'info'));
  }

  /** @param now milliseconds of a clock that only goes forward */
  disconnectStalled(now: number): void {
    const { stallMs = STALL_MS, onStall } = this.options;
    let queues: SendQueues | null = null;
    for (const connection of this.open.values()) {
      const request = connection.current?.request ?? null;
      const isPatient = isEndless(request?.url?.split('?', 1)[0] ?? '');
      // An ordinary answer that the kernel has accepted is complete, and holds nothing here.
      if (isPatient) queues ??= readSendQueues();
      const accepted = acceptedBytes(connection.socket, isPatient && queues ? queues.of(connection.socket) : 0);
      if (accepted === null || accepted !== connection.accepted) {
        connection.accepted = accepted ?? -1;
        connection.changedAt = now;
        continue;
      }
      if (now - connection.changedAt < (isPatient ? PATIENCE_WITH_ENDLESS : 1) * stallMs) continue;
      onStall?.(request);
      connection.socket.destroy();
    }
  }

  /**
   * Stops the server so that each client knows what became of its request. What is in flight is finished; each later request,
   * on an open connection or a new one, is refused with the end of its connection and not processed. Then no more connections
   * are accepted, and those that are idle are ended with the same answer: a request that is on its way to one of them meets
   * it, so none is left unanswered. Live streams end at once; their readers resume.
   * @param patienceMs for what is in flight; then its connections are closed
   */
  async drain(patienceMs = DRAIN_PATIENCE_MS): Promise<void> {
    this.isDraining = true;
    const startedAt = performance.now();
    const passed = () => performance.now() - startedAt;
    for (const { current, waiting } of this.open.values()) {
      if (!current) continue;
      if (isEventStream(current.response)) current.response.destroy();
      else if (waiting.length === 0) current.response.shouldKeepAlive = false;
    }
    const isBusy = () => this.answers > 0 || (this.size > 0 && passed() < LATE_REQUESTS_MS);
    while (isBusy() && passed() < patienceMs) await sleep(POLL_MS);
    // Not the HTTP server's own, which closes idle connections without a word.
    NetServer.prototype.close.call(this.server);
    for (const connection of this.open.values()) {
      if (isInFlight(connection)) connection.socket.destroy();
      else this.endLate(connection, null);
    }
    while (this.size > 0) await sleep(POLL_MS);
  }

  /** Ends a connection with the answer to a request that is not processed: the given one, or one that is on its way. */
  private endLate(connection: Connection, exchange: Exchange | null): void {
    // Without a reader Node would not see the end of the connection.
    exchange?.request.resume();
    if (connection.hasEnded) return;
    connection.hasEnded = true;
    connection.waiting = [];
    const { socket } = connection;
    // The answer before this request has ended the connection already.
    if (!socket.writable) return;
    const { logger, lateHeaders = {} } = this.options;
    socket.end(
      rawRefusal(
        problem('UNAVAILABLE', { detail: LATE, headers: lateHeaders }),
        logger,
        'debug',
        exchange ? idsOf(exchange) : undefined,
      ),
    );
    // Closed by the client, who may still be sending: bytes that arrive at a closed connection would reset it, and the answer
    // would be lost.
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

/** Of libuv, by which Node itself sees that a long write makes progress. */
type WithHandle = Socket & { readonly _handle?: { readonly bytesWritten: number; readonly writeQueueSize: number } | null };

/**
 * Bytes that the reader has accepted; null when nothing waits for it.
 * @param queued bytes that this process has written and the reader's machine has not acknowledged
 */
const acceptedBytes = (socket: WithHandle, queued: number): number | null => {
  const { _handle: handle, writableLength } = socket;
  return handle && writableLength + queued > 0 ? handle.bytesWritten - handle.writeQueueSize - queued : null;
};
