import { jsonEvent, type AllStreamResolvedEvent, type EventData, type RecordedEvent as ClientEvent } from '@eventstore/db-client';
import { formatPosition, type Metadata, type RecordedEvent } from '@rewards/contracts';
import { EventStoreRefused } from '../event-store';
import type { SerialisedEvent } from './serialised-event';

/** Holds the log's id. It is the adapter's own, so no subscription delivers it. */
export const LOG_STREAM = 'eventLog';

type StoredMetadata = Omit<Metadata, 'correlationId' | 'causationId'> & {
  readonly $correlationId: string;
  readonly $causationId: string | null;
};

/** The client serialises what it is given once more, so it is given copies that nobody else can change. */
export const toEventData = ({ id, type, data, metadata }: SerialisedEvent): EventData =>
  jsonEvent({
    id,
    type,
    data: JSON.parse(data) as Record<string, unknown>,
    metadata: toStored(JSON.parse(metadata) as Metadata),
  });

const MAX_COMMIT = 2n ** 63n;

/**
 * @param event of a read or a subscription
 * @throws EventStoreRefused when it comes without its position, as stream reads do before version 22.10
 */
export const toRecordedEvent = ({ id, streamId, revision, position, type, data, metadata }: ClientEvent): RecordedEvent => {
  // The log begins with a record of the server's own, so no event is at position 0; older servers send 0 or the largest number.
  if (!position || position.commit === 0n || position.commit >= MAX_COMMIT) {
    throw new EventStoreRefused('This EventStoreDB sends no positions in stream reads: version 23.10 or later is required');
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

/** @returns null for what is the server's or the adapter's own */
export const toRecorded = ({ event }: AllStreamResolvedEvent): RecordedEvent | null => {
  if (!event || event.type.startsWith('$') || event.streamId.startsWith('$') || event.streamId === LOG_STREAM) return null;
  return toRecordedEvent(event);
};

/** The server's own names let its tools follow a request through the log. */
const toStored = ({ correlationId, causationId, ...rest }: Metadata): StoredMetadata => ({
  ...rest,
  $correlationId: correlationId,
  $causationId: causationId,
});

/** An event of somebody else's may have none: it is given as it is. */
const fromStored = (stored: StoredMetadata | undefined): Metadata => {
  if (!stored) return {} as Metadata;
  const { $correlationId, $causationId, ...rest } = stored;
  return { ...rest, correlationId: $correlationId, causationId: $causationId };
};
