import type { CommonCode, FieldError, Rejected } from '@rewards/contracts';
import { COMMON_PROBLEMS, describeErrors, Problem, type ProblemKind } from './problem';

/** What is known of a rejection: the request, as far as it was recorded, and the details of the reason. */
export type Known = Readonly<Record<string, unknown>>;

/** The problem that a reason becomes. */
export interface RejectionKind extends ProblemKind {
  /** The reason itself, unless another one is given. */
  readonly code?: string;
  /** Says what is wrong with this request and how to correct it. */
  readonly explain: (known: Known) => string;
  /** The details that the response shows as members of the problem: all of them, unless it says otherwise. */
  readonly members?: (details: Known) => Known;
  readonly headers?: (details: Known) => Readonly<Record<string, string>>;
}

/** A problem for each reason of a service. A total table: forgetting a reason does not compile. */
export type RejectionTable<Reason extends string = string> = Readonly<Record<Reason, RejectionKind>>;

/** A reason that becomes a problem of a code that any route may answer with. Its details are not shown. */
export const common = (
  code: CommonCode,
  explain: RejectionKind['explain'] = () => COMMON_PROBLEMS[code].detail,
  headers?: RejectionKind['headers'],
): RejectionKind => {
  const { status, title } = COMMON_PROBLEMS[code];
  return { status, title, code, explain, members: () => ({}), ...(headers && { headers }) };
};

/** Fields that are wrong in a way that their class cannot check: `errors` names them. */
export const INVALID_FIELDS: RejectionKind = {
  ...common('VALIDATION_FAILED', ({ errors }) => describeErrors(errors as readonly FieldError[])),
  members: (details) => details,
};

/** 429 with the seconds until the next request is accepted. @param reason one sentence */
export const tooMany = (reason: string): RejectionKind =>
  common(
    'RATE_LIMITED',
    ({ seconds }) => `${reason} Retry in ${wholeSeconds(seconds)} ${wholeSeconds(seconds) === 1 ? 'second' : 'seconds'}.`,
    ({ seconds }) => ({ 'retry-after': String(wholeSeconds(seconds)) }),
  );

const wholeSeconds = (seconds: unknown): number => Math.max(1, Math.ceil(Number(seconds)));

/** Maps a rejection by the table of its service; null for a reason that the table does not have. */
export const toProblem = (table: RejectionTable, rejected: Rejected): Problem | null => {
  const kind = Object.hasOwn(table, rejected.reason) ? table[rejected.reason] : undefined;
  return kind ? problemOf(kind, rejected) : null;
};

/** The problem that a rejection of this kind becomes. */
export const problemOf = (kind: RejectionKind, { reason, details, record }: Rejected): Problem =>
  new Problem(kind.code ?? reason, kind, {
    detail: kind.explain({ ...record?.request, ...details }),
    extensions: kind.members?.(details) ?? details,
    headers: { ...kind.headers?.(details), ...(record && { 'x-position': record.position }) },
  });
