import type { Collection, DocumentStore } from '@rewards/document-store';
import { clearSavedState } from '../saved-state';
import { CHECKPOINTS, COUNTER_STATE, DEFERRED } from './checkpoint';

const PAGE = 500;

/**
 * Removes all checkpoints of the counter and of backfills, its saved state and all deferrals, so that the counter counts from the start of the
 * log. Counting is idempotent, so existing progress does not change.
 * @throws DocumentStoreUnavailable
 */
export const rebuildCounter = async (documents: DocumentStore): Promise<void> => {
  await clear(await documents.collection(DEFERRED));
  // The checkpoints come last: after a crash in between, the counter still resumes, with a full read of the reward events.
  await clearSavedState(await documents.collection(COUNTER_STATE));
  await clear(await documents.collection(CHECKPOINTS));
};

const clear = async (collection: Collection<object>): Promise<void> => {
  for (;;) {
    const page = await collection.scan(null, PAGE);
    if (page.length === 0) return;
    for (const { id, version } of page) await collection.delete(id, version);
  }
};
