import type { AccountCode, CommonCode, FieldError, Reason } from './codes';
import type { DeadLetterStatus } from './dead-letter';
import type { EndpointState } from './delivery';
import type { RewardEventStatus, RewardType } from './reward-event';

type NoMembers = Readonly<Record<string, never>>;

/** A type, not an interface, because only a type is assignable to the record type of stored details. */
type ProgressDetails = {
  readonly progress: number;
  /** The count of the milestone. */
  readonly required: number;
};

/** Details of each rejection reason. They are recorded, and returned to the client with the code. */
export interface RejectionDetails {
  readonly NO_SUCH_EVENT: NoMembers;
  readonly REQUEST_ID_REUSED: NoMembers;
  readonly EVENT_NOT_OPEN: { readonly state: RewardEventStatus };
  readonly CLAIMS_CLOSED: { readonly claimsUntil: string };
  /** The cycle as requested. */
  readonly NO_SUCH_CYCLE: { readonly cycle: string };
  readonly NO_SUCH_MILESTONE: { readonly milestone: number };
  readonly NOT_COMPLETED: ProgressDetails;
  readonly CONDITION_NOT_MET: ProgressDetails;
  readonly NO_SUCH_REWARD: { readonly rewardName?: string };
  readonly INSUFFICIENT_REMAINING: { readonly remaining: number };
  readonly REWARD_ON_HOLD: NoMembers;
  readonly AMOUNT_TOO_SMALL: { readonly minimum: number };
  /** `fields`: fields that can no longer change. `endsAt`: the end that passed before the publication. */
  readonly WRONG_STATE: { readonly state: RewardEventStatus; readonly fields?: readonly string[]; readonly endsAt?: string };
  readonly INVALID_FIELDS: { readonly errors: readonly FieldError[] };
  readonly STALE_REVISION: { readonly revision: number };
  readonly NO_REWARDS: NoMembers;
  readonly CONFIRM_PAST: { readonly startsAt: string };
  readonly REWARD_EXISTS: { readonly rewardName: string };
  readonly TOO_MANY_REWARDS: { readonly limit: number };
  readonly NO_SUCH_DEAD_LETTER: NoMembers;
  readonly ALREADY_HANDLED: { readonly state: DeadLetterStatus };
  readonly MESSAGE_CUT: NoMembers;
  readonly NO_SUCH_ENDPOINT: NoMembers;
  /** `rewardType` is null if another endpoint accepts every other type. */
  readonly TYPE_TAKEN: { readonly rewardType: RewardType | null; readonly endpointId: string };
  readonly ENDPOINT_STATE: { readonly state: EndpointState | 'REMOVED' };
  readonly ROTATION_RUNNING: { readonly until: string };
  readonly ADDRESS_REFUSED: { readonly host: string };
  readonly NO_SUCH_DELIVERY: NoMembers;
  readonly ALREADY_DELIVERED: { readonly deliveredAt: string };
}

/** Reasons that clients receive under another code: `NOT_FOUND` or `VALIDATION_FAILED`. */
type RenamedReason = 'NO_SUCH_EVENT' | 'NO_SUCH_DEAD_LETTER' | 'NO_SUCH_ENDPOINT' | 'NO_SUCH_DELIVERY' | 'INVALID_FIELDS';

/** Every code that a client may receive. */
export type ProblemCode = CommonCode | AccountCode | Exclude<Reason, RenamedReason>;

type CodeWithMembers = Exclude<Reason, RenamedReason> | 'VALIDATION_FAILED' | 'UNAVAILABLE';

/** Members of each code, in addition to those of every problem. */
export interface ProblemMembers
  extends Omit<RejectionDetails, RenamedReason>, Readonly<Record<Exclude<ProblemCode, CodeWithMembers>, NoMembers>> {
  readonly VALIDATION_FAILED: RejectionDetails['INVALID_FIELDS'];
  /** Set only by the health routes. */
  readonly UNAVAILABLE: {
    readonly services?: Readonly<Record<string, 'up' | 'down'>>;
    readonly parts?: Readonly<Record<string, 'up' | 'down'>>;
    readonly reasons?: Readonly<Record<string, unknown>>;
  };
}

/** The HTTP status of each code. */
export const PROBLEM_STATUSES = {
  VALIDATION_FAILED: 400,
  UNAUTHENTICATED: 401,
  BAD_CREDENTIALS: 401,
  TOKEN_REUSED: 401,
  BAD_TOKEN: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  NO_SUCH_CYCLE: 404,
  NO_SUCH_MILESTONE: 404,
  NO_SUCH_REWARD: 404,
  METHOD_NOT_ALLOWED: 405,
  EMAIL_TAKEN: 409,
  LAST_ADMIN: 409,
  EVENT_NOT_OPEN: 409,
  CLAIMS_CLOSED: 409,
  NOT_COMPLETED: 409,
  CONDITION_NOT_MET: 409,
  INSUFFICIENT_REMAINING: 409,
  AMOUNT_TOO_SMALL: 409,
  REWARD_ON_HOLD: 409,
  WRONG_STATE: 409,
  NO_REWARDS: 409,
  CONFIRM_PAST: 409,
  REWARD_EXISTS: 409,
  TOO_MANY_REWARDS: 409,
  ALREADY_HANDLED: 409,
  MESSAGE_CUT: 409,
  TYPE_TAKEN: 409,
  ENDPOINT_STATE: 409,
  ROTATION_RUNNING: 409,
  ALREADY_DELIVERED: 409,
  STALE_REVISION: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  ADDRESS_REFUSED: 422,
  REQUEST_ID_REUSED: 422,
  RATE_LIMITED: 429,
  ACCOUNT_LOCKED: 429,
  INTERNAL: 500,
  BAD_GATEWAY: 502,
  UNAVAILABLE: 503,
  TRY_AGAIN: 503,
  NOT_CAUGHT_UP: 503,
  UPSTREAM_TIMEOUT: 504,
} as const satisfies Readonly<Record<ProblemCode, number>>;
