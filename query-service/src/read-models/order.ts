import { parseSortKey } from '@rewards/contracts';
import type { Collection, Filter } from '@rewards/document-store';
import { MAX_ROWS_BYTES, toCursorResponse, type PlacedPage } from './page';
import { rejectFields } from '../queries.problems';

/**
 * A row of a list that is sorted by the time of a domain event and then its position, combined in the sort key `order`.
 * A place in such a list stays valid while rows are added. Rows dated more than a day ahead of the clock are misdated and come
 * last; otherwise they would stay the newest for years.
 */
interface Ordered {
  readonly order: string;
}

/** A place in the list: `order` of the last row of a page, with the suffix `AHEAD` if that row is misdated. */
type Place = string;

const AHEAD = '|ahead';
const DAY_MS = 86_400_000;

/** Encodes the place after which the next page begins as a cursor. @param place of the last row */
export const toCursor = (place: Place): string => Buffer.from(place).toString('base64url');

/** Decodes a cursor. @returns the place after which a page begins; null for the first page @throws Rejected if the cursor is invalid */
export const orderAt = (cursor: string | undefined): Place | null => {
  if (cursor === undefined) return null;
  const place = parseCursor(cursor);
  if (place === null) return rejectFields({ field: 'cursor', message: 'must be the page.next of an earlier response' });
  return place;
};

const parseCursor = (cursor: string): Place | null => {
  const place = Buffer.from(cursor, 'base64url').toString();
  return parseSortKey(orderOf(place)) && toCursor(place) === cursor ? place : null;
};

const isAhead = (place: Place): boolean => place.endsWith(AHEAD);
const orderOf = (place: Place): string => (isAhead(place) ? place.slice(0, -AHEAD.length) : place);

/** A page of a list, newest first. Times are ISO 8601 UTC with milliseconds. */
export interface NewestFirst {
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
  readonly after: Place | null;
  readonly limit: number;
  /** Time of the query. */
  readonly now: string;
  /** Number of rows of the first read, for lists whose rows may be large. More are read only if these do not fill a page. */
  readonly firstRead?: number;
}

/** Always more than a page holds, because response rows lack only a few short fields of the stored ones. */
const ENOUGH_BYTES = 2 * MAX_ROWS_BYTES;

/** Finds one page of such a list. Reads one row more to find out whether there is a next page. */
export const findNewestFirst = async <Row extends Ordered & object>(
  rows: Pick<Collection<Row>, 'find'>,
  where: Filter<Row>,
  { from, to, after, limit, now, firstRead = limit + 1 }: NewestFirst,
): Promise<PlacedPage<Row>> => {
  // The first misdated millisecond.
  const horizon = new Date(Date.parse(now) + DAY_MS + 1).toISOString();
  const found: Row[] = [];
  let bytes = 0;
  const readRange = async (gte: string | undefined, ends: readonly (string | undefined)[]): Promise<void> => {
    for (let last: string | undefined; found.length <= limit && bytes < ENOUGH_BYTES; last = found.at(-1)?.order) {
      const count = Math.min(limit + 1 - found.length, Math.max(firstRead, 2 * found.length));
      const more = await find(count, gte, [...ends, last]);
      found.push(...more);
      if (more.length < count) return;
      if (found.length <= limit) bytes = Buffer.byteLength(JSON.stringify(found));
    }
  };
  const find = async (count: number, gte: string | undefined, ends: readonly (string | undefined)[]) => {
    const [lt] = ends.filter((end) => end !== undefined).sort();
    if (gte !== undefined && lt !== undefined && gte >= lt) return [];
    // A row's `order` begins with its time, so a time sorts before every row of its own millisecond.
    const order = { gte, lt };
    const found = await rows.find({
      where: { ...where, ...((gte ?? lt) !== undefined && { order }) },
      orderBy: { field: 'order', direction: 'descending' } as never,
      limit: count,
    });
    return found.map(({ document }) => document);
  };
  const last = after === null ? undefined : orderOf(after);
  const isPastDated = after !== null && isAhead(after);
  if (!isPastDated) await readRange(from, [to, horizon, last]);
  const earliest = from !== undefined && from > horizon ? from : horizon;
  await readRange(earliest, [to, isPastDated ? last : undefined]);

  const page = found.slice(0, limit);
  const places = page.map(({ order }) => (order < horizon ? order : `${order}${AHEAD}`));
  return { rows: page, places, next: found.length > limit || bytes >= ENOUGH_BYTES ? (places.at(-1) ?? null) : null };
};

/** Builds the response of a page. */
export const toOrderedResponse = <Row, Response>(page: PlacedPage<Row>, limit: number, toResponse: (row: Row) => Response) =>
  toCursorResponse(page, limit, toResponse, toCursor);
