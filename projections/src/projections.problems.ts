import {
  commonRejection,
  INVALID_FIELDS,
  reject as rejectAny,
  type RejectionData,
  type RejectionTable,
} from '@rewards/service-kit/rejections';

/** Reasons for which this service rejects a request. */
export type ProjectionReason = 'NO_SUCH_READ_MODEL' | 'INVALID_FIELDS' | 'TOO_MANY_STREAMS_OF_ACCOUNT' | 'TOO_MANY_STREAMS';

/** The problem for each reason. */
export const PROJECTION_REJECTIONS = {
  NO_SUCH_READ_MODEL: commonRejection(
    'NOT_FOUND',
    ({ name }) => `No read model is named "${String(name)}". GET /projections lists them.`,
  ),
  INVALID_FIELDS,
  TOO_MANY_STREAMS_OF_ACCOUNT: commonRejection(
    'UNAVAILABLE',
    ({ open }) => `This account already has ${String(open)} open audit streams, the maximum. Close one of them and retry.`,
  ),
  TOO_MANY_STREAMS: commonRejection(
    'UNAVAILABLE',
    ({ open }) => `This instance already serves ${String(open)} audit streams, the maximum. Retry later.`,
  ),
} satisfies RejectionTable<ProjectionReason>;

/** Rejects the request by throwing; it can be used as an expression. */
export const reject: (reason: ProjectionReason, details?: RejectionData) => never = rejectAny;
