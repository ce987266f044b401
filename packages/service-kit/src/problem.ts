import {
  isId,
  PROBLEM_STATUSES,
  type CommonCode,
  type FieldError,
  type ProblemBody,
  type ProblemCode,
  type ProblemMembers,
} from '@rewards/contracts';

export interface ProblemKind {
  readonly title: string;
}

/** A kind whose detail says enough, where the thrower has nothing more exact to say. */
export interface DetailedProblemKind extends ProblemKind {
  readonly detail: string;
}

/** A total table over the codes: a code without a row does not compile. Their statuses are `PROBLEM_STATUSES`. */
export const COMMON_PROBLEMS: Readonly<Record<CommonCode, DetailedProblemKind>> = {
  VALIDATION_FAILED: {
    title: 'The request is not valid',
    detail: 'A part of the request is missing or malformed. Compare it with /api-docs.',
  },
  UNAUTHENTICATED: {
    title: 'A valid access token is needed',
    detail: 'The request carries no access token, or one that is malformed, expired or not ours. Log in and send the new token.',
  },
  FORBIDDEN: {
    title: 'Your roles do not allow this',
    detail: 'The account of this access token does not have a role that may call this route.',
  },
  NOT_FOUND: {
    title: 'Not found',
    detail: 'The path or an id in it names nothing that exists for this account.',
  },
  METHOD_NOT_ALLOWED: {
    title: 'Method not allowed',
    detail: 'This path exists, but not for this method. The Allow header lists the methods that it accepts.',
  },
  STALE_REVISION: {
    title: 'Somebody else changed it meanwhile',
    detail: 'If-Match names an earlier revision. Read the event again and repeat the change with its new ETag.',
  },
  PAYLOAD_TOO_LARGE: {
    title: 'The body is too large',
    detail: 'The body has more bytes than this route accepts. Shorten it, or split it into several requests.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    title: 'The body must be JSON',
    detail: 'Send the body as uncompressed JSON in UTF-8, with the header Content-Type: application/json.',
  },
  RATE_LIMITED: {
    title: 'Too many requests',
    detail: 'This client sent too many requests in a short time. Wait for the seconds in Retry-After, then retry.',
  },
  INTERNAL: {
    title: 'Something went wrong',
    detail: 'The request failed unexpectedly. Report the traceId: it finds the cause in the log.',
  },
  BAD_GATEWAY: {
    title: 'A service gave no valid answer',
    detail: 'The service broke off its answer, so the outcome is unknown. Retry the same request.',
  },
  UNAVAILABLE: {
    title: 'Not available now',
    detail: 'A service or engine is unavailable, so the outcome may be unknown. Retry the same request.',
  },
  TRY_AGAIN: {
    title: 'Too many requests at once for the same thing',
    detail: 'Other requests changed the same data at every attempt, so nothing was recorded. Retry the same request.',
  },
  NOT_CAUGHT_UP: {
    title: 'Not caught up with that position yet',
    detail: 'The read model has not reached the write that X-Min-Position names. Retry shortly.',
  },
  UPSTREAM_TIMEOUT: {
    title: 'A service did not answer in time',
    detail: 'The service did not answer in time, so the outcome is unknown. Retry the same request.',
  },
};

export interface ProblemOptions<Members extends object = Readonly<Record<string, unknown>>> {
  /** For people; says nothing internal. */
  readonly detail?: string;
  /** What the code comes with; stands beside it at the top level. */
  readonly extensions?: Members;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A refusal on its way to the client as RFC 9457 problem+json. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly code: ProblemCode,
    { title }: ProblemKind,
    { detail, extensions = {}, headers = {} }: ProblemOptions<object> & { readonly detail: string },
  ) {
    super(`${code}: ${detail}`);
    this.status = PROBLEM_STATUSES[code];
    this.title = title;
    this.detail = detail;
    this.extensions = { ...extensions };
    this.headers = this.status === 429 || this.status === 503 ? { 'retry-after': '1', ...headers } : headers;
  }

  body(traceId: string): ProblemBody {
    const { status, title, detail, code } = this;
    return { type: `urn:problem:login-rewards:${code}`, title, status, detail, code, traceId, ...this.extensions };
  }
}

/** A problem of the codes that any route may answer with. */
export const problem = <Code extends CommonCode>(code: Code, options: ProblemOptions<ProblemMembers[Code]> = {}): Problem =>
  new Problem(code, COMMON_PROBLEMS[code], { ...options, detail: options.detail ?? COMMON_PROBLEMS[code].detail });

/** 400 with the fields that are wrong. */
export const invalid = (...errors: readonly FieldError[]): Problem =>
  problem('VALIDATION_FAILED', { detail: describeErrors(errors), extensions: { errors } });

/** The wrong fields as one `detail`. */
export const describeErrors = (errors: readonly FieldError[]): string =>
  errors
    .map(({ field, message }) => (field === 'body' ? `The body ${message}` : `${field}: ${message}`))
    .join('; ')
    .slice(0, 1_000);

/** 405 with the methods that the path accepts. */
export const methodNotAllowed = (method: string, allow: readonly string[]): Problem =>
  problem('METHOD_NOT_ALLOWED', {
    detail: `This path accepts ${allow.join(' and ')}, not ${method}.`,
    headers: { allow: allow.join(', ') },
  });

/** 403 with the roles that the route needs and those that the token has. */
export const forbidden = (needed: readonly string[], roles: readonly string[]): Problem =>
  problem('FORBIDDEN', {
    detail: `This route needs the role ${anyOf([...new Set([...needed, 'ADMIN'])])}. Your token has ${roles.join(', ') || 'none'}.`,
  });

const anyOf = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names.join();

/** When to retry, in whole seconds: for people, and for the client. @param reason one sentence @param seconds until the next request is accepted */
export const retryLater = (
  reason: string,
  seconds: number,
): { readonly detail: string; readonly headers: Readonly<Record<string, string>> } => {
  const wait = Math.max(1, Math.ceil(seconds));
  return {
    detail: `${reason} Retry in ${wait} ${wait === 1 ? 'second' : 'seconds'}.`,
    headers: { 'retry-after': String(wait) },
  };
};

/** 429 with when to retry. @param reason one sentence @param seconds until the next request is accepted */
export const rateLimited = (reason: string, seconds: number): Problem => problem('RATE_LIMITED', retryLater(reason, seconds));

/** 404 for a method and path that no route serves. @param path as it was requested, without its query */
export const noRoute = (method: string, path: string): Problem =>
  problem('NOT_FOUND', { detail: `No route answers ${method} ${path.slice(0, 200)}. The routes are listed at /api-docs.` });

/** An id that a path names. @throws Problem NOT_FOUND for one that nobody can have made */
export const existingId = (id: string): string => {
  const quoted = id.slice(0, 100);
  if (!isId(id)) {
    throw problem('NOT_FOUND', { detail: `The path contains "${quoted}" where an id is expected. Ids are UUIDs in lower case.` });
  }
  return id;
};
