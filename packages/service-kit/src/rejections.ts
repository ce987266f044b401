import { Rejected, type CommonCode, type FieldError, type ProblemCode } from '@rewards/contracts';
import { COMMON_PROBLEMS, describeErrors, Problem, retryLater, type ProblemKind } from './problem';

/** The data of a rejection: the request, if it was recorded, and the details of the reason. */
export type RejectionData = Readonly<Record<string, unknown>>;

/** The problem for a reason. */
export interface RejectionKind extends ProblemKind {
  /** By default, the reason itself. */
  readonly code?: ProblemCode;
  /** Explains what is wrong with this request and how to correct it. */
  readonly explain: (known: RejectionData) => string;
  /** Selects the details that become members of the problem; by default, all. */
  readonly members?: (details: RejectionData) => RejectionData;
  readonly headers?: (details: RejectionData) => Readonly<Record<string, string>>;
}

/**
 * A problem for each reason of a service. A missing row does not compile, nor does a row without a code if its reason is not a
 * code.
 */
export type RejectionTable<Reason extends string> = {
  readonly [Each in Reason]: Each extends ProblemCode ? RejectionKind : RejectionKind & { readonly code: ProblemCode };
};

/** The table of any service. */
export type AnyRejectionTable = Readonly<Record<string, RejectionKind>>;

/** Rejects a request by throwing, also as an expression. Each service uses it with its own reasons. */
export const reject = (reason: string, details?: RejectionData): never => {
  throw new Rejected(reason, details);
};

/** Maps a reason to a code that any route may return. The problem does not show the details of the reason. */
export const commonRejection = (
  code: CommonCode,
  explain: RejectionKind['explain'] = () => COMMON_PROBLEMS[code].detail,
  headers?: RejectionKind['headers'],
) => {
  const { title } = COMMON_PROBLEMS[code];
  return { title, code, explain, members: (): RejectionData => ({}), ...(headers && { headers }) } satisfies RejectionKind;
};

/** Invalid fields that their class cannot detect, listed in `errors`. */
export const INVALID_FIELDS = {
  ...commonRejection('VALIDATION_FAILED', ({ errors }) => describeErrors(errors as readonly FieldError[])),
  members: (details) => details,
} satisfies RejectionKind;

/** Maps a reason to a 429 with the seconds until the next request is accepted. @param reason one sentence */
export const rateLimitedRejection = (reason: string) =>
  commonRejection(
    'RATE_LIMITED',
    ({ seconds }) => retryLater(reason, Number(seconds)).detail,
    ({ seconds }) => retryLater(reason, Number(seconds)).headers,
  );

/** Maps a rejection by the table of its service. @returns null for a reason that is not in the table */
export const toProblem = (table: AnyRejectionTable, rejected: Rejected): Problem | null => {
  const kind = Object.hasOwn(table, rejected.reason) ? table[rejected.reason] : undefined;
  return kind ? toProblemOfKind(kind, rejected) : null;
};

/** Maps a rejection of this kind to its problem. */
export const toProblemOfKind = (kind: RejectionKind, { reason, details, record }: Rejected): Problem =>
  // A reason that is not a code has one in its row: see `RejectionTable`.
  new Problem(kind.code ?? (reason as ProblemCode), kind, {
    detail: kind.explain({ ...record?.request, ...details }),
    extensions: kind.members?.(details) ?? details,
    headers: { ...kind.headers?.(details), ...(record && { 'x-position': record.position }) },
  });
