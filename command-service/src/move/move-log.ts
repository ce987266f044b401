import { START, type RecordedEvent } from '@rewards/contracts';
import { NO_STREAM, type EventStore } from '@rewards/event-store';

/** The target holds other events: it is no interrupted copy of the source. */
export class OtherLog extends Error {
  override readonly name = 'OtherLog';
}

/**
 * Copies a log, in its order, with the ids and the revisions of its events; their positions are the target's own. Nobody
 * appends to either meanwhile. An interrupted copy is finished by the same call.
 * @param onMoved told how many events the target is known to hold
 * @returns how many it holds now
 * @throws OtherLog, WrongExpectedRevision, EventStoreUnavailable
 */
export const moveLog = async (from: EventStore, to: EventStore, onMoved: (events: number) => void): Promise<number> => {
  const there = eventsOf(to);
  let moved = 0;
  for await (const { stream, revision, id, type, data, metadata } of eventsOf(from)) {
    const { value: known } = await there.next();
    if (known) refuseOther(known, { stream, revision, id });
    else await to.append(stream, revision === 0 ? NO_STREAM : revision - 1, [{ id, type, data, metadata }]);
    moved += 1;
    onMoved(moved);
  }
  const { value: more } = await there.next();
  if (more) throw new OtherLog(`The target's log goes on with ${more.stream} where that of DATA_DIR ends.`);
  return moved;
};

const refuseOther = (known: RecordedEvent, { stream, revision, id }: Pick<RecordedEvent, 'stream' | 'revision' | 'id'>): void => {
  if (known.stream === stream && known.revision === revision && known.id === id) return;
  throw new OtherLog(`The target's log has ${known.stream} where that of DATA_DIR has ${stream}: move into an empty one.`);
};

/** All events up to the end of the log as it is found. */
const eventsOf = async function* (store: EventStore): AsyncGenerator<RecordedEvent, undefined, undefined> {
  for await (const { events, caughtUp } of store.subscribe({ after: START })) {
    yield* events;
    if (caughtUp) return;
  }
};
