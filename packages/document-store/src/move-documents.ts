import { isDeepStrictEqual } from 'node:util';
import type { Collection, CollectionSpec, DocumentStore, Scalar, Stored } from './document-store';

/** The target contains a different document under the same id, so it is not an interrupted copy of the source. */
export class ConflictingDocument extends Error {
  override readonly name = 'ConflictingDocument';
}

/** A collection of any documents, whose type is erased. */
export interface AnyCollectionSpec {
  readonly name: string;
  readonly indexes: readonly { readonly fields: readonly string[]; readonly where?: Readonly<Record<string, Scalar>> }[];
}

const PAGE = 100;

/**
 * Copies all documents of some collections to another store. Both stores must have no other writer. Document versions start again,
 * which is safe because a version is compared only within one process. Repeat the call to finish an interrupted copy.
 * @param onMoved called after each page with the number of documents copied so far
 * @returns the number of documents copied
 * @throws ConflictingDocument, DocumentStoreUnavailable
 */
export const moveDocuments = async (
  from: DocumentStore,
  to: DocumentStore,
  collections: readonly AnyCollectionSpec[],
  onMoved: (documents: number) => void = () => undefined,
): Promise<number> => {
  let moved = 0;
  for (const collection of collections) {
    const spec = collection as CollectionSpec<object>;
    const [source, target] = [await from.collection(spec), await to.collection(spec)];
    for (let page = await source.scan(null, PAGE); page.length > 0; page = await source.scan(page.at(-1)?.id ?? null, PAGE)) {
      await Promise.all(page.map((stored) => copy(stored, target, spec.name)));
      onMoved((moved += page.length));
    }
  }
  return moved;
};

const copy = async ({ id, document }: Stored<object>, target: Collection<object>, name: string): Promise<void> => {
  if (await target.insert(id, document)) return;
  if (!isDeepStrictEqual((await target.get(id))?.document, document))
    throw new ConflictingDocument(`The target's ${name} are not those of DATA_DIR. Move into an empty database.`);
};
