import { parseSortKey } from '@rewards/contracts';
import type { Collection, Filter } from '@rewards/document-store';
import { MAX_ROWS_BYTES, toCursorResponse, type PlacedPage } from './page';
import { rejectFields } from '../queries.problems';

/**
 * Lists that are ordered by the time of a domain event and then its position, in one field `order`: a sort key.
 * A place in such a list stays right while rows arrive. What is dated more than a day ahead of the clock is misdated, and
 * comes last: otherwise it would stay the newest for years.
 */
interface Ordered {
  readonly order: string;
}

/** A place in the list: `order` of the last row seen, and that it is among the misdated rows, if it is. */
type Place = string;

const AHEAD = '|ahead';
const DAY_MS = 86_400_000;

/** The place in the list after which the next page begins, as clients carry it. @param place of the last row */
export const toCursor = (place: Place): string => Buffer.from(place).toString('base64url');

/** @returns the place after which a page begins; null for the first one @throws Rejected for what is no cursor of ours */
export const orderAt = (cursor: string | undefined): Place | null => {
  if (cursor === undefined) return null;
  const place = parseCursor(cursor);
  if (place === null) return rejectFields({ field: 'cursor', message: 'must be the next of an earlier page' });
  return place;
};

const parseCursor = (cursor: string): Place | null => {
  const place = Buffer.from(cursor, 'base64url').toString();
  return parseSortKey(orderOf(place)) && toCursor(place) === cursor ? place : null;
};

const isAhead = (place: Place): boolean => place.endsWith(AHEAD);
const orderOf = (place: Place): string => (isAhead(place) ? place.slice(0, -AHEAD.length) : place);

/** Part of a list, newest first. Times are ISO 8601 UTC with milliseconds. */
export interface NewestFirst {
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
  readonly after: Place | null;
  readonly limit: number;
  /** Time of the question. */
  readonly now: string;
  /** Where single rows may be large, how many are read at first: more are only if those do not fill a page. */
  readonly firstRead?: number;
}

/** Certainly more than a page shows: an answer's rows lack only a few short fields of the stored ones. */
const ENOUGH_BYTES = 2 * MAX_ROWS_BYTES;

/** Finds one page of such a list: one row more than it has tells whether the list goes on. */
export const findNewestFirst = async <Row extends Ordered & object>(
  rows: Pick<Collection<Row>, 'find'>,
  where: Filter<Row>,
  { from, to, after, limit, now, firstRead = limit + 1 }: NewestFirst,
): Promise<PlacedPage<Row>> => {
  // The first misdated millisecond.
  const horizon = new Date(Date.parse(now) + DAY_MS + 1).toISOString();
  const found: Row[] = [];
  let bytes = 0;
  const readOn = async (gte: string | undefined, ends: readonly (string | undefined)[]): Promise<void> => {
    for (let last: string | undefined; found.length <= limit && bytes < ENOUGH_BYTES; last = found.at(-1)?.order) {
      const wanted = Math.min(limit + 1 - found.length, Math.max(firstRead, 2 * found.length));
      const more = await find(wanted, gte, [...ends, last]);
      found.push(...more);
      if (more.length < wanted) return;
      if (found.length <= limit) bytes = Buffer.byteLength(JSON.stringify(found));
    }
  };
  const find = async (wanted: number, gte: string | undefined, ends: readonly (string | undefined)[]) => {
    const [lt] = ends.filter((end) => end !== undefined).sort();
    if (gte !== undefined && lt !== undefined && gte >= lt) return [];
    // A row's `order` begins with its time, so a time sorts before every row of its own millisecond.
    const order = { gte, lt };
    const found = await rows.find({
      where: { ...where, ...((gte ?? lt) !== undefined && { order }) },
      orderBy: { field: 'order', direction: 'descending' } as never,
      limit: wanted,
    });
    return found.map(({ document }) => document);
  };
  const last = after === null ? undefined : orderOf(after);
  const isPastDated = after !== null && isAhead(after);
  if (!isPastDated) await readOn(from, [to, horizon, last]);
  const earliest = from !== undefined && from > horizon ? from : horizon;
  await readOn(earliest, [to, isPastDated ? last : undefined]);

  const page = found.slice(0, limit);
  const places = page.map(({ order }) => (order < horizon ? order : `${order}${AHEAD}`));
  return { rows: page, places, next: found.length > limit || bytes >= ENOUGH_BYTES ? (places.at(-1) ?? null) : null };
};

/** A page as the API answers it. */
export const toOrderedResponse = <Row, Response>(page: PlacedPage<Row>, limit: number, toResponse: (row: Row) => Response) =>
  toCursorResponse(page, limit, toResponse, toCursor);
