import { nextTurn } from '@rewards/async';
import type { Collection, Filter, Scalar, ScalarField } from './document-store';

/** Documents of one slice. The embedded engine passes over as many in a few milliseconds. */
const SLICE = 2_000;

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
  let rest = where;
  for (let count = 0; ; count += slice) {
    const [end] = await documents.find({
      where: rest,
      orderBy: { field: by, direction: 'ascending' },
      limit: 1,
      offset: slice - 1,
    });
    if (!end) return count + (await documents.count(rest));
    const bounds = where[by] as { readonly lte?: Scalar } | undefined;
    rest = { ...where, [by]: { ...bounds, gt: end.document[by] } };
    await nextTurn();
  }
};
