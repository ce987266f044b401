import { AppendTooLarge, MAX_APPEND_BYTES, type NewEvent } from '../event-store';

/** An event in its stored form, with data and metadata as immutable JSON text. */
export interface SerialisedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly metadata: string;
}

/**
 * Serialises the events of one append.
 * @throws TypeError for an empty append or data that is not JSON; AppendTooLarge
 */
export const serialise = (events: readonly NewEvent[]): readonly SerialisedEvent[] => {
  if (events.length === 0) throw new TypeError('an append must have at least one event');
  const serialised = events.map(({ id, type, data, metadata }) => ({ id, type, data: toJson(data), metadata: toJson(metadata) }));
  const size = serialised.reduce((sum, { data, metadata }) => sum + Buffer.byteLength(data) + Buffer.byteLength(metadata), 0);
  if (size > MAX_APPEND_BYTES) throw new AppendTooLarge(`the append has ${size} bytes but the limit is ${MAX_APPEND_BYTES}`);
  return serialised;
};

const toJson = (value: unknown): string => {
  const json = JSON.stringify(value) as string | undefined;
  if (json === undefined) throw new TypeError('the data of an event is undefined or a function, which JSON cannot represent');
  return json;
};
