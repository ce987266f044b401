import {
  DEAD_LETTER_STATUSES,
  ENDPOINT_STATES,
  PROBLEM_STATUSES,
  REWARD_EVENT_STATUSES,
  REWARD_TYPES,
  type ProblemCode,
  type ProblemMembers,
} from '@rewards/contracts';
import { objectSchema, reference, schemaRef, type Json } from './open-api-schema';

/** Members that may be missing. */
type OptionalOf<Members> = {
  [Name in keyof Members]-?: Record<never, never> extends Pick<Members, Name> ? Name : never;
}[keyof Members];

interface Described<Members> {
  readonly title: string;
  /** A schema for each member of the code. */
  readonly members: { readonly [Name in keyof Members]-?: Json };
  readonly optional: readonly OptionalOf<Members>[];
}

const plain = (title: string) => ({ title, members: {}, optional: [] });

const count: Json = { type: 'integer', minimum: 0 };
const state: Json = { type: 'string', enum: [...REWARD_EVENT_STATUSES], description: 'The state of the event' };
/** The schema of the states by name in the health routes. */
export const upOrDown: Json = { type: 'object', additionalProperties: { type: 'string', enum: ['up', 'down'] } };
const howFar = {
  progress: { ...count, description: 'Current progress' },
  required: { ...count, description: 'Count of the milestone' },
};

/**
 * Describes each code to clients: when it occurs, and which members it has. A code or member without a description does not
 * compile.
 */
const DESCRIBED: { readonly [Code in ProblemCode]: Described<ProblemMembers[Code]> } = {
  VALIDATION_FAILED: {
    title: 'A part of the request is missing, malformed or unknown',
    members: {
      errors: {
        type: 'array',
        minItems: 1,
        items: objectSchema({
          field: { type: 'string', description: 'Path of the field, or the name of the parameter or header' },
          message: { type: 'string' },
        }),
      },
    },
    optional: [],
  },
  UNAUTHENTICATED: plain('The access token is missing, malformed, expired, or of an erased account'),
  BAD_CREDENTIALS: plain('E-mail or password is wrong'),
  TOKEN_REUSED: plain('The refresh token was used before, so its session has ended'),
  BAD_TOKEN: plain('The refresh token is unknown, expired or revoked'),
  FORBIDDEN: plain('The roles of the account, or the origin of the request, do not allow this'),
  NOT_FOUND: plain('This account can see no resource with the id in the path'),
  NO_SUCH_REWARD: {
    title: 'The event has no reward with this name',
    members: { rewardName: { type: 'string' } },
    optional: ['rewardName'],
  },
  NO_SUCH_CYCLE: {
    title: 'The day begins no cycle of the event, or its cycle has not begun, or the event has no cycles',
    members: { cycle: { type: 'string', format: 'date', description: 'The cycle as requested' } },
    optional: [],
  },
  NO_SUCH_MILESTONE: {
    title: 'The event has no milestone at this count',
    members: { milestone: { ...count, description: 'The milestone as requested' } },
    optional: [],
  },
  METHOD_NOT_ALLOWED: plain('The path does not accept this method'),
  EMAIL_TAKEN: plain('An account with this e-mail already exists'),
  LAST_ADMIN: plain('The last administrator must keep the role ADMIN'),
  EVENT_NOT_OPEN: { title: 'The event is paused or has not begun', members: { state }, optional: [] },
  CLAIMS_CLOSED: {
    title: 'The time for completion and claims is over',
    members: { claimsUntil: { type: 'string', format: 'date-time' } },
    optional: [],
  },
  NOT_COMPLETED: { title: 'The player has not completed the event or milestone', members: howFar, optional: [] },
  CONDITION_NOT_MET: { title: 'The condition of the event or milestone is not met', members: howFar, optional: [] },
  INSUFFICIENT_REMAINING: {
    title: 'Fewer units remain than were requested',
    members: { remaining: { ...count, description: 'Units that can still be claimed' } },
    optional: [],
  },
  AMOUNT_TOO_SMALL: {
    title: 'A claim takes at least a thousandth of the promised amount, or all that remains',
    members: { minimum: { ...count, description: 'The smallest amount that can be claimed now' } },
    optional: [],
  },
  REWARD_ON_HOLD: plain('An operator holds the claims of this reward'),
  WRONG_STATE: {
    title: 'Not allowed in the current state of the event',
    members: {
      state,
      fields: { type: 'array', items: { type: 'string' }, description: 'Fields that cannot be changed in this state' },
      endsAt: { type: 'string', format: 'date-time', description: 'The end, which has already passed' },
    },
    optional: ['fields', 'endsAt'],
  },
  NO_REWARDS: plain('Each milestone of a published event needs at least one reward'),
  CONFIRM_PAST: {
    title: 'The publication would grant rewards for logins of the past, which needs `confirmPast`',
    members: { startsAt: { type: 'string', format: 'date-time', description: 'When the window began' } },
    optional: [],
  },
  REWARD_EXISTS: {
    title: 'The milestone already has a reward with this name',
    members: { rewardName: { type: 'string' } },
    optional: [],
  },
  TOO_MANY_REWARDS: {
    title: 'The milestone or the event has the maximum number of rewards',
    members: { limit: count },
    optional: [],
  },
  ALREADY_HANDLED: {
    title: 'The dead letter was already redriven or discarded',
    members: { state: { type: 'string', enum: [...DEAD_LETTER_STATUSES] } },
    optional: [],
  },
  TYPE_TAKEN: {
    title: 'Another endpoint accepts this reward type',
    members: {
      rewardType: {
        type: ['string', 'null'],
        enum: [...REWARD_TYPES, null],
        description: 'Null for all types that no endpoint names',
      },
      endpointId: { type: 'string', format: 'uuid', description: 'The endpoint that accepts it' },
    },
    optional: [],
  },
  ENDPOINT_STATE: {
    title: 'Not possible in the state of the endpoint, or for its kind',
    members: { state: { type: 'string', enum: [...ENDPOINT_STATES, 'REMOVED'] } },
    optional: [],
  },
  ROTATION_RUNNING: {
    title: 'The previous secret still signs',
    members: { until: { type: 'string', format: 'date-time' } },
    optional: [],
  },
  ADDRESS_REFUSED: {
    title: 'The receiver has an address to which webhooks may not go',
    members: { host: { type: 'string', description: 'Name or address of the receiver' } },
    optional: [],
  },
  ALREADY_DELIVERED: {
    title: 'The receiver already accepted the delivery',
    members: { deliveredAt: { type: 'string', format: 'date-time' } },
    optional: [],
  },
  MESSAGE_CUT: plain('The message was not stored completely, so it cannot be published again'),
  STALE_REVISION: {
    title: 'If-Match does not contain the current revision',
    members: { revision: { ...count, description: 'The current revision' } },
    optional: [],
  },
  PAYLOAD_TOO_LARGE: plain('The body is larger than this route accepts'),
  UNSUPPORTED_MEDIA_TYPE: plain('The body is not uncompressed JSON in UTF-8'),
  REQUEST_ID_REUSED: plain('The requestId belongs to an earlier request with a different body'),
  RATE_LIMITED: plain('Too many requests, or too many rejected ones'),
  ACCOUNT_LOCKED: plain('Too many failed logins with this e-mail'),
  INTERNAL: plain('Unexpected failure; the traceId identifies it in the log'),
  BAD_GATEWAY: plain('A service sent an incomplete or invalid response; the outcome is unknown, so retry the same request'),
  UNAVAILABLE: {
    title: 'A service or engine is unavailable; the outcome may be unknown, so retry the same request',
    members: {
      services: { ...upOrDown, description: 'In the health routes of the gateway: every service' },
      parts: { ...upOrDown, description: 'In the readiness route of a service: every engine and part' },
      reasons: { type: 'object', additionalProperties: true, description: 'In the health routes: why a part or service is down' },
    },
    optional: ['services', 'parts', 'reasons'],
  },
  TRY_AGAIN: plain('Repeated version conflicts; nothing was recorded, so retry the same request'),
  NOT_CAUGHT_UP: plain('The read model has not reached X-Min-Position or the login in afterLogin'),
  UPSTREAM_TIMEOUT: plain('A service did not respond in time; the outcome is unknown, so retry the same request'),
};

/** Describes when the code is returned. */
export const describeCode = (code: ProblemCode): string => DESCRIBED[code].title;

const schemaName = (code: ProblemCode): string =>
  `${code
    .toLowerCase()
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')}Problem`;

const problemSchema = (code: ProblemCode, isHealth: boolean): Json => {
  const { title, members, optional } = DESCRIBED[code] as Described<Json>;
  // Only the health routes report what is down.
  const shown = code === 'UNAVAILABLE' && !isHealth ? {} : members;
  return {
    description: title,
    ...objectSchema(
      {
        type: { type: 'string', const: `urn:problem:login-rewards:${code}` },
        title: { type: 'string' },
        status: { type: 'integer', const: PROBLEM_STATUSES[code] },
        detail: { type: 'string', description: 'What is wrong with this request, and how to correct it' },
        code: { type: 'string', const: code },
        traceId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
        ...shown,
      },
      optional as readonly string[],
    ),
  };
};

/** Returns the schemas of these codes by name. @param isHealth whether for the health routes, which report what is down */
export const problemSchemas = (codes: readonly ProblemCode[], isHealth = false): Json =>
  Object.fromEntries(codes.map((code) => [nameOf(code, isHealth), problemSchema(code, isHealth)]));

const nameOf = (code: ProblemCode, isHealth: boolean): string => (isHealth ? `Health${schemaName(code)}` : schemaName(code));

/** Returns the schema of a problem with one of these codes. Its `code` selects the alternative. */
export const oneOfProblems = (codes: readonly ProblemCode[], isHealth = false): Json => {
  const names = codes.map((code) => nameOf(code, isHealth));
  if (names.length === 1) return schemaRef(names[0] ?? '');
  return {
    oneOf: names.map(schemaRef),
    discriminator: {
      propertyName: 'code',
      mapping: Object.fromEntries(codes.map((code, index) => [code, reference('schemas', names[index] ?? '')])),
    },
  };
};
