/** A list that is loaded page by page; `useRows` creates it. */
export interface Rows<Row> {
  readonly rows: readonly Row[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: unknown;
  readonly loadMore: () => void;
  readonly retry: () => void;
  /** Number of all rows, if it is known before they are loaded. */
  readonly total?: number | undefined;
  /** Whether the rows are those of the filters before, until the new ones are loaded. */
  readonly isOutdated?: boolean;
}
