import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { invalid, problem } from '@rewards/service-kit/problem';
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

/** @returns the whole body, or null when its sender is gone. */
const collect = (request: IncomingMessage): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const keep = (chunk: Buffer) => {
      size += chunk.byteLength;
      if (size <= BODY_LIMIT) {
        chunks.push(chunk);
        return;
      }
      request.off('data', keep);
      reject(problem('PAYLOAD_TOO_LARGE'));
    };
    request.on('data', keep);
    request.once('end', () => resolve(Buffer.concat(chunks, size)));
    request.once('close', () => resolve(null));
    request.once('error', () => resolve(null));
  });
