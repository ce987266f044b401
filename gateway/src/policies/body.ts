import type { IncomingMessage } from 'node:http';
import type { IncomingBody } from '@rewards/service-kit/incoming-body';
import type { Exchange } from '../exchange';
import { rejected } from '../gateway.problems';
import type { Outcome, Policy } from './policy';

/**
 * Reads the complete body before the request is forwarded. So a service never gets a partial request, a slow client does not
 * occupy a connection to a service, and every forwarded body has a `Content-Length` computed by the gateway.
 */
export const readBody: Policy = (exchange) => (exchange.incoming ? read(exchange, exchange.incoming) : 'next');

const read = async (exchange: Exchange, incoming: IncomingBody): Promise<Outcome> => {
  const { request } = exchange;
  const { 'transfer-encoding': coding = 'chunked' } = request.headers;
  if (request.method !== 'POST')
    throw rejected('INVALID_FIELDS', { errors: [{ field: 'body', message: 'is allowed only with POST' }] });
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
