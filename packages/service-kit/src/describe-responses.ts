import { PROBLEM_STATUSES, type ProblemCode, type ServiceName } from '@rewards/contracts';
import { examplesOf } from './open-api-examples';
import { COMMON_HEADERS, headerRefs, RESPONSE_HEADERS, type ResponseHeader } from './open-api-headers';
import { problemResponse, withExamples } from './open-api-responses';
import type { Json } from './open-api-schema';
import { operationOf, type DescribedRoute } from './operations';

/** The services whose commands record domain events. */
const RECORDING: ReadonlySet<DescribedRoute['service']> = new Set<ServiceName>(['command', 'delivery']);

/** Completes the successes of an operation. @param responses by status */
export const describeSuccesses = (route: DescribedRoute, responses: Readonly<Record<string, Json>>): Json => {
  const { id, showsEvent, marksReplays = false } = operationOf(route);
  const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  const isCreation = successes.some(([status]) => status === '201');
  return Object.fromEntries(
    successes.map(([status, response]) => {
      const isReplay = isCreation && status === '200';
      const headers: ResponseHeader[] = [
        ...COMMON_HEADERS,
        ...(showsEvent ? (['ETag'] as const) : []),
        ...(status === '201' ? (['Location'] as const) : []),
        ...(isReplay ? (['Idempotent-Replayed'] as const) : []),
        ...(route.method === 'POST' && RECORDING.has(route.service) && !isReplay ? (['X-Position'] as const) : []),
        ...(route.path.endsWith('/export') ? (['Content-Disposition'] as const) : []),
        ...(route.service === 'gateway' ? (['Set-Cookie'] as const) : []),
      ];
      const description = isReplay ? 'The first response, repeated' : String(response.description || 'OK');
      return [
        status,
        {
          ...response,
          description,
          headers: {
            ...headerRefs(headers),
            ...(marksReplays && { 'Idempotent-Replayed': { ...RESPONSE_HEADERS['Idempotent-Replayed'], required: false } }),
          },
          ...(response.content !== undefined && {
            content: withExamples(response.content as Readonly<Record<string, Json>>, examplesOf(id, Number(status), [])),
          }),
        },
      ];
    }),
  );
};

/** Headers of problems, by their status. */
const PROBLEM_HEADERS: Readonly<Record<number, readonly ResponseHeader[]>> = {
  401: ['WWW-Authenticate'],
  405: ['Allow'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** Statuses of rejections that command-service records. */
const RECORDED_STATUSES: ReadonlySet<number> = new Set([404, 409, 422]);

/** Describes the problems of an operation. */
export const describeProblems = (route: DescribedRoute, codes: readonly ProblemCode[]): Json => {
  const { id } = operationOf(route);
  return Object.fromEntries(
    [...new Set(codes.map((code) => PROBLEM_STATUSES[code]))].map((status) => {
      const ofStatus = codes.filter((code) => PROBLEM_STATUSES[code] === status);
      const isRecorded =
        route.service === 'command' && RECORDED_STATUSES.has(status) && ofStatus.some((code) => code !== 'NOT_FOUND');
      const headers = [
        ...COMMON_HEADERS,
        ...(PROBLEM_HEADERS[status] ?? []),
        ...(isRecorded ? (['X-Position'] as const) : []),
        ...(ofStatus.includes('BAD_TOKEN') && route.service === 'gateway' ? (['Set-Cookie'] as const) : []),
      ];
      return [status, problemResponse(ofStatus, headers, examplesOf(id, status, ofStatus))];
    }),
  );
};
