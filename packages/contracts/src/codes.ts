/** Problem codes that any route may return. */
export const COMMON_CODES = [
  'VALIDATION_FAILED',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'STALE_REVISION',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'RATE_LIMITED',
  'INTERNAL',
  'BAD_GATEWAY',
  'UNAVAILABLE',
  'TRY_AGAIN',
  'NOT_CAUGHT_UP',
  'UPSTREAM_TIMEOUT',
] as const;
export type CommonCode = (typeof COMMON_CODES)[number];

/** Problem codes of auth-service. */
export type AccountCode = 'EMAIL_TAKEN' | 'BAD_CREDENTIALS' | 'ACCOUNT_LOCKED' | 'TOKEN_REUSED' | 'BAD_TOKEN' | 'LAST_ADMIN';

/** Reasons for which the domain rejects a command. A closed list: every reason has an HTTP problem. */
export const REASONS = [
  'NO_SUCH_EVENT',
  'REQUEST_ID_REUSED',
  'EVENT_NOT_OPEN',
  'CLAIMS_CLOSED',
  'NO_SUCH_CYCLE',
  'NO_SUCH_MILESTONE',
  'NOT_COMPLETED',
  'CONDITION_NOT_MET',
  'NO_SUCH_REWARD',
  'INSUFFICIENT_REMAINING',
  'AMOUNT_TOO_SMALL',
  'REWARD_ON_HOLD',
  'WRONG_STATE',
  'INVALID_FIELDS',
  'STALE_REVISION',
  'NO_REWARDS',
  'CONFIRM_PAST',
  'REWARD_EXISTS',
  'TOO_MANY_REWARDS',
  'NO_SUCH_DEAD_LETTER',
  'ALREADY_HANDLED',
  'MESSAGE_CUT',
  'NO_SUCH_ENDPOINT',
  'TYPE_TAKEN',
  'ENDPOINT_STATE',
  'ROTATION_RUNNING',
  'ADDRESS_REFUSED',
  'NO_SUCH_DELIVERY',
  'ALREADY_DELIVERED',
] as const;
export type Reason = (typeof REASONS)[number];

/** A problem of RFC 9457 with our extensions. The members of each code are further extensions. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly traceId: string;
  readonly [extension: string]: unknown;
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}
