import { randomBytes, randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Logger } from './logger';
import type { Problem } from './problem';

/** Media type of every refusal. */
export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

/**
 * Logs and writes the whole answer to bytes that never became a request, or to a connection that is not served; nothing may
 * follow it.
 */
export const rawRefusal = (refusal: Problem, logger: Logger, level: 'debug' | 'info'): string => {
  const [traceId, requestId] = [randomBytes(16).toString('hex'), randomUUID()];
  logger[level]({ traceId, requestId, code: refusal.code, status: refusal.status }, 'request rejected');
  const body = JSON.stringify(refusal.body(traceId));
  return [
    `HTTP/1.1 ${refusal.status} ${STATUS_CODES[refusal.status]}`,
    'Connection: close',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${requestId}`,
    ...Object.entries(refusal.headers).map(([name, value]) => `${name}: ${value}`),
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
};
