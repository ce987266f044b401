import { useInfiniteQuery, type InfiniteData, type Query, type QueryKey } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import type { Rows } from './rows';

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

/** Lists with more pages are not loaded again when the window or the page is entered: it would take a request for each of them. */
const MAX_REFRESHED_PAGES = 5;

const isShort = ({ state: { data } }: { readonly state: { readonly data: unknown } }): boolean =>
  ((data as InfiniteData<unknown> | undefined) ?? { pages: [] }).pages.length <= MAX_REFRESHED_PAGES;

const REFRESHING = { refetchOnWindowFocus: isShort, refetchOnMount: isShort, refetchOnReconnect: isShort } as const;

const isFilter = (part: unknown): boolean => typeof part === 'object' && part !== null;

/** Whether two keys differ in their filters only, and so name the same list. */
export const isSameList = (one: QueryKey, other: QueryKey): boolean =>
  one.length === other.length && one.every((part, index) => part === other[index] || (isFilter(part) && isFilter(other[index])));

/** Keeps the rows of the filters before, so that a list does not flash while new ones are loaded. */
const keepRows =
  <Data>(key: QueryKey) =>
  (data: Data | undefined, before: { readonly queryKey: QueryKey } | undefined): Data | undefined =>
    before && isSameList(before.queryKey, key) ? data : undefined;

/** Loads a cursor-paged list, page by page as it is scrolled. @param key names the list; filters are an object in it */
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
      placeholderData: keepRows<InfiniteData<CursorPage<Row>, string | undefined>>(key),
      ...REFRESHING,
      ...live(options),
    }),
  );

/** Loads an offset-paged list, page by page as it is scrolled. @param key names the list; filters are an object in it */
export const useNumberedRows = <Row>(
  key: QueryKey,
  load: (page: number, signal: AbortSignal) => Promise<OffsetPage<Row>>,
  options: Options = {},
): Rows<Row> => {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam, signal }) => load(pageParam, signal),
    initialPageParam: 1,
    getNextPageParam: ({ page: { page, limit, total } }: OffsetPage<Row>) => (page * limit < total ? page + 1 : undefined),
    placeholderData: keepRows<InfiniteData<OffsetPage<Row>, number>>(key),
    ...REFRESHING,
    ...live(options),
  });
  return { ...useAsRows(query), total: query.data?.pages.at(-1)?.page.total };
};

/** Loads short lists again at an interval. */
const live = ({ refetchInterval = false }: Options) => ({
  refetchInterval: (query: Pick<Query, 'state'>): number | false => (isShort(query) ? refetchInterval : false),
});

interface LoadedPages<Row> {
  readonly data: { readonly pages: readonly { readonly data: readonly Row[] }[] } | undefined;
  readonly hasNextPage: boolean;
  readonly isFetching: boolean;
  readonly isPending: boolean;
  readonly isPlaceholderData: boolean;
  readonly isFetchingNextPage: boolean;
  readonly isFetchNextPageError: boolean;
  readonly error: unknown;
  readonly fetchNextPage: () => unknown;
  readonly refetch: () => unknown;
}

const useAsRows = <Row>({ data, error, ...query }: LoadedPages<Row>): Rows<Row> => {
  const { fetchNextPage, refetch, hasNextPage, isPending, isPlaceholderData, isFetchingNextPage, isFetchNextPageError } = query;
  const rows = useMemo(() => data?.pages.flatMap((page) => page.data) ?? [], [data]);
  const loadMore = useCallback(() => void fetchNextPage(), [fetchNextPage]);
  const retry = useCallback(
    () => void (isFetchNextPageError ? fetchNextPage() : refetch()),
    [isFetchNextPageError, fetchNextPage, refetch],
  );
  const isLoading = (isPending && !error) || isFetchingNextPage;
  return { rows, hasMore: hasNextPage, isLoading, error, loadMore, retry, isOutdated: isPlaceholderData };
};
