import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODY_LIMIT, bodyLimitOf } from '@rewards/contracts';
import { invalid, problem, type Problem } from './problem';

/** Bytes of a rejected body that are read and discarded before its connection is closed. */
const DISCARD_LIMIT = 16 * 1_024 * 1_024;
/** Number of chunks that every body may have, so that a small body may arrive byte by byte. */
const FREE_CHUNKS = 1_280;
/** Bytes of the body for each further chunk. A chunk costs about 2 µs. */
const BYTES_PER_CHUNK = 64;

const NOTHING = Buffer.alloc(0);
const BODY = Symbol('body');

interface WithBody {
  [BODY]?: IncomingBody | null;
}

/** Returns the body of a request, observed from its first byte; null if the request announces none. */
export const bodyOf = (request: IncomingMessage, response?: ServerResponse): IncomingBody | null => {
  const { [BODY]: existing } = request as WithBody;
  if (existing !== undefined) return existing;
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  const body = coding !== undefined || Number(length ?? 0) > 0 ? new IncomingBody(request, response) : null;
  (request as WithBody)[BODY] = body;
  return body;
};

/**
 * A body as it arrives. Each chunk costs memory and work, even if it is small, so the number of chunks is limited by the number
 * of bytes; beyond that limit, the connection is not parsed further. `start` reads the chunks before a handler needs the body,
 * because Node stores unread chunks individually, in a hundred times the memory of their bytes. The body is kept up to the limit
 * of its route. The rest, and everything after a rejection, is discarded, so that a client that is still sending can read its
 * response.
 */
export class IncomingBody {
  private readonly result: Promise<Buffer | Problem | null>;
  private settle: (result: Buffer | Problem | null) => void = () => undefined;
  private kept: Buffer = NOTHING;
  private bytes = 0;
  private chunks = 0;
  private received = 0;
  private isRefused = false;
  private isStarted = false;
  private isScattered = false;

  constructor(
    private readonly request: IncomingMessage,
    private readonly response?: ServerResponse,
  ) {
    this.result = new Promise((resolve) => (this.settle = resolve));
    const push = request.push.bind(request);
    request.push = (chunk: Buffer | null, encoding) => {
      if (chunk !== null) this.count(chunk);
      return push(chunk, encoding);
    };
  }

  /** Bytes that the route of the request accepts. */
  get limit(): number {
    const { method = '', url = '' } = this.request;
    return bodyLimitOf(method, url.split('?', 1)[0] ?? '');
  }

  /** Whether reading stopped because the body had too many chunks. The connection closes after the response. */
  get isAbandoned(): boolean {
    return this.isScattered;
  }

  /** Starts reading the body. Further calls have no effect. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    const { request } = this;
    request.on('data', (chunk: Buffer) => this.receive(chunk));
    request.once('end', () => this.settle(this.kept.subarray(0, this.bytes)));
    request.once('close', () => this.settle(null));
    request.once('error', () => this.settle(null));
  }

  /** @throws Problem PAYLOAD_TOO_LARGE if the announced length is over the limit */
  assertLength(): void {
    const length = Number(this.request.headers['content-length'] ?? 0);
    if (length > BODY_LIMIT && length > this.limit) throw this.tooLarge();
  }

  /**
   * @returns the whole body, or null if the client disconnected
   * @throws Problem PAYLOAD_TOO_LARGE; VALIDATION_FAILED if it has too many chunks
   */
  async read(): Promise<Buffer | null> {
    this.start();
    this.assertLength();
    const result = await this.result;
    if (result === null || Buffer.isBuffer(result)) return result;
    throw result;
  }

  /** Discards the body. @param done called at its end; never called if the connection ends first */
  discard(done: () => void): void {
    this.isRefused = true;
    this.kept = NOTHING;
    this.request.once('end', done);
  }

  private count(chunk: Buffer): void {
    this.received += chunk.byteLength;
    this.chunks += 1;
    if (!this.isScattered && this.chunks > FREE_CHUNKS + this.received / BYTES_PER_CHUNK) this.abandon();
  }

  private receive(chunk: Buffer): void {
    const start = this.bytes;
    this.bytes += chunk.byteLength;
    if (this.bytes > DISCARD_LIMIT) this.request.socket.destroy();
    else if (this.isRefused || this.isScattered) return;
    else if (this.bytes > BODY_LIMIT && this.bytes > this.limit) this.refuse(this.tooLarge());
    else this.keep(chunk, start);
  }

  private keep(chunk: Buffer, start: number): void {
    if (start === 0) {
      this.kept = chunk;
      return;
    }
    if (this.kept.byteLength < this.bytes) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes, 2 * this.kept.byteLength));
      this.kept.copy(larger, 0, 0, start);
      this.kept = larger;
    }
    chunk.copy(this.kept, start);
  }

  private tooLarge(): Problem {
    return problem('PAYLOAD_TOO_LARGE', {
      detail: `The body has more than the ${this.limit} bytes that this route accepts. Shorten it, or split it into several requests.`,
    });
  }

  private refuse(refusal: Problem): void {
    this.isRefused = true;
    this.kept = NOTHING;
    this.settle(refusal);
  }

  private abandon(): void {
    const { request, response } = this;
    this.isScattered = true;
    const message = `arrived in ${this.chunks} chunks for its first ${this.received} bytes: send larger chunks`;
    this.refuse(invalid({ field: 'body', message }));
    stopParsing(request);
    if (response?.headersSent) request.socket.destroy();
    else if (response) response.shouldKeepAlive = false;
  }
}

type Parser = Record<string, unknown>;

/**
 * Stops parsing chunks. Node parses all input that it has received, even after the response: up to 64 KiB, which can be 10,000
 * chunks. Without its chunk handler, the parser skips them in a thirtieth of the time. The handler is restored when the
 * connection closes, because other connections reuse the parser.
 */
const stopParsing = (request: IncomingMessage): void => {
  const { socket } = request;
  socket.pause();
  const { parser } = socket as { parser?: Parser | null };
  const slot = parser && Object.keys(parser).find((key) => (parser[key] as { name?: unknown } | null)?.name === 'parserOnBody');
  if (!slot) return void (request as { _dump?: () => void })._dump?.();
  const handler = parser[slot];
  parser[slot] = undefined;
  socket.once('close', () => (parser[slot] = handler));
};
