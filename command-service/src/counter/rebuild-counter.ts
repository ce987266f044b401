import type { Collection, DocumentStore } from '@rewards/document-store';
import { CHECKPOINTS, DEFERRED } from './checkpoint';

const PAGE = 500;

/**
 * Removes every checkpoint of the counter and of backfills, and what was deferred, so that the counter counts from the start of
 * the log. Counting is idempotent: what was counted stays as it is.
 * @throws DocumentStoreUnavailable
 */
export const rebuildCounter = async (documents: DocumentStore): Promise<void> => {
  await clear(await documents.collection(DEFERRED));
  await clear(await documents.collection(CHECKPOINTS));
};

const clear = async (collection: Collection<object>): Promise<void> => {
  for (;;) {
    const page = await collection.scan(null, PAGE);
    if (page.length === 0) return;
    for (const { id, version } of page) await collection.delete(id, version);
  }
};
