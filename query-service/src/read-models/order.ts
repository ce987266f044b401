import { isPosition } from '@rewards/contracts';
import { invalid } from '@rewards/service-kit';
import { parseTime } from '@rewards/service-kit/dto';
import type { CursorPage } from './page';

/**
 * Lists that are ordered by the time of a fact and then its position, in one field `order`: `{at}|{position}`.
 * A place in such a list stays right while rows arrive.
 */
interface Ordered {
  readonly order: string;
}

/** The place in the list after which the next page begins, as clients carry it. @param order `order` of the last row */
export const toCursor = (order: string): string => Buffer.from(order).toString('base64url');

/** @returns the `order` after which a page begins; null for the first one @throws Problem for what is no cursor of ours */
export const orderAt = (cursor: string | undefined): string | null => {
  if (cursor === undefined) return null;
  const order = parseCursor(cursor);
  if (order === null) throw invalid({ field: 'cursor', message: 'must be the next of an earlier page' });
  return order;
};

const parseCursor = (cursor: string): string | null => {
  const order = Buffer.from(cursor, 'base64url').toString();
  const [at = '', position = '', ...rest] = order.split('|');
  const isOurs = rest.length === 0 && isPosition(position) && parseTime(at) === at && toCursor(order) === cursor;
  return isOurs ? order : null;
};

/**
 * Bounds of `order` for a page: it begins with the time, so a time sorts before every `order` of its own millisecond.
 * @param from inclusive @param to exclusive @param after `order` of the last row seen
 */
export const orderRange = (
  from: string | undefined,
  to: string | undefined,
  after: string | null,
): { readonly gte?: string; readonly lt?: string } | undefined => {
  const ends = [to, after].filter((end) => typeof end === 'string').sort();
  return from === undefined && ends.length === 0 ? undefined : { gte: from, lt: ends[0] };
};

/** Newest first, from the documents found when one more was asked for than a page has: that one tells whether the list goes on. */
export const toOrderedPage = <Row extends Ordered>(
  found: readonly { readonly document: Row }[],
  limit: number,
): CursorPage<Row> => {
  const rows = found.slice(0, limit).map(({ document }) => document);
  return { rows, next: found.length > limit ? (rows.at(-1)?.order ?? null) : null };
};

/** A page as the API answers it. */
export const toOrderedAnswer = <Row, Dto>({ rows, next }: CursorPage<Row>, limit: number, toDto: (row: Row) => Dto) => ({
  data: rows.map(toDto),
  page: { limit, next: next === null ? null : toCursor(next) },
});
