import { Rejected } from '@rewards/contracts';
import type { Problem } from '@rewards/service-kit/problem';
import {
  commonRejection,
  INVALID_FIELDS,
  toProblemOfKind,
  toProblem,
  type RejectionData,
  type RejectionTable,
} from '@rewards/service-kit/rejections';

/** Reasons for which the gateway itself rejects a request. */
export type GatewayReason =
  | 'INVALID_FIELDS'
  | 'NOT_JSON'
  | 'FOREIGN_ORIGIN'
  | 'NO_SESSION'
  | 'NOT_BUILT'
  | 'NO_SUCH_PAGE'
  | 'NOT_READY'
  | 'SERVICE_UNREACHABLE'
  | 'SERVICE_TOO_SLOW'
  | 'SERVICE_FAILED'
  | 'TOO_MANY_CONNECTIONS'
  | 'TOO_MANY_CONNECTIONS_OF_ADDRESS';

const ADVICE = 'Close some of them, or retry later.';

/** The problem for each reason. */
const GATEWAY_REJECTIONS = {
  INVALID_FIELDS,
  NOT_JSON: commonRejection('UNSUPPORTED_MEDIA_TYPE'),
  FOREIGN_ORIGIN: commonRejection('FORBIDDEN', ({ origin, own }) => {
    const accepted = `This route accepts requests from pages of ${String(own)} only`;
    return origin === undefined
      ? `${accepted}, and this request has no Origin header.`
      : `${accepted}, not from ${String(origin)}.`;
  }),
  NO_SESSION: {
    title: 'The refresh token is unknown, expired or revoked',
    code: 'BAD_TOKEN',
    explain: ({ cookie }) => `The request has no valid cookie ${String(cookie)}. Sign in.`,
    members: () => ({}),
  },
  NOT_BUILT: commonRejection(
    'UNAVAILABLE',
    ({ application }) =>
      `The application /${String(application)} is not built. Build it with "node console/build.mjs"; "npm start" does so by itself.`,
  ),
  NO_SUCH_PAGE: commonRejection('NOT_FOUND'),
  NOT_READY: {
    ...commonRejection(
      'UNAVAILABLE',
      ({ services }) => `These services are not ready: ${downIn(services as Readonly<Record<string, string>>)}.`,
    ),
    members: (details) => details,
  },
  SERVICE_UNREACHABLE: commonRejection(
    'UNAVAILABLE',
    () => 'The service is unavailable, and the request was not carried out. Retry shortly.',
  ),
  SERVICE_TOO_SLOW: commonRejection('UPSTREAM_TIMEOUT'),
  SERVICE_FAILED: commonRejection('BAD_GATEWAY'),
  TOO_MANY_CONNECTIONS: commonRejection('UNAVAILABLE', () => `Too many connections are open. ${ADVICE}`),
  TOO_MANY_CONNECTIONS_OF_ADDRESS: commonRejection(
    'RATE_LIMITED',
    ({ open }) => `${String(open)} connections are open from your address. ${ADVICE}`,
  ),
} satisfies RejectionTable<GatewayReason>;

const downIn = (services: Readonly<Record<string, string>>): string =>
  Object.entries(services)
    .flatMap(([service, state]) => (state === 'down' ? [service] : []))
    .join(', ');

/** Creates a rejection of the gateway. @param cause the underlying error, for the log */
export const rejected = (reason: GatewayReason, details?: RejectionData, cause?: Error): Rejected<GatewayReason> =>
  Object.assign(new Rejected(reason, details), cause && { cause });

/** Maps a rejection of the gateway to its problem. @returns null for any other error */
export const gatewayProblem = (error: unknown): Problem | null =>
  error instanceof Rejected ? toProblem(GATEWAY_REJECTIONS, error) : null;

/** Creates the problem for a rejected connection. */
export const connectionProblem = (reason: GatewayReason, details: RejectionData): Problem =>
  toProblemOfKind(GATEWAY_REJECTIONS[reason], rejected(reason, details));
