import { randomBytes, randomUUID } from 'node:crypto';
import { Problem, problem } from '@rewards/service-kit/problem';
import type { Logger } from '@rewards/service-kit/logger';
import type { Exchange } from './exchange';
import { describeTarget } from './target';

const MEDIA_TYPE = 'application/problem+json; charset=utf-8';

/** Answers with problem+json. What is no problem of ours is a bare 500 whose trace id finds the log line. */
export const refuse = (exchange: Exchange, error: unknown, logger: Logger): void => {
  const refusal = error instanceof Problem ? error : problem('INTERNAL');
  const { response, requestId, span, identity } = exchange;
  const { traceId } = span;
  const cause = error instanceof Problem ? error.cause : error;
  const line = { traceId, requestId, code: refusal.code, status: refusal.status, route: describeTarget(exchange.target) };
  if (cause !== undefined) logger[refusal.status === 500 ? 'error' : 'warn']({ ...line, err: cause }, 'request failed');
  else logger.info({ ...line, accountId: identity?.accountId }, 'request rejected');
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(refusal.body(traceId));
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  response.setHeader('Cache-Control', 'no-store');
  response.writeHead(refusal.status, { 'Content-Type': MEDIA_TYPE, 'Content-Length': Buffer.byteLength(body) });
  // What is left of a refused body is read and thrown away by Node, within `requestTimeout`: cut off, a client that still
  // sends would lose the answer.
  response.end(body);
};

/** The whole answer to bytes that never became a request: the connection ends with it. */
export const rawRefusal = (refusal: Problem, logger: Logger): string => {
  const traceId = randomBytes(16).toString('hex');
  const requestId = randomUUID();
  logger.info({ traceId, requestId, code: refusal.code, status: refusal.status }, 'request rejected');
  const body = JSON.stringify(refusal.body(traceId));
  return [
    'HTTP/1.1 400 Bad Request',
    'Connection: close',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `X-Request-Id: ${requestId}`,
    `Content-Type: ${MEDIA_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    '',
    body,
  ].join('\r\n');
};
