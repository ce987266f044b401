import { nextTurn } from '@rewards/async';
import type { Collection, Filter, Scalar, ScalarField } from './document-store';

/** Documents of one slice. The embedded engine passes over as many in a few milliseconds. */
const SLICE = 2_000;

/** The next documents in an order, at most one slice of them. */
export interface Slice<T> {
  readonly count: number;
  /** The last of them; null if no documents follow. */
  readonly end: T | null;
}

/**
 * Counts the next documents that match a filter, at most one slice of them.
 * @param by a field whose value differs in each document, and that an index has behind the other fields of `where`
 * @param slice number of documents of a slice
 * @throws DocumentStoreUnavailable, DocumentStoreDamaged
 */
export const countSlice = async <T extends object>(
  documents: Pick<Collection<T>, 'find' | 'count'>,
  where: Filter<T>,
  by: ScalarField<T>,
  slice = SLICE,
): Promise<Slice<T>> => {
  const [end] = await documents.find({ where, orderBy: { field: by, direction: 'ascending' }, limit: 1, offset: slice - 1 });
  return end ? { count: slice, end: end.document } : { count: await documents.count(where), end: null };
};

/**
 * Counts documents in slices, so that the thread can do other work in between. For counts that may be large.
 * @param by a field whose value differs in each document, and that an index has behind the fields of `where`
 * @param slice number of documents of a slice
 * @throws DocumentStoreUnavailable, DocumentStoreDamaged
 */
export const countInSlices = async <T extends object>(
  documents: Pick<Collection<T>, 'find' | 'count'>,
  where: Filter<T>,
  by: ScalarField<T>,
  slice = SLICE,
): Promise<number> => {
  const bounds = where[by] as { readonly lte?: Scalar } | undefined;
  let rest = where;
  for (let total = 0; ;) {
    const { count, end } = await countSlice(documents, rest, by, slice);
    total += count;
    if (!end) return total;
    rest = { ...where, [by]: { ...bounds, gt: end[by] } };
    await nextTurn();
  }
};
