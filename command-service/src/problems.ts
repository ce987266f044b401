import type { Reason } from '@rewards/contracts';
import { Rejected } from '@rewards/domain';
import { Problem, type ProblemKind } from '@rewards/service-kit';
import type { ProblemMapping } from '@rewards/service-kit/problem.filter';
import { RecordedRefusal } from './commands';

/** HTTP is a total table over the reasons: forgetting a row does not compile. */
const REASONS: Readonly<Record<Reason, ProblemKind & { readonly code?: string }>> = {
  NO_SUCH_EVENT: { status: 404, title: 'There is no such event', code: 'NOT_FOUND' },
  REQUEST_ID_REUSED: { status: 422, title: 'The requestId was used for another request' },
  EVENT_NOT_OPEN: { status: 409, title: 'The event is not open now' },
  CLAIMS_CLOSED: { status: 409, title: 'The time for claims is over' },
  NOT_COMPLETED: { status: 409, title: 'The event is not completed yet' },
  CONDITION_NOT_MET: { status: 409, title: 'The condition is not met yet' },
  NO_SUCH_REWARD: { status: 404, title: 'The event promises no such reward' },
  INSUFFICIENT_REMAINING: { status: 409, title: 'Less remains than was asked for' },
  WRONG_STATE: { status: 409, title: 'Not possible in the state of the event' },
  WRONG_WINDOW: { status: 400, title: 'The times are not in order', code: 'VALIDATION_FAILED' },
  STALE_REVISION: { status: 412, title: 'Somebody else changed it meanwhile' },
  NO_REWARDS: { status: 409, title: 'The event has no rewards' },
  REWARD_EXISTS: { status: 409, title: 'The event has a reward of this name' },
  TOO_MANY_REWARDS: { status: 409, title: 'The event has as many rewards as it can' },
  NO_SUCH_DEAD_LETTER: { status: 404, title: 'There is no such dead letter', code: 'NOT_FOUND' },
  ALREADY_HANDLED: { status: 409, title: 'The dead letter was redriven or discarded already' },
  MESSAGE_CUT: { status: 409, title: 'The message was too long to be kept whole, so it cannot be sent again' },
};

/** Refusals of the domain as problems; a recorded one says where it was recorded. */
export const toProblem: ProblemMapping = (error) => {
  if (error instanceof RecordedRefusal) return rejection(error.rejected, { 'x-position': error.token });
  return error instanceof Rejected ? rejection(error, {}) : null;
};

const rejection = ({ reason, details }: Rejected, headers: Readonly<Record<string, string>>): Problem => {
  const kind = REASONS[reason];
  return new Problem(kind.code ?? reason, kind, { extensions: details, headers });
};
