import { isId, type CommonCode, type FieldError, type ProblemBody } from '@rewards/contracts';

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
}

/** HTTP is a total table over the codes: forgetting a row does not compile. */
const COMMON_PROBLEMS: Readonly<Record<CommonCode, ProblemKind>> = {
  VALIDATION_FAILED: { status: 400, title: 'The request is not valid' },
  UNAUTHENTICATED: { status: 401, title: 'A valid access token is needed' },
  FORBIDDEN: { status: 403, title: 'Your roles do not allow this' },
  NOT_FOUND: { status: 404, title: 'Not found' },
  METHOD_NOT_ALLOWED: { status: 405, title: 'Method not allowed' },
  STALE_REVISION: { status: 412, title: 'Somebody else changed it meanwhile' },
  PAYLOAD_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'The body must be JSON' },
  RATE_LIMITED: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Something went wrong' },
  BAD_GATEWAY: { status: 502, title: 'A service gave no valid answer' },
  UNAVAILABLE: { status: 503, title: 'Not available now' },
  TRY_AGAIN: { status: 503, title: 'Too many requests at once for the same thing' },
  NOT_CAUGHT_UP: { status: 503, title: 'Not caught up with that position yet' },
  UPSTREAM_TIMEOUT: { status: 504, title: 'A service did not answer in time' },
};

export interface ProblemOptions {
  /** For people; says nothing internal. */
  readonly detail?: string;
  /** What the code comes with; stands beside it at the top level. */
  readonly extensions?: Readonly<Record<string, unknown>>;
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
    readonly code: string,
    kind: ProblemKind,
    { detail = `${kind.title}.`, extensions = {}, headers = {} }: ProblemOptions = {},
  ) {
    super(`${code}: ${detail}`);
    this.status = kind.status;
    this.title = kind.title;
    this.detail = detail;
    this.extensions = extensions;
    this.headers = kind.status === 429 || kind.status === 503 ? { 'retry-after': '1', ...headers } : headers;
  }

  body(traceId: string): ProblemBody {
    const { status, title, detail, code } = this;
    return { type: `urn:problem:login-rewards:${code}`, title, status, detail, code, traceId, ...this.extensions };
  }
}

/** A problem of the codes that any route may answer with. */
export const problem = (code: CommonCode, options: ProblemOptions = {}): Problem =>
  new Problem(code, COMMON_PROBLEMS[code], options);

/** 400 with the fields that are wrong. */
export const invalid = (...errors: readonly FieldError[]): Problem =>
  problem('VALIDATION_FAILED', {
    detail: errors
      .map(({ field, message }) => `${field}: ${message}`)
      .join('; ')
      .slice(0, 1_000),
    extensions: { errors },
  });

/** An id that a path names. @throws Problem NOT_FOUND for one that nobody can have made */
export const existingId = (id: string): string => {
  if (!isId(id)) throw problem('NOT_FOUND');
  return id;
};

/** Whether a client's own request id may be used: short and plain. */
export const isSaneRequestId = (value: unknown): value is string =>
  typeof value === 'string' && /^[A-Za-z0-9._-]{1,100}$/.test(value);
