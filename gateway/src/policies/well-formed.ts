import type { IncomingMessage } from 'node:http';
import { isCanonicalPath, type FieldError } from '@rewards/contracts';
import { hostFault } from '@rewards/service-kit/request-head';

/** Headers that must not be repeated, because a service could read a different copy than the gateway. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'transfer-encoding',
]);

/**
 * Finds what is wrong with the head of a request. Later steps rely on this: every hop parses an accepted request the same way.
 * @param request its target and headers, unchanged
 * @returns null if nothing is wrong
 */
export const findFault = (request: IncomingMessage): FieldError | null => {
  const { url = '', rawHeaders, headers } = request;
  const queryAt = url.indexOf('?');
  if (!isCanonicalPath(queryAt < 0 ? url : url.slice(0, queryAt)))
    return { field: 'path', message: 'must be in its canonical form' };
  if (queryAt >= 0 && !isPlainQuery(url.slice(queryAt + 1))) return { field: 'query', message: 'must be percent-encoded' };
  const repeated = repeatedHeader(rawHeaders);
  if (repeated) return { field: repeated, message: 'must be given once' };
  const invalidHost = hostFault(request);
  if (invalidHost) return invalidHost;
  if (/\bwebsocket\b/i.test(headers.upgrade ?? ''))
    return { field: 'upgrade', message: 'must not be websocket: this server does not support WebSocket' };
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect))
    return { field: 'expect', message: 'must be 100-continue' };
  return null;
};

const isPlainQuery = (query: string): boolean => !/[^\x21-\x7e]|#/.test(query);

const repeatedHeader = (rawHeaders: readonly string[]): string | null => {
  const seen = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (seen.has(name)) return name;
    if (SINGLE_HEADERS.has(name)) seen.add(name);
  }
  return null;
};
