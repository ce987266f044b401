import { isTokenOf, positionOfToken, type ConsistencyToken } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import { reject } from '../queries.problems';

/** Requires that the log contains a write. @throws Rejected LOG_LACKS_WRITE if the log does not contain the write; EventStoreUnavailable */
export const requireWrite = async (log: Pick<EventStore, 'eventIdAt'>, token: ConsistencyToken): Promise<void> => {
  if (isTokenOf(token, await log.eventIdAt(positionOfToken(token)))) return;
  reject('LOG_LACKS_WRITE');
};
