import type { FieldError } from '@rewards/contracts';
import {
  commonRejection,
  INVALID_FIELDS,
  reject as rejectAny,
  type RejectionData,
  type RejectionTable,
} from '@rewards/service-kit/rejections';

/** Reasons for which this service rejects a query. */
export type QueryReason =
  | 'NO_SUCH_EVENT'
  | 'NO_EVENT_OF_PARTICIPATION'
  | 'NO_ACCOUNT_OF_PARTICIPATION'
  | 'NO_SUCH_CYCLE'
  | 'NO_SUCH_CLAIM'
  | 'NO_SUCH_PLAYER'
  | 'NO_SUCH_DEAD_LETTER'
  | 'NO_SUCH_DELIVERY'
  | 'NO_SUCH_ENDPOINT'
  | 'INVALID_FIELDS'
  | 'LOG_LACKS_WRITE'
  | 'NOT_CAUGHT_UP'
  | 'TERMS_NOT_CAUGHT_UP'
  | 'LOGIN_NOT_COUNTED'
  | 'READ_MODEL_REPLACED'
  | 'UNREADABLE_EVENT'
  | 'UNKNOWN_ZONE'
  | 'TOO_MANY_LONG_READS';

/** The problem for each reason. */
export const QUERY_REJECTIONS = {
  NO_SUCH_EVENT: commonRejection('NOT_FOUND', () => 'No event has the id in this path, or this account cannot see it.'),
  NO_EVENT_OF_PARTICIPATION: commonRejection('NOT_FOUND', () => 'No event has the eventId in this path.'),
  NO_ACCOUNT_OF_PARTICIPATION: commonRejection('NOT_FOUND', () => 'No account has the accountId in this path.'),
  NO_SUCH_CYCLE: {
    title: 'Cycle not found',
    explain: ({ cycle }) =>
      `No cycle of this event begins on ${String(cycle)}, or it has not begun yet. A cycle is named by the first day of its period.`,
  },
  NO_SUCH_CLAIM: commonRejection(
    'NOT_FOUND',
    ({ claimId }) => `This account can see no granted claim with the id ${String(claimId)}.`,
  ),
  NO_SUCH_PLAYER: commonRejection('NOT_FOUND', () => 'The log has no account with the accountId in this path.'),
  NO_SUCH_DEAD_LETTER: commonRejection('NOT_FOUND', ({ id }) => `No dead letter has the id ${String(id)}.`),
  NO_SUCH_DELIVERY: commonRejection('NOT_FOUND', ({ deliveryId }) => `No delivery has the id ${String(deliveryId)}.`),
  NO_SUCH_ENDPOINT: commonRejection(
    'NOT_FOUND',
    ({ id }) => `No delivery endpoint has the id ${String(id)}. It may have been removed.`,
  ),
  INVALID_FIELDS,
  LOG_LACKS_WRITE: commonRejection(
    'NOT_CAUGHT_UP',
    () => 'The log does not contain the write that X-Min-Position names. It may have been restored from a backup since.',
  ),
  NOT_CAUGHT_UP: commonRejection('NOT_CAUGHT_UP', () => 'The read model has not caught up with this write yet. Retry shortly.'),
  TERMS_NOT_CAUGHT_UP: commonRejection(
    'NOT_CAUGHT_UP',
    () => 'The read model of events does not have the terms of a participation yet. Retry shortly.',
  ),
  LOGIN_NOT_COUNTED: commonRejection(
    'NOT_CAUGHT_UP',
    () => 'The login in afterLogin has not been counted yet, or this account has no such login. Retry shortly.',
  ),
  READ_MODEL_REPLACED: commonRejection(
    'UNAVAILABLE',
    ({ name }) => `The read model ${String(name)} was replaced by a version that may lack rows. Repeat the whole request.`,
  ),
  UNKNOWN_ZONE: commonRejection(
    'UNAVAILABLE',
    () => 'This version of the service does not know the time zone of the event, so it cannot determine its cycles.',
  ),
  UNREADABLE_EVENT: commonRejection('UNAVAILABLE', ({ message }) => String(message)),
  TOO_MANY_LONG_READS: commonRejection('UNAVAILABLE', () => 'Too many long-running reads are in progress. Retry shortly.'),
} satisfies RejectionTable<QueryReason>;

/** Rejects the query by throwing; it can be used as an expression. */
export const reject: (reason: QueryReason, details?: RejectionData) => never = rejectAny;

/** Rejects fields for errors that their class cannot check. */
export const rejectFields = (...errors: readonly FieldError[]): never => reject('INVALID_FIELDS', { errors });
