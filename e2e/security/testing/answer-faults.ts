import type { AccountCode, CommonCode, Reason } from '@rewards/contracts';
import type { Answer } from './exchange';
import type { Operation, SchemaChecker } from './open-api';

/** The status of each code that a client may see; a code that is not here is none of the contract's. */
const STATUSES: Readonly<
  Record<CommonCode | AccountCode | Exclude<Reason, 'NO_SUCH_EVENT' | 'NO_SUCH_DEAD_LETTER' | 'INVALID_FIELDS'>, number>
> = {
  VALIDATION_FAILED: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  STALE_REVISION: 412,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  RATE_LIMITED: 429,
  INTERNAL: 500,
  BAD_GATEWAY: 502,
  UNAVAILABLE: 503,
  TRY_AGAIN: 503,
  NOT_CAUGHT_UP: 503,
  UPSTREAM_TIMEOUT: 504,
  EMAIL_TAKEN: 409,
  BAD_CREDENTIALS: 401,
  ACCOUNT_LOCKED: 429,
  TOKEN_REUSED: 401,
  BAD_TOKEN: 401,
  LAST_ADMIN: 409,
  REQUEST_ID_REUSED: 422,
  EVENT_NOT_OPEN: 409,
  CLAIMS_CLOSED: 409,
  NOT_COMPLETED: 409,
  CONDITION_NOT_MET: 409,
  NO_SUCH_REWARD: 404,
  INSUFFICIENT_REMAINING: 409,
  WRONG_STATE: 409,
  NO_REWARDS: 409,
  REWARD_EXISTS: 409,
  TOO_MANY_REWARDS: 409,
  ALREADY_HANDLED: 409,
  MESSAGE_CUT: 409,
};

/** 5xx that say that nothing is broken. */
const EXPECTED_FAILURES: ReadonlySet<unknown> = new Set(['TRY_AGAIN', 'NOT_CAUGHT_UP']);

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
};

/** What of an answer is outside the contract, its OpenAPI document included. */
export const answerFaults = (operation: Operation, answer: Answer, checker: SchemaChecker): string[] => [
  ...headerFaults(answer),
  ...(answer.status < 300 ? successFaults(operation, answer, checker) : problemFaults(operation, answer, checker)),
];

const headerFaults = ({ status, headers }: Answer): string[] => [
  ...(headers['x-request-id'] ? [] : ['no X-Request-Id']),
  ...['server', 'x-powered-by'].filter((name) => headers[name] !== undefined).map((name) => `the header ${name}`),
  ...([429, 503].includes(status) && !/^\d+$/.test(headers['retry-after'] ?? '') ? ['no Retry-After'] : []),
  ...(/^([0-9a-f]{48})?$/.test(String(headers['x-position'] ?? '')) ? [] : ['X-Position is not a token']),
];

const successFaults = ({ responses }: Operation, { status, headers, text }: Answer, checker: SchemaChecker): string[] => {
  const documented = responses[String(status)];
  if (!documented) return [`status ${status} is documented nowhere`];
  const { content } = documented;
  if (!content) return text === '' ? [] : ['a body is documented nowhere'];
  const [type = ''] = (headers['content-type'] ?? '').split(';');
  const described = content[type];
  if (!described) return [`type ${type} is documented nowhere`];
  return type === 'application/json' ? checker.faultsOf(described.schema, parse(text), 'answer') : [];
};

const problemFaults = ({ responses }: Operation, { status, headers, text }: Answer, checker: SchemaChecker): string[] => {
  if (!headers['content-type']?.startsWith('application/problem+json')) return [`${status} of type ${headers['content-type']}`];
  if (!responses[`${Math.floor(status / 100)}XX`]) return ['refusals are documented nowhere'];
  const body = parse(text) as Record<string, unknown> | undefined;
  if (typeof body !== 'object' || body === null) return ['a refusal that is no JSON'];
  const { type, title, detail, code, traceId, errors } = body;
  const expected = Object.hasOwn(STATUSES, String(code)) ? STATUSES[code as CommonCode] : undefined;
  // What a code comes with stands beside these.
  const common = Object.fromEntries(
    ['type', 'title', 'status', 'detail', 'code', 'traceId', 'errors'].flatMap((name) =>
      name in body ? [[name, body[name]]] : [],
    ),
  );
  return [
    ...checker.faultsOf({ $ref: '#/components/schemas/Problem' }, common, 'problem'),
    ...(expected === status && body['status'] === status ? [] : [`${String(code)} with status ${status}`]),
    ...(type === `urn:problem:login-rewards:${String(code)}` ? [] : [`type ${String(type)}`]),
    ...(String(detail).replace(/\.$/, '') === title ? [`a detail that repeats its title: ${title}`] : []),
    ...(/^[0-9a-f]{32}$/.test(String(traceId)) ? [] : ['a malformed traceId']),
    ...(code === 'VALIDATION_FAILED' && !(Array.isArray(errors) && errors.length > 0) ? ['no field errors'] : []),
    ...(status >= 500 && !EXPECTED_FAILURES.has(code) ? [`${status} ${String(code)}`] : []),
  ];
};
