import { dataOf } from '../../shared/api/client';
import { api } from '../session';

interface DeadLetterGroup {
  readonly fingerprint: string;
  readonly count: number;
}

type Answer = Parameters<typeof dataOf<readonly DeadLetterGroup[]>>[0];

/** Loads the open dead letters by group. The generated types lack the route until the services offer it. @throws ApiProblem */
export const loadDeadLetterGroups = (signal: AbortSignal): Promise<readonly DeadLetterGroup[]> =>
  dataOf(api.GET('/dead-letters/groups' as never, { signal } as never) as Answer);
