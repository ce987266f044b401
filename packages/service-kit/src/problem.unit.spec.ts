import { COMMON_CODES } from '@rewards/contracts';
import { EventStoreUnavailable } from '@rewards/event-store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failures } from './failures';
import type { Logger } from './logger';
import { forbidden, invalid, methodNotAllowed, problem, rateLimited } from './problem';
import { ProblemFilter } from './problem.filter';

describe('the detail of a problem', () => {
  it.each(COMMON_CODES)('%s does not repeat its title', (code) => {
    const { title, detail } = problem(code);
    expect(detail.length).toBeGreaterThan(title.length);
    expect(detail).not.toContain(title);
  });

  it('describes the specific case', () => {
    expect(forbidden(['OPERATOR', 'AUDITOR'], ['USER']).detail).toBe(
      'This route needs the role OPERATOR, AUDITOR or ADMIN. Your token has USER.',
    );
    expect(forbidden(['ADMIN'], ['USER']).detail).toBe('This route needs the role ADMIN. Your token has USER.');
    expect(forbidden([], ['USER', 'OPERATOR']).detail).toBe('This route needs the role ADMIN. Your token has USER, OPERATOR.');
    expect(methodNotAllowed('PUT', ['GET', 'POST'])).toMatchObject({
      detail: 'This path accepts GET and POST, not PUT.',
      headers: { allow: 'GET, POST' },
    });
    expect(rateLimited('Too much.', 5.2)).toMatchObject({
      detail: 'Too much. Retry in 6 seconds.',
      headers: { 'retry-after': '6' },
    });
    expect(invalid({ field: 'body', message: 'is empty' }, { field: 'a.b', message: 'is missing' }).detail).toBe(
      'The body is empty; a.b: is missing',
    );
  });
});

describe('the log line of a problem', () => {
  const linesOf = (error: unknown) => {
    const lines: unknown[] = [];
    const log = (level: string) => (line: object, message: string) => lines.push([level, line, message]);
    const logger = { info: log('info'), warn: log('warn'), error: log('error') } as unknown as Logger;
    const reply = { status: () => reply, headers: () => reply, type: () => reply, send: () => reply };
    const context = { traceId: 't1', requestId: 'r1', identity: { accountId: 'a1' } };
    const request = { context, routeOptions: { url: '/events/:eventId' } };
    const filter = new ProblemFilter(logger, {}, new Failures(logger));
    filter.answer(error, request as unknown as FastifyRequest, reply as unknown as FastifyReply);
    return lines;
  };
  const line = { traceId: 't1', requestId: 'r1', route: '/events/:eventId' };

  it('has the traceId of the response for every status', () => {
    expect(linesOf(problem('NOT_FOUND'))).toEqual([
      ['info', { ...line, code: 'NOT_FOUND', status: 404, accountId: 'a1' }, 'request rejected'],
    ]);
    expect(linesOf(problem('UNAVAILABLE'))).toMatchObject([['warn', { ...line, status: 503 }, 'request failed']]);
    expect(linesOf(new Error('x'))).toMatchObject([['error', { ...line, status: 500 }, 'request failed']]);
  });

  it('is the line of the engine if an engine failed', () => {
    expect(linesOf(new EventStoreUnavailable('refused'))).toEqual([
      ['warn', { reason: 'refused', task: 'requests', failures: 1 }, 'eventStore is unavailable, retrying'],
    ]);
  });
});
