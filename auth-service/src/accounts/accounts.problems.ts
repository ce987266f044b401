import type { AccountCode } from '@rewards/contracts';
import { commonRejection, reject as rejectAny, type RejectionData, type RejectionTable } from '@rewards/service-kit/rejections';
import { MAX_FAILURES } from '../sessions/lockout';

/** Reasons to reject a request: a rule of accounts and sessions, or the state of the service. */
export type AccountReason =
  AccountCode | 'NO_SUCH_ACCOUNT' | 'LOST_RACES' | 'OUTBOX_FULL' | 'REFRESH_TIMED_OUT' | 'SENDER_QUEUE_FULL' | 'QUEUE_FULL';

/** Rejects the request by throwing. Usable as an expression. */
export const reject: (reason: AccountReason, details?: RejectionData) => never = rejectAny;

/** The problem for each reason. */
export const ACCOUNT_REJECTIONS = {
  EMAIL_TAKEN: {
    title: 'An account with this e-mail already exists',
    explain: () => 'Log in with this e-mail, or register with another one.',
  },
  BAD_CREDENTIALS: {
    title: 'E-mail or password is wrong',
    explain: () => 'No account has this e-mail and password. Correct them and retry.',
  },
  ACCOUNT_LOCKED: {
    title: 'Too many failed logins with this e-mail',
    explain: ({ seconds }) =>
      `${MAX_FAILURES} logins with this e-mail failed. Retry in ${Number(seconds)} s. Until then, even the correct password is rejected.`,
    members: () => ({}),
    headers: ({ seconds }) => ({ 'retry-after': String(seconds) }),
  },
  TOKEN_REUSED: {
    title: 'The refresh token was already used, and its session has ended',
    explain: () =>
      'A refresh token is valid once. Somebody else may have a copy of this one, so its session has ended. Log in again.',
  },
  BAD_TOKEN: {
    title: 'The refresh token is unknown, expired or revoked',
    explain: () => 'Send the refreshToken from the latest login or refresh response, or log in again.',
  },
  LAST_ADMIN: {
    title: 'The last administrator must keep the role ADMIN',
    explain: () => 'No other account has the role ADMIN. Give it to another account first, then retry.',
  },
  NO_SUCH_ACCOUNT: commonRejection(
    'NOT_FOUND',
    ({ accountId }) => `The account ${String(accountId)} does not exist or was erased. GET /accounts lists all accounts.`,
  ),
  LOST_RACES: commonRejection('TRY_AGAIN'),
  OUTBOX_FULL: commonRejection(
    'UNAVAILABLE',
    () => 'Too many logins of this account have not been published to the message bus yet. Retry shortly.',
  ),
  REFRESH_TIMED_OUT: commonRejection(
    'UNAVAILABLE',
    () => 'The document store timed out, so the token may or may not have been rotated. Retry immediately with the same token.',
  ),
  SENDER_QUEUE_FULL: commonRejection(
    'RATE_LIMITED',
    () => 'Too many passwords from your network are waiting to be checked. Retry in 1 s.',
  ),
  QUEUE_FULL: commonRejection('UNAVAILABLE', () => 'Too many passwords are waiting to be checked. Retry in 1 s.'),
} satisfies RejectionTable<AccountReason>;
