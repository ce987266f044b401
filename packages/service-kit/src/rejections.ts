import { Rejected, type CommonCode, type FieldError, type ProblemCode } from '@rewards/contracts';
import { COMMON_PROBLEMS, describeErrors, Problem, retryLater, type ProblemKind } from './problem';

/** What is known of a rejection: the request, as far as it was recorded, and the details of the reason. */
export type Known = Readonly<Record<string, unknown>>;

/** The problem that a reason becomes. */
export interface RejectionKind extends ProblemKind {
  /** The reason itself, unless another one is given. */
  readonly code?: ProblemCode;
  /** Says what is wrong with this request and how to correct it. */
  readonly explain: (known: Known) => string;
  /** The details that the response shows as members of the problem: all of them, unless it says otherwise. */
  readonly members?: (details: Known) => Known;
  readonly headers?: (details: Known) => Readonly<Record<string, string>>;
}

/**
 * A problem for each reason of a service. A total table: a reason without a row does not compile, nor does one without a code that is
 * no code itself.
 */
export type RejectionTable<Reason extends string> = {
  readonly [Each in Reason]: Each extends ProblemCode ? RejectionKind : RejectionKind & { readonly code: ProblemCode };
};

/** The table of any service. */
export type AnyRejectionTable = Readonly<Record<string, RejectionKind>>;

/** Rejects a request: throws where an expression is wanted. Each service has it for its own reasons. */
export const reject = (reason: string, details?: Known): never => {
  throw new Rejected(reason, details);
};

/** A reason that becomes a problem of a code that any route may answer with. Its details are not shown. */
export const common = (
  code: CommonCode,
  explain: RejectionKind['explain'] = () => COMMON_PROBLEMS[code].detail,
  headers?: RejectionKind['headers'],
) => {
  const { title } = COMMON_PROBLEMS[code];
  return { title, code, explain, members: (): Known => ({}), ...(headers && { headers }) } satisfies RejectionKind;
};

/** Fields that are wrong in a way that their class cannot check: `errors` names them. */
export const INVALID_FIELDS = {
  ...common('VALIDATION_FAILED', ({ errors }) => describeErrors(errors as readonly FieldError[])),
  members: (details) => details,
} satisfies RejectionKind;

/** 429 with the seconds until the next request is accepted. @param reason one sentence */
export const tooMany = (reason: string) =>
  common(
    'RATE_LIMITED',
    ({ seconds }) => retryLater(reason, Number(seconds)).detail,
    ({ seconds }) => retryLater(reason, Number(seconds)).headers,
  );

/** Maps a rejection by the table of its service; null for a reason that the table does not have. */
export const toProblem = (table: AnyRejectionTable, rejected: Rejected): Problem | null => {
  const kind = Object.hasOwn(table, rejected.reason) ? table[rejected.reason] : undefined;
  return kind ? problemOf(kind, rejected) : null;
};

/** The problem that a rejection of this kind becomes. */
export const problemOf = (kind: RejectionKind, { reason, details, record }: Rejected): Problem =>
  // A reason that is no code has one in its row: see `RejectionTable`.
  new Problem(kind.code ?? (reason as ProblemCode), kind, {
    detail: kind.explain({ ...record?.request, ...details }),
    extensions: kind.members?.(details) ?? details,
    headers: { ...kind.headers?.(details), ...(record && { 'x-position': record.position }) },
  });
