import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { Rows } from './data-table';

interface CursorPage<Row> {
  readonly data: readonly Row[];
  readonly page: { readonly next: string | null };
}

interface OffsetPage<Row> {
  readonly data: readonly Row[];
  readonly page: { readonly page: number; readonly limit: number; readonly total: number };
}

/** Rows of a page. The API allows 100 at most. */
export const PAGE_LIMIT = 100;

interface Options {
  /** Loads the rows again at this interval in milliseconds. */
  readonly refetchInterval?: number | false;
}

/** Loads a cursor-paged list, page by page as it is scrolled. */
export const useRows = <Row>(
  key: QueryKey,
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<CursorPage<Row>>,
  options: Options = {},
): Rows<Row> =>
  useAsRows(
    useInfiniteQuery({
      queryKey: key,
      queryFn: ({ pageParam, signal }) => load(pageParam, signal),
      initialPageParam: undefined as string | undefined,
      getNextPageParam: ({ page }: CursorPage<Row>) => page.next ?? undefined,
      ...options,
    }),
  );

/** Loads an offset-paged list, page by page as it is scrolled. */
export const useNumberedRows = <Row>(
  key: QueryKey,
  load: (page: number, signal: AbortSignal) => Promise<OffsetPage<Row>>,
  options: Options = {},
): Rows<Row> =>
  useAsRows(
    useInfiniteQuery({
      queryKey: key,
      queryFn: ({ pageParam, signal }) => load(pageParam, signal),
      initialPageParam: 1,
      getNextPageParam: ({ page: { page, limit, total } }: OffsetPage<Row>) => (page * limit < total ? page + 1 : undefined),
      ...options,
    }),
  );

interface LoadedPages<Row> {
  readonly data: { readonly pages: readonly { readonly data: readonly Row[] }[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isFetching: boolean;
  readonly isPending: boolean;
  readonly isFetchingNextPage: boolean;
  readonly error: unknown;
  readonly fetchNextPage: () => unknown;
  readonly refetch: () => unknown;
}

const useAsRows = <Row>({ data, error, ...query }: LoadedPages<Row>): Rows<Row> => {
  const { fetchNextPage, refetch, hasNextPage, isPending, isFetchingNextPage } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const retry = useCallback(() => void refetch(), [refetch]);
  return { rows, hasMore: hasNextPage, isLoading: (isPending && !error) || isFetchingNextPage, error, loadMore, retry };
};
