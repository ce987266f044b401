import { jsonEvent, type AllStreamResolvedEvent, type EventData, type RecordedEvent as ClientEvent } from '@eventstore/db-client';
import { formatPosition, type Metadata, type RecordedEvent } from '@rewards/contracts';
import { EventStoreRejected } from '../event-store';
import type { SerialisedEvent } from './serialised-event';

/** Stream with the id of the log. It is internal to the adapter, so no subscription delivers it. */
export const LOG_STREAM = 'eventLog';

type StoredMetadata = Omit<Metadata, 'correlationId' | 'causationId'> & {
  readonly $correlationId: string;
  readonly $causationId: string | null;
};

/** Parses the data again, because the client serialises it later: the copies cannot change in the meantime. */
export const toEventData = ({ id, type, data, metadata }: SerialisedEvent): EventData =>
  jsonEvent({
    id,
    type,
    data: JSON.parse(data) as Record<string, unknown>,
    metadata: toStored(JSON.parse(metadata) as Metadata),
  });

const MAX_COMMIT = 2n ** 63n;

/**
 * Converts an event of a read or a subscription.
 * @throws EventStoreRejected if the event has no position, as in stream reads before version 22.10
 */
export const toRecordedEvent = ({ id, streamId, revision, position, type, data, metadata }: ClientEvent): RecordedEvent => {
  // No event is at position 0, because the log begins with a record of the server. Older servers send 0 or the largest number.
  if (!position || position.commit === 0n || position.commit >= MAX_COMMIT) {
    throw new EventStoreRejected('EventStoreDB sends no positions in stream reads: version 23.10 or later is required');
  }
  return {
    id,
    stream: streamId,
    revision: Number(revision),
    position: formatPosition(position.commit, position.prepare),
    type,
    data,
    metadata: fromStored(metadata as StoredMetadata | undefined),
  };
};

/** @returns null for an internal event of the server or the adapter */
export const toRecorded = ({ event }: AllStreamResolvedEvent): RecordedEvent | null => {
  if (!event || event.type.startsWith('$') || event.streamId.startsWith('$') || event.streamId === LOG_STREAM) return null;
  return toRecordedEvent(event);
};

/** Uses the names that the server's tools recognise, so that they can follow a request through the log. */
const toStored = ({ correlationId, causationId, ...rest }: Metadata): StoredMetadata => ({
  ...rest,
  $correlationId: correlationId,
  $causationId: causationId,
});

/** An event of another program may have no metadata. */
const fromStored = (stored: StoredMetadata | undefined): Metadata => {
  if (!stored) return {} as Metadata;
  const { $correlationId, $causationId, ...rest } = stored;
  return { ...rest, correlationId: $correlationId, causationId: $causationId };
};
