import { randomUUID } from 'node:crypto';
import { STATUS_CODES } from 'node:http';
import type { Logger } from './logger';
import type { Problem } from './problem';
import { DATA_HEADERS } from './security-headers';
import { newTraceId } from './tracing';

/** Media type of every problem. */
export const PROBLEM_CONTENT_TYPE = 'application/problem+json; charset=utf-8';

/** The parts of a request that its response repeats. */
export interface RejectedRequest {
  readonly traceId: string;
  readonly requestId: string;
  /** Whether the response has no body. */
  readonly isHead: boolean;
}

const newRequest = (): RejectedRequest => ({ traceId: newTraceId(), requestId: randomUUID(), isHead: false });

/**
 * Logs a rejection, and returns the complete response to a request that is not processed, to input that is not a request, or to
 * a connection that is not served. Nothing may follow it.
 */
export const rawProblemResponse = (refusal: Problem, logger: Logger, level: 'debug' | 'info', request = newRequest()): string => {
  const { traceId, requestId, isHead } = request;
  logger[level]({ traceId, requestId, code: refusal.code, status: refusal.status }, 'request rejected');
  const body = JSON.stringify(refusal.body(traceId));
  const headers = { ...DATA_HEADERS, 'x-request-id': requestId, ...refusal.headers, 'content-type': PROBLEM_CONTENT_TYPE };
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
