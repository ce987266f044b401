import type { IncomingMessage } from 'node:http';
import { problem, type Problem } from '@rewards/service-kit/problem';

/** Largest request body in bytes. */
export const BODY_LIMIT = 65_536;
/** Bytes of a refused body that are read and thrown away before its connection is closed. */
const DISCARD_LIMIT = 16 * 1_024 * 1_024;
/** A body may always come in so many pieces: small bodies may come byte by byte. */
const FREE_CHUNKS = 1_024;
const MIN_BYTES_PER_CHUNK = 16;

const NOTHING = Buffer.alloc(0);

/**
 * A body as it arrives. It is taken from the first byte on, before anybody asks for it, because what nobody takes waits in
 * Node piece by piece, at a hundred times the memory of its bytes. It is kept up to the limit; what goes beyond it, and what
 * is left after a refusal, is thrown away, so that a client that still sends can read its answer.
 */
export class IncomingBody {
  private readonly result: Promise<Buffer | Problem | null>;
  private settle: (result: Buffer | Problem | null) => void = () => undefined;
  private kept: Buffer = NOTHING;
  private bytes = 0;
  private chunks = 0;
  private isRefused = false;

  static of(request: IncomingMessage): IncomingBody | null {
    const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
    return coding !== undefined || Number(length ?? 0) > 0 ? new IncomingBody(request) : null;
  }

  private constructor(private readonly request: IncomingMessage) {
    this.result = new Promise((resolve) => (this.settle = resolve));
    request.on('data', (chunk: Buffer) => this.take(chunk));
    request.once('end', () => this.settle(this.kept.subarray(0, this.bytes)));
    request.once('close', () => this.settle(null));
    request.once('error', () => this.settle(null));
  }

  /**
   * @returns the whole body, or null when its sender is gone
   * @throws Problem PAYLOAD_TOO_LARGE; VALIDATION_FAILED when it comes in too many pieces
   */
  async read(): Promise<Buffer | null> {
    const result = await this.result;
    if (result === null || Buffer.isBuffer(result)) return result;
    throw result;
  }

  /** Each piece costs work, however small it is. */
  get isScattered(): boolean {
    return this.chunks > FREE_CHUNKS + this.bytes / MIN_BYTES_PER_CHUNK;
  }

  /** @param done called once the body has ended; not at all if its connection ends before */
  discard(done: () => void): void {
    this.isRefused = true;
    this.kept = NOTHING;
    this.request.once('end', done);
  }

  private take(chunk: Buffer): void {
    const start = this.bytes;
    this.bytes += chunk.byteLength;
    this.chunks += 1;
    if (this.isScattered) this.giveUp();
    else if (this.bytes > DISCARD_LIMIT) this.request.socket.destroy();
    else if (this.isRefused) return;
    else if (this.bytes > BODY_LIMIT) this.refuse(problem('PAYLOAD_TOO_LARGE'));
    else this.keep(chunk, start);
  }

  private keep(chunk: Buffer, start: number): void {
    if (start === 0) {
      this.kept = chunk;
      return;
    }
    if (this.kept.byteLength < this.bytes) {
      const larger = Buffer.allocUnsafe(Math.max(this.bytes, Math.min(BODY_LIMIT, 2 * this.kept.byteLength)));
      this.kept.copy(larger, 0, 0, start);
      this.kept = larger;
    }
    chunk.copy(this.kept, start);
  }

  private refuse(refusal: Problem): void {
    this.kept = NOTHING;
    this.settle(refusal);
  }

  private giveUp(): void {
    const message = `came in ${this.chunks} pieces for ${this.bytes} bytes: send larger chunks`;
    const errors = [{ field: 'body', message }];
    this.refuse(problem('VALIDATION_FAILED', { detail: `body: ${message}`, extensions: { errors } }));
    if (this.isRefused) this.request.socket.destroy();
    // As Node does once the answer is sent: what was received already is parsed to its end, chunk by chunk.
    (this.request as { _dump?: () => void })._dump?.();
  }
}
