import type { IncomingMessage } from 'node:http';
import type { IncomingBody } from '@rewards/service-kit/incoming-body';
import type { Exchange } from '../exchange';
import { rejected } from '../gateway.problems';
import type { Outcome, Policy } from './policy';

/**
 * Waits for the whole body, and only then lets the request go on: a service never sees half a request, a slow sender holds
 * no connection to it, and the framing behind us is always our own `Content-Length`.
 */
export const readBody: Policy = (exchange) => (exchange.incoming ? read(exchange, exchange.incoming) : 'next');

const read = async (exchange: Exchange, incoming: IncomingBody): Promise<Outcome> => {
  const { request } = exchange;
  const { 'transfer-encoding': coding = 'chunked' } = request.headers;
  if (request.method !== 'POST')
    throw rejected('INVALID_FIELDS', { errors: [{ field: 'body', message: 'only a POST may have one' }] });
  if (coding.toLowerCase() !== 'chunked')
    throw rejected('INVALID_FIELDS', { errors: [{ field: 'transfer-encoding', message: 'must be chunked' }] });
  incoming.assertLength();
  if (!isJson(request)) throw rejected('NOT_JSON');
  const body = await incoming.read();
  if (body === null) return 'answered';
  exchange.body = body.byteLength > 0 ? body : null;
  return 'next';
};

const isJson = ({ headers }: IncomingMessage): boolean =>
  headers['content-encoding'] === undefined &&
  /^application\/json\s*(;\s*charset=("?)utf-8\2\s*)?$/i.test(headers['content-type'] ?? '');
