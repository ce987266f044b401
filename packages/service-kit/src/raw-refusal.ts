import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Logger } from './logger';
import type { Problem } from './problem';
import { DATA_HEADERS } from './security-headers';
import { newTraceId } from './tracing';

/** Media type of every refusal. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/** What the answer to a request repeats of it. */
export interface RefusedRequest {
  readonly traceId: string;
  readonly requestId: string;
  /** Whether the answer has no body. */
  readonly isHead: boolean;
}

const nobodys = (): RefusedRequest => ({ traceId: newTraceId(), requestId: randomUUID(), isHead: false });

/**
 * Logs and writes the whole answer to a request that is not processed, to bytes that never became one, or to a connection
 * that is not served; nothing may follow it.
 */
export const rawRefusal = (refusal: Problem, logger: Logger, level: 'debug' | 'info', request = nobodys()): string => {
  const { traceId, requestId, isHead } = request;
  logger[level]({ traceId, requestId, code: refusal.code, status: refusal.status }, 'request rejected');
  const body = JSON.stringify(refusal.body(traceId));
  const headers = { ...DATA_HEADERS, 'x-request-id': requestId, ...refusal.headers, 'content-type': PROBLEM_TYPE };
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'Connection: close',
    `Date: ${new Date().toUTCString()}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    isHead ? '' : body,
  ].join('\r\n');
};
