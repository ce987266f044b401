import type { Collection, CollectionSpec, DocumentStore } from './document-store';

/**
 * Opens a collection on first use, so that a service can start while its engine is unavailable. Until it is open, each
 * operation tries again.
 * @returns a collection; each of its methods may throw DocumentStoreUnavailable while opening it
 */
export const openOnFirstUse = <T extends object>(documents: DocumentStore, spec: CollectionSpec<T>): Collection<T> => {
  let opening: Promise<Collection<T>> | null = null;
  const opened = (): Promise<Collection<T>> =>
    (opening ??= documents.collection(spec).catch((error: unknown) => {
      opening = null;
      throw error;
    }));
  return {
    get: async (id) => (await opened()).get(id),
    getMany: async (ids) => (await opened()).getMany(ids),
    getTexts: async (ids) => (await opened()).getTexts(ids),
    insert: async (id, document) => (await opened()).insert(id, document),
    replace: async (id, version, document) => (await opened()).replace(id, version, document),
    delete: async (id, version) => (await opened()).delete(id, version),
    writeNewer: async (positioned) => (await opened()).writeNewer(positioned),
    find: async (query) => (await opened()).find(query),
    scan: async (after, limit) => (await opened()).scan(after, limit),
    count: async (where) => (await opened()).count(where),
    drop: async () => (await opened()).drop(),
  };
};
