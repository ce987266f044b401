import { queryOptions, useQueries, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { dataOf, type Schemas } from '../../shared/api/client';
import { api } from '../session';

export type Player = Schemas['PlayerResponse'];
export type PlayerParticipation = Schemas['PlayerParticipationResponse'];
export type RewardEvent = Schemas['RewardEventResponse'];

/** Everything about a player, in one request. */
export const playerQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['players', accountId],
    queryFn: ({ signal }) => dataOf(api.GET('/players/{accountId}', { params: { path: { accountId } }, signal })),
  });

/** Names and zones of events change rarely. */
const EVENT_STALE_MS = 60_000;

const eventQuery = (eventId: string) =>
  queryOptions({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => dataOf(api.GET('/events/{eventId}', { params: { path: { eventId } }, signal })),
    staleTime: EVENT_STALE_MS,
  });

/** Loads an event; none while it is not known which. */
export const useEvent = (eventId: string | undefined) =>
  useQuery({ ...eventQuery(eventId ?? ''), enabled: eventId !== undefined });

/** Loads the events of a page, each once. */
export const useEvents = (eventIds: readonly string[]): ReadonlyMap<string, RewardEvent> =>
  useQueries({ queries: [...new Set(eventIds)].map(eventQuery), combine: byId });

const byId = (results: readonly UseQueryResult<RewardEvent>[]): ReadonlyMap<string, RewardEvent> =>
  new Map(results.flatMap(({ data }) => (data ? [[data.eventId, data] as const] : [])));

/** Explains a participation with its logins. */
export const useExplanation = (eventId: string, accountId: string, cycle: string | undefined) =>
  useQuery({
    queryKey: ['players', accountId, 'explain', eventId, cycle],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/participations/{eventId}/{accountId}/explain', {
          params: { path: { eventId, accountId }, query: cycle === undefined ? {} : { cycle } },
          signal,
        }),
      ),
  });
