import type { Logger } from '@rewards/service-kit/logger';
import { problem } from '@rewards/service-kit/problem';
import type { Exchange } from './exchange';
import { answerWithProblem } from './answer-with-problem';

const refuseWith = (error: unknown, state: { headersSent?: boolean } = {}) => {
  const lines: [string, unknown][] = [];
  const answer: { status?: number; body?: string; isDestroyed?: boolean } = {};
  const response = {
    headersSent: false,
    destroyed: false,
    setHeader: () => undefined,
    getHeader: () => undefined,
    writeHead: (status: number) => (answer.status = status),
    end: (body: string) => (answer.body = body),
    destroy: () => (answer.isDestroyed = true),
    ...state,
  };
  const log = (level: string) => (line: unknown) => lines.push([level, line]);
  const logger = { error: log('error'), warn: log('warn'), info: log('info'), debug: log('debug') } as unknown as Logger;
  const request = { headers: {}, complete: true };
  answerWithProblem(
    { request, response, span: { traceId: 't1' }, requestId: 'r1', target: { kind: 'page' } } as unknown as Exchange,
    error,
    logger,
  );
  return { answer, lines };
};

describe('refuse', () => {
  it('answers with the problem and logs its trace id', () => {
    const { answer, lines } = refuseWith(problem('NOT_FOUND'));
    expect([answer.status, JSON.parse(answer.body ?? '')]).toMatchObject([404, { code: 'NOT_FOUND', traceId: 't1' }]);
    expect(lines).toEqual([
      ['info', expect.objectContaining({ traceId: 't1', requestId: 'r1', code: 'NOT_FOUND', status: 404 })],
    ]);
  });

  it('logs an unready /health only at debug level, because health is polled', () => {
    const { answer, lines } = refuseWith(problem('UNAVAILABLE'));
    expect([answer.status, lines]).toEqual([503, [['debug', expect.anything()]]]);
  });

  it('answers an unknown error with a bare 500 and logs the error with the trace id', () => {
    const error = new Error('password hunter2 in /etc/secret');
    const { answer, lines } = refuseWith(error);
    expect(JSON.parse(answer.body ?? '')).toEqual({
      type: expect.any(String),
      title: expect.any(String),
      status: 500,
      detail: expect.not.stringContaining('hunter2'),
      code: 'INTERNAL',
      traceId: 't1',
    });
    expect(lines).toEqual([['error', expect.objectContaining({ err: error, traceId: 't1' })]]);
  });

  it('closes the connection if the response has already started', () => {
    expect(refuseWith(problem('BAD_GATEWAY'), { headersSent: true }).answer).toEqual({ isDestroyed: true });
  });
});
