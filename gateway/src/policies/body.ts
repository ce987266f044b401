import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { invalid, problem, type Problem } from '@rewards/service-kit/problem';
import type { Exchange } from '../exchange';
import type { Outcome, Policy } from './policy';

/** Largest request body in bytes. */
export const BODY_LIMIT = 65_536;

/**
 * Reads the body, bounded before a byte is kept, and only then lets the request go on: a service never sees half a
 * request, a slow sender holds no connection to it, and the framing behind us is always our own `Content-Length`.
 */
export const readBody: Policy = (exchange) => (announcesBody(exchange.request) ? read(exchange) : 'next');

const announcesBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || lengthOf(headers) > 0;

const lengthOf = (headers: IncomingHttpHeaders): number => Number(headers['content-length'] ?? 0);

const read = async (exchange: Exchange): Promise<Outcome> => {
  const { request } = exchange;
  const { 'transfer-encoding': coding = 'chunked' } = request.headers;
  if (request.method !== 'POST') throw invalid({ field: 'body', message: 'only a POST may have one' });
  if (coding.toLowerCase() !== 'chunked') throw invalid({ field: 'transfer-encoding', message: 'must be chunked' });
  if (lengthOf(request.headers) > BODY_LIMIT) throw problem('PAYLOAD_TOO_LARGE');
  if (!isJson(request)) throw problem('UNSUPPORTED_MEDIA_TYPE');
  const body = await collect(request);
  if (body === null) return 'answered';
  exchange.body = body.byteLength > 0 ? body : null;
  return 'next';
};

const isJson = ({ headers }: IncomingMessage): boolean =>
  headers['content-encoding'] === undefined &&
  /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i.test(headers['content-type'] ?? '');

/**
 * @returns the whole body, or null when its sender is gone
 * @throws Problem PAYLOAD_TOO_LARGE; VALIDATION_FAILED when it comes in too many pieces
 */
const collect = (request: IncomingMessage): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    const meter = new BodyMeter();
    let body: Buffer = Buffer.alloc(0);
    const giveUp = (refusal: Problem) => {
      request.off('data', keep);
      reject(refusal);
    };
    const keep = (chunk: Buffer) => {
      const start = meter.bytes;
      meter.add(chunk);
      if (meter.bytes > BODY_LIMIT) return giveUp(problem('PAYLOAD_TOO_LARGE'));
      if (meter.isScattered) {
        // As Node does once the answer is sent: what was received already is parsed to its end, chunk by chunk.
        (request as { _dump?: () => void })._dump?.();
        return giveUp(scattered(meter));
      }
      if (start === 0) body = chunk;
      else {
        // One buffer for all: thousands of small pieces take many times the memory of their bytes.
        if (body.byteLength < meter.bytes) body = grown(body, start, meter.bytes);
        chunk.copy(body, start);
      }
    };
    request.on('data', keep);
    request.once('end', () => resolve(body.subarray(0, meter.bytes)));
    request.once('close', () => resolve(null));
    request.once('error', () => resolve(null));
  });

const grown = (body: Buffer, length: number, needed: number): Buffer => {
  const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(BODY_LIMIT, 2 * body.byteLength)));
  body.copy(larger, 0, 0, length);
  return larger;
};

/** Ends the connection too: what is left on it would cost as much as what was refused. */
const scattered = ({ bytes, chunks }: BodyMeter): Problem => {
  const message = `came in ${chunks} pieces for ${bytes} bytes: send larger chunks`;
  return problem('VALIDATION_FAILED', {
    detail: `body: ${message}`,
    extensions: { errors: [{ field: 'body', message }] },
    headers: { Connection: 'close' },
  });
};

/** A body may always come in so many pieces; small bodies may come byte by byte. */
const FREE_CHUNKS = 1_024;
const MIN_BYTES_PER_CHUNK = 16;

/** Counts a body as it arrives: each piece costs work, however small it is. */
class BodyMeter {
  bytes = 0;
  chunks = 0;

  add(chunk: Buffer): void {
    this.bytes += chunk.byteLength;
    this.chunks += 1;
  }

  get isScattered(): boolean {
    return this.chunks > FREE_CHUNKS + this.bytes / MIN_BYTES_PER_CHUNK;
  }
}

/** Bytes of a refused body that are read and thrown away before its connection is closed. */
const DISCARD_LIMIT = 16 * 1_024 * 1_024;

/** Whether bytes of the request's body may still come. */
export const hasRest = (request: IncomingMessage): boolean => announcesBody(request) && !request.complete;

/**
 * Reads what is left of a refused body and throws it away: cut off, a client that still sends would lose the answer. A
 * body that is too large or too scattered for that ends its connection.
 * @param done called once the body has ended
 */
export const discardRest = (request: IncomingMessage, done: () => void): void => {
  const meter = new BodyMeter();
  request.on('data', (chunk: Buffer) => {
    meter.add(chunk);
    if (meter.bytes > DISCARD_LIMIT || meter.isScattered) request.socket.destroy();
  });
  request.once('end', done);
  request.resume();
};
