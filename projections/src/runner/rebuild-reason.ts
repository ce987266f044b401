import type { Checkpoint, ReadModelVersion } from '@rewards/contracts';
import { mismatchOf, type EventStore } from '@rewards/event-store';

/** Returns the checkpoint at which a version of a read model resumes. */
export const checkpointOf = ({ logId, position, eventId = null }: ReadModelVersion): Checkpoint => ({ logId, position, eventId });

/**
 * Returns why a version of a read model cannot resume from its checkpoint, with the remedy; null if it can.
 * @throws EventStoreUnavailable
 */
export const rebuildReason = async (name: string, store: EventStore, version: ReadModelVersion): Promise<string | null> => {
  const mismatch = await mismatchOf(store, checkpointOf(version));
  return (
    mismatch && `The checkpoint does not match the log. ${mismatch.message} Rebuild the read model: npm run rebuild -- ${name}`
  );
};
