import type { IncomingMessage, ServerResponse } from 'node:http';
import { BODY_LIMIT, bodyLimitOf } from '@rewards/contracts';
import { invalid, problem, type Problem } from './problem';

/** Bytes of a refused body that are read and discarded before its connection is closed. */
const DISCARD_LIMIT = 16 * 1_024 * 1_024;
/** A body may always arrive in this many chunks: a small body may arrive byte by byte. */
const FREE_CHUNKS = 1_280;
/** Beyond those, what a chunk costs (about 2 µs) is allowed for each so many bytes of the body. */
const BYTES_PER_CHUNK = 64;

const NOTHING = Buffer.alloc(0);
const BODY = Symbol('body');

interface WithBody {
  [BODY]?: IncomingBody | null;
}

/** The body of a request, watched from its first byte on: null when none is announced. */
export const bodyOf = (request: IncomingMessage, response?: ServerResponse): IncomingBody | null => {
  const { [BODY]: known } = request as WithBody;
  if (known !== undefined) return known;
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  const body = coding !== undefined || Number(length ?? 0) > 0 ? new IncomingBody(request, response) : null;
  (request as WithBody)[BODY] = body;
  return body;
};

/**
 * A body as it arrives. Each chunk costs memory and work, however small it is, so a body may have only so many chunks for its
 * bytes; after that no byte of its connection is parsed. `start` takes the chunks before anybody asks for the body, because
 * Node keeps chunks that nobody takes one by one, at a hundred times the memory of their bytes. The body is kept up to the
 * limit of its route; the rest, and what follows a refusal, is discarded, so that a client that still sends can read its answer.
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

  /** Whether no byte will follow, because the body had too many chunks. The connection closes after the answer. */
  get isAbandoned(): boolean {
    return this.isScattered;
  }

  /** Takes the body from now on, once. */
  start(): void {
    if (this.isStarted) return;
    this.isStarted = true;
    const { request } = this;
    request.on('data', (chunk: Buffer) => this.take(chunk));
    request.once('end', () => this.settle(this.kept.subarray(0, this.bytes)));
    request.once('close', () => this.settle(null));
    request.once('error', () => this.settle(null));
  }

  /** @throws Problem PAYLOAD_TOO_LARGE when its length is announced and over the limit */
  assertLength(): void {
    const length = Number(this.request.headers['content-length'] ?? 0);
    if (length > BODY_LIMIT && length > this.limit) throw this.tooLarge();
  }

  /**
   * @returns the whole body, or null when its sender has left
   * @throws Problem PAYLOAD_TOO_LARGE; VALIDATION_FAILED when it has too many chunks
   */
  async read(): Promise<Buffer | null> {
    this.start();
    this.assertLength();
    const result = await this.result;
    if (result === null || Buffer.isBuffer(result)) return result;
    throw result;
  }

  /** @param done called once the body has ended; not at all if its connection ends before */
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

  private take(chunk: Buffer): void {
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
    stopTaking(request);
    if (response?.headersSent) request.socket.destroy();
    else if (response) response.shouldKeepAlive = false;
  }
}

type Parser = Record<string, unknown>;

/**
 * Node parses what it has received to its end, whatever a request is answered: up to 64 KiB, which can be 10,000 chunks. Without
 * its handler of chunks the parser passes over them in a thirtieth of the time. Parsers are used again by other connections.
 */
const stopTaking = (request: IncomingMessage): void => {
  const { socket } = request;
  socket.pause();
  const { parser } = socket as { parser?: Parser | null };
  const place = parser && Object.keys(parser).find((key) => (parser[key] as { name?: unknown } | null)?.name === 'parserOnBody');
  if (!place) return void (request as { _dump?: () => void })._dump?.();
  const handler = parser[place];
  parser[place] = undefined;
  socket.once('close', () => (parser[place] = handler));
};
