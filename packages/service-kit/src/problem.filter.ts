import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { Rejected } from '@rewards/contracts';
import { TooMuchContention, UnreadableStream } from '@rewards/event-store';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { engineFailure, type Engine, type Failures } from './failures';
import type { Logger } from './logger';
import { invalid, Problem, problem } from './problem';
import { toProblem, type AnyRejectionTable } from './rejections';

/** Converts all errors to problem+json. An unknown error becomes a 500 without details; its traceId is in the log line. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly rejections: AnyRejectionTable,
    private readonly failures: Failures,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = this.rejection(error) ?? commonProblem(error) ?? problem('INTERNAL');
    const { traceId, requestId } = request.context;
    const line = { traceId, requestId, code: refusal.code, status: refusal.status, route: request.routeOptions.url };
    if (engineFailure(error)) this.failures.reportFailure('requests', error);
    else if (refusal.status >= 500)
      this.logger[refusal.status === 500 ? 'error' : 'warn']({ ...line, err: error }, 'request failed');
    else this.logger.info({ ...line, accountId: request.context.identity?.accountId }, 'request rejected');
    this.send(refusal, request, reply);
  }

  /** Sends a problem without a log line. */
  send(refusal: Problem, request: FastifyRequest, reply: FastifyReply): void {
    void reply
      .status(refusal.status)
      .headers({ ...refusal.headers })
      .type('application/problem+json; charset=utf-8')
      .send(JSON.stringify(refusal.body(request.context.traceId)));
  }

  private rejection(error: unknown): Problem | null {
    return error instanceof Rejected ? toProblem(this.rejections, error) : null;
  }
}

/** Errors of the HTTP framework, by their code. */
const FRAMEWORK_PROBLEMS: Readonly<Record<string, () => Problem>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => problem('UNSUPPORTED_MEDIA_TYPE'),
};

const HTTP_PROBLEMS: Readonly<Record<number, () => Problem>> = {
  400: () => invalid({ field: 'request', message: 'is malformed' }),
  404: () => problem('NOT_FOUND'),
  413: () => problem('PAYLOAD_TOO_LARGE'),
  415: () => problem('UNSUPPORTED_MEDIA_TYPE'),
};

const commonProblem = (error: unknown): Problem | null => {
  if (error instanceof Problem) return error;
  if (error instanceof TooMuchContention) return problem('TRY_AGAIN');
  if (error instanceof UnreadableStream) {
    return problem('UNAVAILABLE', { detail: 'This version of the service cannot read the history of the requested resource.' });
  }
  const failure = engineFailure(error);
  if (failure) return failure.isDamaged ? damaged(ENGINE_NAMES[failure.engine]) : unavailable(ENGINE_NAMES[failure.engine]);
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && Object.hasOwn(FRAMEWORK_PROBLEMS, code)) return FRAMEWORK_PROBLEMS[code]?.() ?? null;
  const status = error instanceof HttpException ? error.getStatus() : (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? (HTTP_PROBLEMS[status]?.() ?? null) : null;
};

const ENGINE_NAMES: Readonly<Record<Engine, string>> = {
  eventStore: 'The event store',
  documentStore: 'The document store',
  messageBus: 'The message bus',
};

const unavailable = (engine: string): Problem =>
  problem('UNAVAILABLE', { detail: `${engine} is unavailable, so the outcome may be unknown. Retry the same request.` });

const damaged = (engine: string): Problem =>
  problem('UNAVAILABLE', { detail: `${engine} is damaged. An operator has to restore it.`, headers: { 'retry-after': '60' } });
