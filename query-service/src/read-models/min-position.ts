import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { isToken, isTokenOf, positionOfToken, type ConsistencyToken } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { invalid, problem } from '@rewards/service-kit';
import type { Request } from '@rewards/service-kit/request-context';

const HEADER = 'X-Min-Position';

/** Documents the header for every query of a controller. */
export const TakesMinPosition = () =>
  ApiHeader({ name: HEADER, required: false, description: 'The X-Position of a write that the answer has to show.' });

/** The write that a query has to see at least, as its `X-Min-Position` names it; null without one. @throws Problem */
export const MinPosition = createParamDecorator((_: unknown, execution: ExecutionContext): ConsistencyToken | null => {
  const token = execution.switchToHttp().getRequest<Request>().headers[HEADER.toLowerCase()];
  if (token === undefined) return null;
  if (typeof token !== 'string' || !isToken(token)) {
    throw invalid({ field: HEADER, message: 'must be the X-Position of an answer' });
  }
  return token;
});

/** @throws Problem NOT_CAUGHT_UP if the log does not contain the write; EventStoreUnavailable */
export const requireWrite = async (log: Pick<EventStore, 'eventIdAt'>, token: ConsistencyToken): Promise<void> => {
  if (isTokenOf(token, await log.eventIdAt(positionOfToken(token)))) return;
  throw problem('NOT_CAUGHT_UP', {
    detail: 'The log does not contain the write that X-Min-Position names. It may have been restored from a backup since.',
  });
};
