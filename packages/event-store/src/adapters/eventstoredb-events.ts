import { jsonEvent, type AllStreamResolvedEvent, type EventData, type RecordedEvent as ClientEvent } from '@eventstore/db-client';
import { formatPosition, type Metadata, type RecordedEvent } from '@rewards/contracts';
import type { SerialisedEvent } from './serialised-event';

/** Holds the log's id. It is the adapter's own, so no subscription gives it. */
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

/** @param event with its position: the server sends it in reads and subscriptions alike since 22.10 */
export const toRecordedEvent = ({ id, streamId, revision, position, type, data, metadata }: ClientEvent): RecordedEvent => ({
  id,
  stream: streamId,
  revision: Number(revision),
  position: formatPosition(position?.commit ?? 0n, position?.prepare ?? 0n),
  type,
  data,
  metadata: fromStored(metadata as StoredMetadata | undefined),
});

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
