import { isPosition, type Position } from '@rewards/contracts';
import { invalid } from '@rewards/service-kit';

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

/** Of a list ordered by position: where the last row seen stood; null at the first page. @throws Problem VALIDATION_FAILED */
export const positionAt = (cursor: string | undefined): Position | null => {
  if (cursor === undefined) return null;
  if (!isPosition(cursor)) throw invalid({ field: 'cursor', message: 'must be the next of an earlier page' });
  return cursor;
};
