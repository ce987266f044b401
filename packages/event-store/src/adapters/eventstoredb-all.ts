import {
  BACKWARDS,
  END,
  FORWARDS,
  START as LOG_START,
  type AllStreamResolvedEvent,
  type EventStoreDBClient,
} from '@eventstore/db-client';
import { formatPosition, parsePosition, START, type Position, type RecordedEvent } from '@rewards/contracts';
import { EventStoreRejected } from '../event-store';
import { collect } from './eventstoredb-errors';
import { toRecorded } from './eventstoredb-events';

/** A place in the log, and the id of the event there: null before the first event. */
export interface Place {
  readonly position: Position;
  readonly eventId: string | null;
}

export const LOG_BEGIN: Place = { position: START, eventId: null };

const PAGE = 500;
/** The server uses signed 64-bit numbers. */
const MAX_POSITION = formatPosition(2n ** 63n - 1n);

/** @returns place of an event from a read of `$all` or a subscription to it, which always have positions */
export const placeOf = ({ event }: AllStreamResolvedEvent): Place | null =>
  event ? { position: formatPosition(event.position.commit, event.position.prepare), eventId: event.id } : null;

/** Place of the last event in the log. A node with few threads may take seconds to find it, so no ping depends on it. */
export const lastPlace = async (client: EventStoreDBClient, ms: number): Promise<Place> => {
  const [last] = await collect(client.readAll({ direction: BACKWARDS, fromPosition: END, maxCount: 1 }), ms);
  return (last && placeOf(last)) ?? LOG_BEGIN;
};

/** Id of the event at exactly this position, null if there is none. */
export const eventIdAt = async (client: EventStoreDBClient, position: Position, ms: number): Promise<string | null> => {
  if (position === START || position > MAX_POSITION) return null;
  const [resolved] = await readFrom(client, position, ms, { direction: FORWARDS, maxCount: 1 });
  const place = resolved && placeOf(resolved);
  return place?.position === position ? place.eventId : null;
};

/** The server allows few concurrent calls on a connection, which other reads share. */
const READS_AT_ONCE = 10;

/** Events at exactly these positions, in the order of the log. The server reads one position at a time. */
export const eventsAt = async (
  client: EventStoreDBClient,
  positions: readonly Position[],
  ms: number,
): Promise<readonly RecordedEvent[]> => {
  const found: RecordedEvent[] = [];
  const wanted = [...new Set(positions)].filter((position) => position !== START && position <= MAX_POSITION).sort();
  for (let from = 0; from < wanted.length; from += READS_AT_ONCE) {
    const reads = wanted.slice(from, from + READS_AT_ONCE).map(async (position) => {
      const [resolved] = await readFrom(client, position, ms, { direction: FORWARDS, maxCount: 1 });
      const recorded = resolved ? toRecorded(resolved) : null;
      return recorded?.position === position ? recorded : null;
    });
    for (const recorded of await Promise.all(reads)) if (recorded) found.push(recorded);
  }
  return found;
};

/** Position of the last event in the log, found by reading forwards from a place near it. */
export const endAfter = async (client: EventStoreDBClient, place: Position, ms: number): Promise<Position> => {
  for (let end = place; ;) {
    const fromPosition = end === START ? LOG_START : parsePosition(end);
    const page = await collect(client.readAll({ direction: FORWARDS, fromPosition, maxCount: PAGE }), ms);
    const last = page.at(-1);
    end = (last && placeOf(last)?.position) ?? end;
    if (page.length < PAGE) return end;
  }
};

/** Place of the last event that a checkpoint of the server covers. The checkpoint itself may lie between two events. */
export const placeCoveredBy = async (client: EventStoreDBClient, checkpoint: Position, ms: number): Promise<Place | null> => {
  const [resolved] = await readFrom(client, checkpoint, ms, { direction: BACKWARDS, maxCount: 1 });
  const place = (resolved && placeOf(resolved)) ?? null;
  return place && place.position <= checkpoint ? place : null;
};

/** Reads from a position on. @returns no events if the server rejects the position as invalid */
const readFrom = async (
  client: EventStoreDBClient,
  position: Position,
  ms: number,
  options: { readonly direction: typeof FORWARDS | typeof BACKWARDS; readonly maxCount: number },
): Promise<AllStreamResolvedEvent[]> => {
  try {
    return await collect(client.readAll({ ...options, fromPosition: parsePosition(position) }), ms);
  } catch (error) {
    if (error instanceof EventStoreRejected && isInvalidPosition(error.cause)) return [];
    throw error;
  }
};

/** gRPC's INVALID_ARGUMENT and OUT_OF_RANGE. */
const isInvalidPosition = (error: unknown): boolean => [3, 11].includes((error as { readonly code?: number } | null)?.code ?? 0);
