import { common, INVALID_FIELDS, reject as rejectAny, type Known, type RejectionTable } from '@rewards/service-kit/rejections';

/** Why this service rejects a request. */
export type ProjectionReason = 'NO_SUCH_READ_MODEL' | 'INVALID_FIELDS' | 'TOO_MANY_STREAMS_OF_ACCOUNT' | 'TOO_MANY_STREAMS';

/** The problem that each reason becomes. */
export const PROJECTION_REJECTIONS = {
  NO_SUCH_READ_MODEL: common('NOT_FOUND', ({ name }) => `No read model is named "${String(name)}". GET /projections lists them.`),
  INVALID_FIELDS,
  TOO_MANY_STREAMS_OF_ACCOUNT: common(
    'UNAVAILABLE',
    ({ open }) => `This account has ${String(open)} audit streams open. Close one of them and retry.`,
  ),
  TOO_MANY_STREAMS: common(
    'UNAVAILABLE',
    ({ open }) => `This service serves ${String(open)} audit streams and has no room for more.`,
  ),
} satisfies RejectionTable<ProjectionReason>;

/** Rejects the request: throws where an expression is wanted. */
export const reject: (reason: ProjectionReason, details?: Known) => never = rejectAny;
