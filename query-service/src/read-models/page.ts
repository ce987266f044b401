import { isPosition, type Position } from '@rewards/contracts';
import { rejectFields } from '../queries.problems';

/** A page of a list by offset. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly total: number;
}

/** A page of a list after a place in it. Each row has a place, so that the page can end at any row when it becomes too large. */
export interface PlacedPage<Row> {
  readonly rows: readonly Row[];
  /** For each row, the place after which a page that starts behind this row begins. */
  readonly places: readonly string[];
  /** The place after which the next page begins; null on the last page. */
  readonly next: string | null;
}

/** Maximum size of the rows of one page as JSON, in bytes. The whole response is at most 1 MiB. */
export const MAX_ROWS_BYTES = 1_048_576 - 1_024;

/**
 * Builds the response of a page, which ends before it would exceed 1 MiB but has at least one row.
 * @param toCursor encodes a place for clients
 */
export const toCursorResponse = <Row, Response>(
  { rows, places, next }: PlacedPage<Row>,
  limit: number,
  toResponse: (row: Row) => Response,
  toCursor: (place: string) => string = (place) => place,
) => {
  const data = takeWithin(MAX_ROWS_BYTES, rows, toResponse);
  const end = data.length < rows.length ? (places[data.length - 1] ?? null) : next;
  return { data, page: { limit, next: end === null ? null : toCursor(end) } };
};

/** Converts the first rows to items whose JSON fits into a number of bytes, at least one of them. */
export const takeWithin = <Row, Item>(maxBytes: number, rows: readonly Row[], toItem: (row: Row) => Item): Item[] => {
  const taken: Item[] = [];
  let bytes = 0;
  for (const row of rows) {
    const item = toItem(row);
    bytes += Buffer.byteLength(JSON.stringify(item)) + 1;
    if (bytes > maxBytes && taken.length > 0) break;
    taken.push(item);
  }
  return taken;
};

/** Builds the response of a page by offset. */
export const toPageResponse = <Row, Response>(
  { rows, total }: Page<Row>,
  page: number,
  limit: number,
  toResponse: (row: Row) => Response,
) => ({
  data: rows.map(toResponse),
  page: { page, limit, total },
});

/** Decodes the cursor of a list sorted by position: the position of the last row; null for the first page. @throws Rejected INVALID_FIELDS */
export const positionAt = (cursor: string | undefined): Position | null => {
  if (cursor === undefined) return null;
  if (!isPosition(cursor)) return rejectFields({ field: 'cursor', message: 'must be the page.next of an earlier response' });
  return cursor;
};
