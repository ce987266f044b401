import { isPosition, type Position } from '@rewards/contracts';
import { rejectFields } from '../queries.problems';

/** Part of a list by offset. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** Part of a list after a place in it. Each row knows its place, so that the page can be cut where it becomes too large. */
export interface PlacedPage<Row> {
  readonly rows: readonly Row[];
  /** For each row, the place that what follows it comes after. */
  readonly places: readonly string[];
  /** The place that the rest of the list comes after; null at its end. */
  readonly next: string | null;
}

/** What the rows of one page may take as JSON, in bytes: a mebibyte with what surrounds them. */
export const MAX_ROWS_BYTES = 1_048_576 - 1_024;

/**
 * A page as the API answers it: it ends where it would exceed a mebibyte, but has at least one row.
 * @param toCursor the place as clients carry it
 */
export const toCursorResponse = <Row, Response>(
  { rows, places, next }: PlacedPage<Row>,
  limit: number,
  toResponse: (row: Row) => Response,
  toCursor: (place: string) => string = (place) => place,
) => {
  const data: Response[] = [];
  let bytes = 0;
  for (const row of rows) {
    const response = toResponse(row);
    bytes += Buffer.byteLength(JSON.stringify(response)) + 1;
    if (bytes > MAX_ROWS_BYTES && data.length > 0) break;
    data.push(response);
  }
  const end = data.length < rows.length ? (places[data.length - 1] ?? null) : next;
  return { data, page: { limit, next: end === null ? null : toCursor(end) } };
};

/** A list as the API answers it. */
export const toPageResponse = <Row, Response>(
  { rows, total }: Page<Row>,
  page: number,
  limit: number,
  toResponse: (row: Row) => Response,
) => ({
  data: rows.map(toResponse),
  page: { page, limit, total },
});

/** Of a list ordered by position: where the last row seen stood; null at the first page. @throws Rejected INVALID_FIELDS */
export const positionAt = (cursor: string | undefined): Position | null => {
  if (cursor === undefined) return null;
  if (!isPosition(cursor)) return rejectFields({ field: 'cursor', message: 'must be the next of an earlier page' });
  return cursor;
};
