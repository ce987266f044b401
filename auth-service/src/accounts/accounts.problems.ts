import type { AccountCode } from '@rewards/contracts';
import { problem, Problem, type DetailedProblemKind } from '@rewards/service-kit';
import type { ProblemMapping } from '@rewards/service-kit/problem.filter';
import { QueueFull } from '../fair-queue';
import { MAX_FAILURES } from '../sessions/lockout';

const ACCOUNT_PROBLEMS: Readonly<Record<AccountCode, DetailedProblemKind>> = {
  EMAIL_TAKEN: {
    status: 409,
    title: 'An account with this e-mail exists already',
    detail: 'Log in with this e-mail, or register with another one.',
  },
  BAD_CREDENTIALS: {
    status: 401,
    title: 'E-mail or password is wrong',
    detail: 'The password does not belong to this account, or there is no such account. Correct it, then retry.',
  },
  ACCOUNT_LOCKED: {
    status: 429,
    title: 'Too many failed logins: wait before the next one',
    detail: 'Too many logins with this e-mail have failed. Wait for the seconds in Retry-After, then retry.',
  },
  TOKEN_REUSED: {
    status: 401,
    title: 'This refresh token was used before: its session has ended',
    detail: 'Each refresh token is valid once, so a copy of it may be in use elsewhere. Log in again.',
  },
  BAD_TOKEN: {
    status: 401,
    title: 'The refresh token is unknown, expired or ended',
    detail: 'Send the refreshToken of the latest answer to a login or refresh, or log in again.',
  },
  LAST_ADMIN: {
    status: 409,
    title: 'The last administrator must stay one',
    detail: 'Give another account the role ADMIN first, then repeat the request.',
  },
};

/** 404 for an account that a path names. */
export const noSuchAccount = (accountId: string): Problem =>
  problem('NOT_FOUND', { detail: `No account has the id ${accountId}, or it was erased. GET /accounts lists those that exist.` });

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
    detail: retryAfterSeconds === undefined ? ACCOUNT_PROBLEMS[code].detail : lockedDetail(retryAfterSeconds),
    ...(retryAfterSeconds !== undefined && { headers: { 'retry-after': String(retryAfterSeconds) } }),
  });
};

const lockedDetail = (seconds: number): string =>
  `${MAX_FAILURES} logins with this e-mail have failed. Wait ${seconds} s; until then even the correct password is rejected.`;
