/** An error answer of the API, as problem+json. */
export interface Problem {
  readonly code: string;
  readonly title: string;
  readonly status: number;
  readonly detail?: string;
  readonly traceId?: string;
  readonly errors?: readonly FieldError[];
  /** Members that belong to the code, such as `remaining`. */
  readonly [member: string]: unknown;
}

export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/** Thrown for each answer that is not a success. `code` is OFFLINE if there was no answer at all. */
export class ApiProblem extends Error {
  constructor(
    readonly problem: Problem,
    /** Milliseconds after which the server expects a retry; null if it does not say. */
    readonly retryAfterMs: number | null = null,
  ) {
    super(problem.detail ?? problem.title);
    this.name = 'ApiProblem';
  }

  get code(): string {
    return this.problem.code;
  }

  get status(): number {
    return this.problem.status;
  }

  /** Whether the same request may succeed later. */
  get isTemporary(): boolean {
    return [0, 429, 502, 503, 504].includes(this.status);
  }
}

export const OFFLINE = 'OFFLINE';

export const offline = (): ApiProblem => new ApiProblem({ code: OFFLINE, status: 0, title: 'No connection' });

/** Reads the problem of an error answer, whatever its body is: a proxy in between may answer with text. */
export const problemOf = (body: unknown, response: Response): ApiProblem => {
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const known = typeof body === 'object' && body !== null && 'code' in body ? (body as Problem) : null;
  return new ApiProblem(
    known ?? {
      code: `HTTP_${response.status}`,
      status: response.status,
      title: response.statusText || `HTTP ${response.status}`,
    },
    Number.isFinite(retryAfter) ? retryAfter * 1_000 : null,
  );
};
