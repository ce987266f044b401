import type { IncomingMessage } from 'node:http';
import { isCanonicalPath, type FieldError } from '@rewards/contracts';

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
export const findFault = ({ url = '', rawHeaders, headers, httpVersion }: IncomingMessage): FieldError | null => {
  const queryAt = url.indexOf('?');
  if (!isCanonicalPath(queryAt < 0 ? url : url.slice(0, queryAt)))
    return { field: 'path', message: 'must be in its canonical form' };
  if (queryAt >= 0 && !isPlainQuery(url.slice(queryAt + 1))) return { field: 'query', message: 'must be percent-encoded' };
  const repeated = repeatedHeader(rawHeaders);
  if (repeated) return { field: repeated, message: 'must be given once' };
  if (headers.host === undefined && httpVersion === '1.1') return { field: 'host', message: 'must be given' };
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
