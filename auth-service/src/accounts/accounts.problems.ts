import type { AccountCode } from '@rewards/contracts';
import { common, reject as rejectAny, type Known, type RejectionTable } from '@rewards/service-kit/rejections';
import { MAX_FAILURES } from '../sessions/lockout';

/** Why this service rejects a request: a rule of accounts and sessions, or a state of the service itself. */
export type AccountReason =
  AccountCode | 'NO_SUCH_ACCOUNT' | 'LOST_RACES' | 'OUTBOX_FULL' | 'REFRESH_TIMED_OUT' | 'SENDER_QUEUE_FULL' | 'QUEUE_FULL';

/** Rejects the request: throws where an expression is wanted. */
export const reject: (reason: AccountReason, details?: Known) => never = rejectAny;

/** The problem that each reason becomes. */
export const ACCOUNT_REJECTIONS = {
  EMAIL_TAKEN: {
    title: 'An account with this e-mail exists already',
    explain: () => 'Log in with this e-mail, or register with another one.',
  },
  BAD_CREDENTIALS: {
    title: 'E-mail or password is wrong',
    explain: () => 'The password does not belong to this account, or there is no such account. Correct it, then retry.',
  },
  ACCOUNT_LOCKED: {
    title: 'Too many failed logins: wait before the next one',
    explain: ({ seconds }) =>
      `${MAX_FAILURES} logins with this e-mail have failed. Wait ${Number(seconds)} s; until then even the correct password is rejected.`,
    members: () => ({}),
    headers: ({ seconds }) => ({ 'retry-after': String(seconds) }),
  },
  TOKEN_REUSED: {
    title: 'This refresh token was used before: its session has ended',
    explain: () => 'Each refresh token is valid once, so a copy of it may be in use elsewhere. Log in again.',
  },
  BAD_TOKEN: {
    title: 'The refresh token is unknown, expired or ended',
    explain: () => 'Send the refreshToken of the latest answer to a login or refresh, or log in again.',
  },
  LAST_ADMIN: {
    title: 'The last administrator must stay one',
    explain: () => 'Give another account the role ADMIN first, then repeat the request.',
  },
  NO_SUCH_ACCOUNT: common(
    'NOT_FOUND',
    ({ accountId }) => `No account has the id ${String(accountId)}, or it was erased. GET /accounts lists those that exist.`,
  ),
  LOST_RACES: common('TRY_AGAIN'),
  OUTBOX_FULL: common('UNAVAILABLE', () => 'Too many logins of this account wait for the message bus.'),
  REFRESH_TIMED_OUT: common(
    'UNAVAILABLE',
    () => 'The document store has not answered in time and the outcome is unknown. Retry at once with the same token.',
  ),
  SENDER_QUEUE_FULL: common(
    'RATE_LIMITED',
    () => 'Too many passwords from your network are waiting to be checked. Retry in 1 s.',
  ),
  QUEUE_FULL: common('UNAVAILABLE', () => 'Too many passwords are waiting to be checked. Retry in 1 s.'),
} satisfies RejectionTable<AccountReason>;
