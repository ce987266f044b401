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

/** A kind with a default detail, for cases in which nothing more specific is known. */
export interface DetailedProblemKind extends ProblemKind {
  readonly detail: string;
}

/** The title and default detail of each code. A missing row does not compile. The statuses are in `PROBLEM_STATUSES`. */
export const COMMON_PROBLEMS: Readonly<Record<CommonCode, DetailedProblemKind>> = {
  VALIDATION_FAILED: {
    title: 'The request is not valid',
    detail: 'A part of the request is missing or malformed. Compare it with /api-docs.',
  },
  UNAUTHENTICATED: {
    title: 'A valid access token is required',
    detail: 'The request has no access token, or its token is invalid or expired. Log in and send the new token.',
  },
  FORBIDDEN: {
    title: 'This is not allowed',
    detail: 'The account of this access token does not have a role that may call this route.',
  },
  NOT_FOUND: {
    title: 'Not found',
    detail: 'This account can see no route or resource at this path.',
  },
  METHOD_NOT_ALLOWED: {
    title: 'Method not allowed',
    detail: 'This path does not accept this method. The Allow header lists the methods that it accepts.',
  },
  STALE_REVISION: {
    title: 'The event was changed by another request',
    detail: 'If-Match does not contain the current revision. Read the event again and repeat the change with its new ETag.',
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
    title: 'Internal error',
    detail: 'The request failed unexpectedly. Report the traceId, which identifies the cause in the log.',
  },
  BAD_GATEWAY: {
    title: 'A service sent no valid response',
    detail:
      'The connection to the service failed before its response was complete, so the outcome is unknown. Retry the same request.',
  },
  UNAVAILABLE: {
    title: 'Temporarily unavailable',
    detail: 'A service or engine is unavailable, so the outcome may be unknown. Retry the same request.',
  },
  TRY_AGAIN: {
    title: 'Too many concurrent changes to the same data',
    detail: 'Other requests changed the same data at every attempt, so nothing was recorded. Retry the same request.',
  },
  NOT_CAUGHT_UP: {
    title: 'The read model has not caught up yet',
    detail: 'The read model has not reached the write in X-Min-Position or the login in afterLogin. Retry shortly.',
  },
  UPSTREAM_TIMEOUT: {
    title: 'A service did not respond in time',
    detail: 'The service did not respond in time, so the outcome is unknown. Retry the same request.',
  },
};

export interface ProblemOptions<Members extends object = Readonly<Record<string, unknown>>> {
  /** For people; reveals nothing internal. */
  readonly detail?: string;
  /** Members of the code, at the top level of the problem. */
  readonly extensions?: Members;
  readonly headers?: Readonly<Record<string, string>>;
}

/** An error response in the form of RFC 9457 problem+json. */
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

/** Creates a problem with a code that any route may return. */
export const problem = <Code extends CommonCode>(code: Code, options: ProblemOptions<ProblemMembers[Code]> = {}): Problem =>
  new Problem(code, COMMON_PROBLEMS[code], { ...options, detail: options.detail ?? COMMON_PROBLEMS[code].detail });

/** Creates a 400 with the invalid fields. */
export const invalid = (...errors: readonly FieldError[]): Problem =>
  problem('VALIDATION_FAILED', { detail: describeErrors(errors), extensions: { errors } });

/** Joins the invalid fields into one `detail`. */
export const describeErrors = (errors: readonly FieldError[]): string =>
  errors
    .map(({ field, message }) => (field === 'body' ? `The body ${message}` : `${field}: ${message}`))
    .join('; ')
    .slice(0, 1_000);

/** Creates a 405 with the methods that the path accepts. */
export const methodNotAllowed = (method: string, allow: readonly string[]): Problem =>
  problem('METHOD_NOT_ALLOWED', {
    detail: `This path accepts ${allow.join(' and ')}, not ${method}.`,
    headers: { allow: allow.join(', ') },
  });

/** Creates a 403 with the roles that the route needs and those that the token has. */
export const forbidden = (needed: readonly string[], roles: readonly string[]): Problem =>
  problem('FORBIDDEN', {
    detail: `This route needs the role ${anyOf([...new Set([...needed, 'ADMIN'])])}. Your token has ${roles.join(', ') || 'none'}.`,
  });

const anyOf = (names: readonly string[]): string =>
  names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names.join();

/** Returns when to retry, in whole seconds, as detail and as header. @param reason one sentence @param seconds until the next request is accepted */
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

/** Creates a 429 with the time to retry. @param reason one sentence @param seconds until the next request is accepted */
export const rateLimited = (reason: string, seconds: number): Problem => problem('RATE_LIMITED', retryLater(reason, seconds));

/** Creates a 404 for a method and path that no route serves. @param path as it was requested, without its query */
export const noRoute = (method: string, path: string): Problem =>
  problem('NOT_FOUND', { detail: `No route matches ${method} ${path.slice(0, 200)}. The routes are listed at /api-docs.` });

/** Returns an id from a path. @throws Problem NOT_FOUND for text that cannot be an id */
export const parsePathId = (id: string): string => {
  const quoted = id.slice(0, 100);
  if (!isId(id)) {
    throw problem('NOT_FOUND', { detail: `The path contains "${quoted}" where an id is expected. Ids are UUIDs in lower case.` });
  }
  return id;
};
