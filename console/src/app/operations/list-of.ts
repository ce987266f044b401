import type { Rows } from '../table/rows';

interface Loaded<Row> {
  readonly data: readonly Row[] | undefined;
  readonly error: unknown;
  readonly isPending: boolean;
  readonly refetch: () => unknown;
}

const NOTHING: readonly never[] = [];

/** The list of a query that loads all rows at once. */
export const listOf = <Row>({ data = NOTHING, error, isPending, refetch }: Loaded<Row>): Rows<Row> => ({
  rows: data,
  hasMore: false,
  isLoading: isPending && !error,
  error,
  loadMore: () => undefined,
  retry: () => void refetch(),
});
