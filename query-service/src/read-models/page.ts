/** Part of a list by offset. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** Part of a list after a place in it. */
export interface CursorPage<Row> {
  readonly rows: readonly Row[];
  /** The place that the rest of the list comes after; null at its end. */
  readonly next: string | null;
}

/** A list as the API answers it. */
export const toPageAnswer = <Row, Dto>({ rows, total }: Page<Row>, page: number, limit: number, toDto: (row: Row) => Dto) => ({
  data: rows.map(toDto),
  page: { page, limit, total },
});
