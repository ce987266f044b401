import { AppendTooLarge, MAX_APPEND_BYTES, type NewEvent } from '../event-store';

/** An event as it is stored: its data and metadata are JSON texts, which nobody can change any more. */
export interface SerialisedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/**
 * Serialises the events of one append.
 * @throws TypeError for no events at all or data that is not JSON, AppendTooLarge
 */
export const serialise = (events: readonly NewEvent[]): readonly SerialisedEvent[] => {
  if (events.length === 0) throw new TypeError('an append has at least one event');
  const serialised = events.map(({ id, type, data, metadata }) => ({ id, type, data: toJson(data), metadata: toJson(metadata) }));
  const size = serialised.reduce((sum, { data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata), 0);
  if (size > MAX_APPEND_BYTES) throw new AppendTooLarge(`${size} bytes in one append, ${MAX_APPEND_BYTES} at most`);
  return serialised;
};

const toJson = (value: unknown): string => {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError('undefined and functions are not JSON');
  return json;
};
