import { bodyOf, dataOf, type Schemas } from '../../shared/api/client';
import { api } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';

export type Projection = Schemas['ProjectionResponse'];
export type Rebuild = NonNullable<Projection['rebuild']>;
export type DeadLetter = Schemas['DeadLetterResponse'];
export type DeadLetterGroup = Schemas['DeadLetterGroupResponse'];
export type WholeDeadLetter = Schemas['WholeDeadLetterResponse'];
export type Verification = Schemas['VerificationResponse'];
export type LetterStatus = DeadLetter['status'];

/** What an operator does with a message that could not be handled. */
export type LetterAction = 'redrive' | 'discard';

export const loadProjections = (signal: AbortSignal): Promise<readonly Projection[]> =>
  dataOf(api.GET('/projections', { signal }));

export const loadGroups = (signal: AbortSignal): Promise<readonly DeadLetterGroup[]> =>
  dataOf(api.GET('/dead-letters/groups', { signal }));

/** @returns the number of messages */
export const handleGroup = async (action: LetterAction, fingerprint: string): Promise<number> =>
  (await dataOf(api.POST(`/dead-letters/${action}`, { body: { fingerprint } }))).count;

export const handleLetter = (action: LetterAction, id: string): Promise<unknown> => {
  const options = { params: { path: { id } } };
  return action === 'redrive'
    ? dataOf(api.POST('/dead-letters/{id}/redrive', options))
    : dataOf(api.POST('/dead-letters/{id}/discard', options));
};

export interface LetterFilters {
  readonly topic?: 'logins' | 'accounts';
  readonly status?: LetterStatus;
  readonly fingerprint?: string;
}

export const loadLetters = (filters: LetterFilters, cursor: string | undefined, signal: AbortSignal) => {
  const query = { ...filters, limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) };
  return bodyOf(api.GET('/dead-letters', { params: { query }, signal }));
};

export const loadLetter = (id: string, signal: AbortSignal): Promise<WholeDeadLetter> =>
  dataOf(api.GET('/dead-letters/{id}', { params: { path: { id } }, signal }));

/** @param isFresh whether to start a run, even if the last one has just ended */
export const loadVerification = (isFresh: boolean, signal?: AbortSignal): Promise<Verification> =>
  dataOf(
    api.GET('/verification', {
      params: { query: isFresh ? { fresh: 'true' } : {} },
      ...(signal && { signal }),
    }),
  );

export type ServiceState = 'up' | 'down';

export interface Health {
  readonly services: Readonly<Record<string, ServiceState>>;
  /** Why a service is not ready, by service and part. */
  readonly reasons: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Loads the state of each service. The gateway answers 503 if one is not ready. */
export const loadHealth = async (signal: AbortSignal): Promise<Health> => {
  const result = await api.GET('/health', { signal });
  const problem = result.error;
  if (problem && 'services' in problem && problem.services)
    return { services: problem.services, reasons: (problem.reasons ?? {}) as Health['reasons'] };
  const { services } = await dataOf(Promise.resolve(result));
  return { services, reasons: {} };
};
