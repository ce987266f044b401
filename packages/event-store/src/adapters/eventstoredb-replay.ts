import type { EventStoreDBClient } from '@eventstore/db-client';
import { nextTurn } from '@rewards/async';
import type { Position, RecordedEvent } from '@rewards/contracts';
import { EventStoreUnavailable } from '../event-store';
import { placeCoveredBy, placeOf, type Place } from './eventstoredb-all';
import { toRecorded } from './eventstoredb-events';
import { Feed } from './eventstoredb-feed';
import type { PreemptiveSemaphore } from './preemptive-semaphore';

/**
 * How often a replay without matches looks up the event at the server's checkpoint, in milliseconds. A shorter replay never does: it
 * reaches the end of the log first.
 */
const CHECKPOINT_MS = 500;

/** One step of a replay. */
export interface Replayed {
  readonly events: readonly RecordedEvent[];
  /** Every matching event up to this place was delivered. */
  readonly searched: Place;
}

interface ReplayOptions {
  readonly client: EventStoreDBClient;
  /** Limits the replays of this process. */
  readonly replays: PreemptiveSemaphore;
  readonly after: Place;
  readonly prefixes: readonly string[] | undefined;
  /** Place that the live feed has reached. */
  readonly livePlace: () => Place;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the history after a place up to the end of the log, through a separate subscription that the server filters. It ends early
 * if another replay takes its permit. The caller then starts another replay from the place reached.
 * @throws if the subscription breaks, or the server does not answer or rejects it
 */
export const replay = async function* (options: ReplayOptions): AsyncGenerator<Replayed, void, undefined> {
  const { client, replays, after, prefixes, livePlace, timeoutMs, signal } = options;
  let feed: Feed | null = null;
  const permit = await replays.acquire(signal, () => feed?.close());
  if (!permit) return;
  try {
    // At the end of the log, the search has passed the place that the live feed had reached before the replay began.
    const placeAtStart = livePlace();
    feed = new Feed(client, after.position, prefixes);
    const progress = new Progress(client, timeoutMs, after);
    let delivered = after.position;
    let lastReceivedAt = performance.now();
    while (!signal.aborted) {
      await feed.waitForArrival(timeoutMs, signal);
      await nextTurn();
      const arrived = feed.take();
      if (!arrived) {
        if (performance.now() - lastReceivedAt >= timeoutMs)
          throw new EventStoreUnavailable(`EventStoreDB sent no events for ${timeoutMs} ms`);
        continue;
      }
      lastReceivedAt = performance.now();
      const last = arrived.events.at(-1);
      progress.reach(last && placeOf(last));
      if (arrived.isLive) progress.reach(placeAtStart);
      else if (arrived.checkpoint !== null) progress.lookUp(arrived.checkpoint);
      const { searched } = progress;
      if (searched.position > delivered) {
        delivered = searched.position;
        permit.rest();
        yield { events: arrived.events.flatMap((event) => toRecorded(event) ?? []), searched };
        if (!permit.resume()) return;
        lastReceivedAt = performance.now();
      }
      if (arrived.isLive) return;
    }
  } finally {
    feed?.close();
    permit.release();
  }
};

/** Progress of a replay, as the place of an event. */
class Progress {
  private isLookingUp = false;
  private lookedUpAt = performance.now();

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly timeoutMs: number,
    public searched: Place,
  ) {}

  reach(place: Place | null | undefined): void {
    if (place && place.position > this.searched.position) this.searched = place;
  }

  /** Looks up the event that a checkpoint of the server covers, at most every 500 ms, while the replay continues. */
  lookUp(checkpoint: Position): void {
    const now = performance.now();
    if (this.isLookingUp || checkpoint <= this.searched.position || now - this.lookedUpAt < CHECKPOINT_MS) return;
    this.isLookingUp = true;
    this.lookedUpAt = now;
    placeCoveredBy(this.client, checkpoint, this.timeoutMs)
      .then((place) => this.reach(place))
      // The next checkpoint retries. The replay itself detects a server that does not answer.
      .catch(() => undefined)
      .finally(() => (this.isLookingUp = false));
  }
}
