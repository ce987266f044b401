import { isToken, isTokenOf, positionOfToken, Rejected, START, type Position } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';

/**
 * Resolves a place in the log that a client specifies by a position or by a consistency token.
 * @param field the parameter that contains it
 * @returns the position of an event of this log, or `START`
 * @throws Rejected INVALID_FIELDS if the log has no such event; EventStoreUnavailable
 */
export const placeInLog = async (log: Pick<EventStore, 'eventIdAt' | 'head'>, text: string, field: string): Promise<Position> => {
  if (!isToken(text)) throw invalidPlace(field, 'must be a position of the log or the X-Position of a response');
  if (text === START) return START;
  const position = positionOfToken(text);
  if (isTokenOf(text, await log.eventIdAt(position))) return position;
  const isPastEnd = position > (await log.head());
  throw invalidPlace(field, isPastEnd ? 'is past the end of the log' : 'is not the position of an event in the log');
};

const invalidPlace = (field: string, message: string) => new Rejected('INVALID_FIELDS', { errors: [{ field, message }] });
