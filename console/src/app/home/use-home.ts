import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { bodyOf, dataOf, type Schemas } from '../../shared/api/client';
import { ApiProblem } from '../../shared/api/problem';
import { loadAllEvents, type ListedEvent } from '../events/load-events';
import { api } from '../session';
import { PAGE_LIMIT } from '../table/use-rows';
import { inParallel } from './in-parallel';
import { countRejections, type Rejections } from './rejections';

export type Statistics = Schemas['StatisticsResponse'];

const REFRESH_MS = 20_000;
/** Events whose figures are loaded at most, and how many of them at once. */
const MAX_STATISTICS = 100;
const STATISTICS_AT_ONCE = 10;
/** Pages of rejected claims that are counted at most. */
const MAX_REJECTION_PAGES = 20;
/** An event that closed within this time may have figures of yesterday. */
const CLOSED_MS = 2 * 86_400_000;

const loadEventsOfHome = async (signal: AbortSignal) => {
  const first = async (query: Parameters<typeof loadAllEvents>[0]) => (await loadAllEvents(query, 1, signal)).events;
  const [active, paused, scheduled, ended, closed] = await Promise.all([
    first({ status: 'ACTIVE', sort: 'endsAt' }),
    first({ status: 'PAUSED', sort: 'endsAt' }),
    first({ status: 'SCHEDULED', sort: 'startsAt' }),
    first({ status: 'ENDED', sort: '-endsAt' }),
    first({ status: 'CLOSED', sort: '-endsAt' }),
  ]);
  const running = [...active, ...paused].sort((one, other) => one.endsAt.localeCompare(other.endsAt));
  const recentlyClosed = closed.filter(({ claimsUntil }) => Date.parse(claimsUntil) > Date.now() - CLOSED_MS);
  return { running, scheduled, ended, figured: [...running, ...ended, ...recentlyClosed] };
};

/** Loads the events that Home is about. */
export const useHomeEvents = () =>
  useQuery({
    queryKey: ['home', 'events'],
    queryFn: ({ signal }) => loadEventsOfHome(signal),
    refetchInterval: REFRESH_MS,
  });

const loadStatistics = async (eventId: string, signal: AbortSignal): Promise<readonly [string, Statistics | null]> => {
  const statistics = dataOf(api.GET('/events/{eventId}/statistics', { params: { path: { eventId } }, signal }));
  const found = await statistics.catch((error: unknown) => {
    if (error instanceof ApiProblem && error.status === 404) return null;
    throw error;
  });
  return [eventId, found];
};

/** Loads the figures of some events. They change together, so that sums are never of two moments. */
export const useStatistics = (events: readonly ListedEvent[] | undefined) => {
  const ids = (events ?? []).slice(0, MAX_STATISTICS).map(({ eventId }) => eventId);
  return useQuery({
    queryKey: ['home', 'statistics', ids],
    enabled: events !== undefined,
    queryFn: async ({ signal }) =>
      new Map(await inParallel(ids, STATISTICS_AT_ONCE, (eventId) => loadStatistics(eventId, signal))),
    structuralSharing: false,
    placeholderData: keepPreviousData,
    refetchInterval: REFRESH_MS,
  });
};

/** Counts the claims that were rejected since a time. @param from ISO 8601 */
export const useRejections = (from: string) => {
  const queries = useQueryClient();
  const queryKey = ['home', 'rejections', from];
  return useQuery({
    queryKey,
    queryFn: ({ signal }) =>
      countRejections(
        queries.getQueryData<Rejections>(queryKey),
        (cursor) =>
          bodyOf(
            api.GET('/claims', {
              params: { query: { status: 'FAILURE', from, limit: PAGE_LIMIT, ...(cursor !== undefined && { cursor }) } },
              signal,
            }),
          ),
        MAX_REJECTION_PAGES,
      ),
    structuralSharing: false,
    refetchInterval: REFRESH_MS,
  });
};
