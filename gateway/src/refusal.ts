import { Problem, problem } from '@rewards/service-kit/problem';
import { PROBLEM_TYPE } from '@rewards/service-kit/raw-refusal';
import type { Logger } from '@rewards/service-kit/logger';
import type { Exchange } from './exchange';
import { gatewayProblem } from './gateway.problems';
import { describeTarget } from './target';

/** Answers with problem+json. What is no problem of ours is a bare 500 whose trace id finds the log line. */
export const refuse = (exchange: Exchange, error: unknown, logger: Logger): void => {
  const known = error instanceof Problem ? error : gatewayProblem(error);
  const refusal = known ?? problem('INTERNAL');
  const { request, response, requestId, span, identity, incoming } = exchange;
  const { traceId } = span;
  const cause = known ? (error as Error).cause : error;
  const line = { traceId, requestId, code: refusal.code, status: refusal.status, route: describeTarget(exchange.target) };
  if (cause !== undefined) logger[refusal.status === 500 ? 'error' : 'warn']({ ...line, err: cause }, 'request failed');
  // Health is polled, and its parts have a line for each change.
  else
    logger[refusal.status === 503 && exchange.target.kind === 'page' ? 'debug' : 'info'](
      { ...line, accountId: identity?.accountId },
      'request rejected',
    );
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(refusal.body(traceId));
  for (const [name, value] of Object.entries(refusal.headers)) response.setHeader(name, value);
  response.writeHead(refusal.status, { 'Content-Type': PROBLEM_TYPE, 'Content-Length': Buffer.byteLength(body) });
  if (!incoming || request.complete || incoming.isAbandoned) response.end(body);
  else {
    response.write(body);
    incoming.discard(() => response.end());
  }
};
