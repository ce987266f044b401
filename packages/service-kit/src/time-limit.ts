import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Observable } from 'rxjs';
import { problem } from './problem';

/**
 * Answers a request that takes too long, while the gateway still waits. What the handler does goes on, and its result is
 * discarded. An answer that has begun, such as a stream, is not limited.
 */
export class TimeLimit implements NestInterceptor {
  /** @param limitMs from receiving a request until its answer begins */
  constructor(private readonly limitMs: number) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return new Observable((subscriber) => {
      const late = (): void => {
        if (reply.sent || reply.raw.headersSent) return;
        const detail = `The request did not finish within ${this.limitMs / 1_000} s. It may have taken effect: retry it unchanged.`;
        subscriber.error(problem('UNAVAILABLE', { detail }));
      };
      const timer = setTimeout(late, Math.max(0, this.limitMs - reply.elapsedTime));
      const handling = next.handle().subscribe(subscriber);
      return () => {
        clearTimeout(timer);
        handling.unsubscribe();
      };
    });
  }
}
