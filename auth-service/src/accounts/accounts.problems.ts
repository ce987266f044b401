import type { AccountCode } from '@rewards/contracts';
import { problem, Problem, type ProblemKind } from '@rewards/service-kit';
import type { ProblemMapping } from '@rewards/service-kit/problem.filter';
import { QueueFull } from '../fair-queue';
import { MAX_FAILURES } from '../sessions/lockout';

const ACCOUNT_PROBLEMS: Readonly<Record<AccountCode, ProblemKind>> = {
  EMAIL_TAKEN: { status: 409, title: 'An account with this e-mail exists already' },
  BAD_CREDENTIALS: { status: 401, title: 'E-mail or password is wrong' },
  ACCOUNT_LOCKED: { status: 429, title: 'Too many failed logins: wait before the next one' },
  TOKEN_REUSED: { status: 401, title: 'This refresh token was used before: its session has ended' },
  BAD_TOKEN: { status: 401, title: 'The refresh token is unknown, expired or ended' },
  LAST_ADMIN: { status: 409, title: 'The last administrator must stay one' },
};

/** A rule of accounts or sessions is broken. */
export class Refused extends Error {
  override readonly name = 'Refused';
  constructor(
    readonly code: AccountCode,
    /** When to come back, for ACCOUNT_LOCKED. */
    readonly retryAfterSeconds?: number,
  ) {
    super(code);
  }
}

export const accountProblems: ProblemMapping = (error) => {
  if (error instanceof QueueFull) {
    return error.isOfSender
      ? problem('RATE_LIMITED', { detail: 'Too many passwords from your network are waiting to be checked. Retry in 1 s.' })
      : problem('UNAVAILABLE', { detail: 'Too many passwords are waiting to be checked. Retry in 1 s.' });
  }
  if (!(error instanceof Refused)) return null;
  const { code, retryAfterSeconds } = error;
  return new Problem(code, ACCOUNT_PROBLEMS[code], {
    ...(retryAfterSeconds !== undefined && { detail: lockedDetail(retryAfterSeconds) }),
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  });
};

const lockedDetail = (seconds: number): string =>
  `${MAX_FAILURES} logins with this e-mail have failed. Wait ${seconds} s; until then even the correct password is rejected.`;
