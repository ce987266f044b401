import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { isPosition, type Position } from '@rewards/contracts';
import { invalid } from '@rewards/service-kit';
import type { Request } from '@rewards/service-kit/request-context';

const HEADER = 'x-min-position';

/** The write that a query has to see at least, as its `X-Min-Position` names it; null without one. @throws Problem */
export const MinPosition = createParamDecorator((_: unknown, execution: ExecutionContext): Position | null => {
  const token = execution.switchToHttp().getRequest<Request>().headers[HEADER];
  if (token === undefined) return null;
  if (typeof token !== 'string' || !isPosition(token)) {
    throw invalid({ field: 'X-Min-Position', message: 'must be the X-Position of an answer' });
  }
  return token;
});
