import { Problem, problem } from '@rewards/service-kit/problem';
import { PROBLEM_CONTENT_TYPE } from '@rewards/service-kit/raw-problem-response';
import type { Logger } from '@rewards/service-kit/logger';
import type { Exchange } from './exchange';
import { gatewayProblem } from './gateway.problems';
import { describeTarget } from './target';

/** Answers with problem+json and logs the request. An unknown error becomes a bare 500; its trace id is in the log line. */
export const answerWithProblem = (exchange: Exchange, error: unknown, logger: Logger): void => {
  const expected = error instanceof Problem ? error : gatewayProblem(error);
  const answer = expected ?? problem('INTERNAL');
  const { request, response, requestId, span, identity, incoming } = exchange;
  const { traceId } = span;
  const cause = expected ? (error as Error).cause : error;
  const line = { traceId, requestId, code: answer.code, status: answer.status, route: describeTarget(exchange.target) };
  if (cause !== undefined) logger[answer.status === 500 ? 'error' : 'warn']({ ...line, err: cause }, 'request failed');
  // Health is polled, and each change of a part is logged elsewhere.
  else
    logger[answer.status === 503 && exchange.target.kind === 'page' ? 'debug' : 'info'](
      { ...line, accountId: identity?.accountId },
      'request rejected',
    );
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const body = JSON.stringify(answer.body(traceId));
  for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
  response.writeHead(answer.status, { 'Content-Type': PROBLEM_CONTENT_TYPE, 'Content-Length': Buffer.byteLength(body) });
  if (!incoming || request.complete || incoming.isAbandoned) response.end(body);
  else {
    response.write(body);
    incoming.discard(() => response.end());
  }
};
