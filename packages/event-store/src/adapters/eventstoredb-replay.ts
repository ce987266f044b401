import type { EventStoreDBClient } from '@eventstore/db-client';
import { nextTurn } from '@rewards/async';
import type { Position, RecordedEvent } from '@rewards/contracts';
import { EventStoreUnavailable } from '../event-store';
import { placeCoveredBy, placeOf, type Place } from './eventstoredb-all';
import { toRecorded } from './eventstoredb-events';
import { Feed } from './eventstoredb-feed';
import type { PreemptiveSemaphore } from './preemptive-semaphore';

/** How often a replay that finds nothing asks which event the server's search has reached. */
const CHECKPOINT_MS = 500;

/** One step of a replay. */
export interface Replayed {
  readonly events: readonly RecordedEvent[];
  /** Everything wanted up to there was given. */
  readonly searched: Place;
}

export interface ReplayOptions {
  readonly client: EventStoreDBClient;
  /** Bounds the replays of this process. */
  readonly replays: PreemptiveSemaphore;
  readonly after: Place;
  readonly prefixes: readonly string[] | undefined;
  /** Where the live feed is. */
  readonly reached: () => Place;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Reads the history after a place through a subscription of its own, filtered by the server, up to the end of the log. It ends
 * early when another replay takes its permit: the caller begins again from where it was.
 * @throws when the subscription breaks, or the server does not answer or refuses it
 */
export const replay = async function* (options: ReplayOptions): AsyncGenerator<Replayed, void, undefined> {
  const { client, replays, after, prefixes, reached, timeoutMs, signal } = options;
  let feed: Feed | null = null;
  const permit = await replays.acquire(signal, () => feed?.close());
  if (!permit) return;
  try {
    // At the end of the log the search has passed whatever the live feed had received when it began.
    const passed = reached();
    feed = new Feed(client, after.position, prefixes);
    const progress = new Progress(client, timeoutMs, after);
    let given = after.position;
    let heardAt = performance.now();
    while (!signal.aborted) {
      await feed.arrival(timeoutMs, signal);
      await nextTurn();
      const arrived = feed.take();
      if (!arrived) {
        if (performance.now() - heardAt >= timeoutMs) throw new EventStoreUnavailable('EventStoreDB sends no events');
        continue;
      }
      heardAt = performance.now();
      const last = arrived.events.at(-1);
      progress.reach(last && placeOf(last));
      if (arrived.isLive) progress.reach(passed);
      else if (arrived.checkpoint !== null) progress.askAbout(arrived.checkpoint);
      const { searched } = progress;
      if (searched.position > given) {
        given = searched.position;
        permit.rest();
        yield { events: arrived.events.flatMap((event) => toRecorded(event) ?? []), searched };
        if (!permit.resume()) return;
        heardAt = performance.now();
      }
      if (arrived.isLive) return;
    }
  } finally {
    feed?.close();
    permit.end();
  }
};

/** How far a replay has searched, as the place of an event. */
class Progress {
  private isAsking = false;
  private askedAt = -Infinity;

  constructor(
    private readonly client: EventStoreDBClient,
    private readonly timeoutMs: number,
    public searched: Place,
  ) {}

  reach(place: Place | null | undefined): void {
    if (place && place.position > this.searched.position) this.searched = place;
  }

  /** Finds the event that a checkpoint of the server covers, now and then, while the replay goes on. */
  askAbout(checkpoint: Position): void {
    const now = performance.now();
    if (this.isAsking || checkpoint <= this.searched.position || now - this.askedAt < CHECKPOINT_MS) return;
    this.isAsking = true;
    this.askedAt = now;
    placeCoveredBy(this.client, checkpoint, this.timeoutMs)
      .then((place) => this.reach(place))
      // The next checkpoint asks again; a server that does not answer is noticed by the replay itself.
      .catch(() => undefined)
      .finally(() => (this.isAsking = false));
  }
}
