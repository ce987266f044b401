import { streams } from '@rewards/contracts/streams';
import { queryOptions, useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo } from 'react';
import { bodyOf, dataOf } from '../../../shared/api/client';
import { api } from '../../session';
import type { Fact } from './facts';

/** Which participation the time machine shows. Without a cycle, it is the one of the current time. */
export interface ParticipationId {
  readonly eventId: string;
  readonly accountId: string;
  readonly cycle: string | undefined;
}

const FACTS_LIMIT = 500;
const AUDIT_LIMIT = 100;
const NOW_STALE_MS = 5_000;

/** The state now, or as of a position or a time, as the server folds it. Past states do not change. */
export const momentQuery = ({ eventId, accountId, cycle }: ParticipationId, asOf: string | null) =>
  queryOptions({
    queryKey: ['participation', eventId, accountId, cycle, 'state', asOf],
    queryFn: ({ signal }) =>
      dataOf(
        api.GET('/participations/{eventId}/{accountId}', {
          params: {
            path: { eventId, accountId },
            query: { limit: 1, ...(cycle !== undefined && { cycle }), ...(asOf !== null && { asOf }) },
          },
          signal,
        }),
      ),
    staleTime: asOf === null ? NOW_STALE_MS : Infinity,
  });

/** Loads all recorded events of a participation, page by page. */
export const useFacts = ({ eventId, accountId, cycle }: ParticipationId) => {
  const query = useInfiniteQuery({
    queryKey: ['participation', eventId, accountId, cycle, 'facts'],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      dataOf(
        api.GET('/participations/{eventId}/{accountId}', {
          params: {
            path: { eventId, accountId },
            query: { fromRevision: pageParam, limit: FACTS_LIMIT, ...(cycle !== undefined && { cycle }) },
          },
          signal,
        }),
      ),
    getNextPageParam: ({ page }) => page.next ?? undefined,
  });
  const { data, hasNextPage, isFetching, error, fetchNextPage } = query;
  useEffect(() => {
    if (hasNextPage && !isFetching && !error) void fetchNextPage();
  }, [hasNextPage, isFetching, error, fetchNextPage]);
  const facts = useMemo((): readonly Fact[] => data?.pages.flatMap((page) => page.facts) ?? [], [data]);
  return { facts, latest: data?.pages.at(-1), isComplete: data !== undefined && !hasNextPage, error, retry: query.refetch };
};

/**
 * Finds the positions of the recorded events of a participation in the audit: the newest first, and more pages only while the
 * event of a revision is not among them.
 * @param cycle of the participation; undefined while it is not known
 */
export const usePositions = (
  { eventId, accountId }: ParticipationId,
  cycle: string | null | undefined,
  wanted: number,
): { readonly positionOf: (revision: number) => string | undefined; readonly isSearching: boolean } => {
  const { data, hasNextPage, isFetching, error, fetchNextPage } = useInfiniteQuery({
    queryKey: ['participation', eventId, accountId, 'positions'],
    enabled: cycle !== undefined,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      bodyOf(
        api.GET('/audit', {
          params: { query: { eventId, accountId, limit: AUDIT_LIMIT, ...(pageParam !== undefined && { cursor: pageParam }) } },
          signal,
        }),
      ),
    getNextPageParam: ({ page }) => page.next ?? undefined,
  });
  const positions = useMemo(() => {
    const stream = streams.participation(eventId, accountId, cycle);
    const rows = data?.pages.flatMap((page) => page.data) ?? [];
    return new Map(rows.filter((row) => row.stream === stream).map(({ revision, position }) => [revision, position]));
  }, [data, eventId, accountId, cycle]);
  const isMissing = wanted >= 0 && !positions.has(wanted);
  useEffect(() => {
    if (isMissing && hasNextPage && !isFetching && !error) void fetchNextPage();
  }, [isMissing, hasNextPage, isFetching, error, fetchNextPage]);
  return {
    positionOf: (revision) => positions.get(revision),
    isSearching: isMissing && !error && (data === undefined || hasNextPage),
  };
};
