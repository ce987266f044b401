import type { IncomingMessage } from 'node:http';
import { isCanonicalPath, type FieldError } from '@rewards/contracts';
import { hostFault } from '@rewards/service-kit/request-head';

/** Headers of which the services could read another copy than we did. */
const SINGLE_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'authorization',
  'content-type',
  'content-length',
  'transfer-encoding',
]);

/**
 * What is wrong with the head of a request, or null. Everything later relies on this: every hop reads such a request alike.
 * @param request its target and headers as they came
 */
export const findFault = (request: IncomingMessage): FieldError | null => {
  const { url = '', rawHeaders, headers } = request;
  const queryAt = url.indexOf('?');
  if (!isCanonicalPath(queryAt < 0 ? url : url.slice(0, queryAt)))
    return { field: 'path', message: 'must be in its canonical form' };
  if (queryAt >= 0 && !isPlainQuery(url.slice(queryAt + 1))) return { field: 'query', message: 'must be percent-encoded' };
  const repeated = repeatedHeader(rawHeaders);
  if (repeated) return { field: repeated, message: 'must be given once' };
  const missingHost = hostFault(request);
  if (missingHost) return missingHost;
  if (/\bwebsocket\b/i.test(headers.upgrade ?? '')) return { field: 'upgrade', message: 'WebSocket is not offered' };
  if (headers.expect !== undefined && !/^100-continue$/i.test(headers.expect))
    return { field: 'expect', message: 'is not supported' };
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
