import { randomUUID } from 'node:crypto';
import {
  PREFIXES,
  schemaVersionOf,
  START,
  streams,
  upcast,
  type BackfillEvent,
  type LoginEvent,
  type Position,
  type RewardEventEvent,
} from '@rewards/contracts';
import { rewardEvent, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import type { Collection } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Failures } from '@rewards/service-kit/failures';
import { retry } from '@rewards/service-kit/retry';
import type { Clock } from '../clock';
import type { CountLogin } from '../participation/participation.commands';
import type { CounterCheckpoint } from './checkpoint';
import { countFor } from './login-judge';

/** Whether logins may have been recorded before the publication that count for the event. */
export const needsBackfill = (state: RewardEventState): state is ExistingRewardEvent =>
  state.situation === 'existing' && state.publishedAt !== null && state.startsAt < state.publishedAt;

export interface Publication {
  /** The event as it was published. */
  readonly published: ExistingRewardEvent;
  readonly position: Position;
}

/**
 * Counts, beside the counter, the logins of events whose window began before their publication: each event by itself, over
 * the whole log, until it has caught up with the counter, which counts for it from then on. A login from before the publication
 * is judged by the facts of the publication. Logins that come meanwhile are counted in their turn, so the order of the log holds.
 *
 * How far one has come is saved; after a crash it goes on from there. What is counted twice is counted once.
 */
export class Backfills {
  private readonly running = new Map<string, Promise<void>>();
  private takenPosition: Position = START;

  constructor(
    private readonly store: EventStore,
    private readonly checkpoints: Collection<CounterCheckpoint>,
    private readonly countAll: (counts: readonly CountLogin[], signal: AbortSignal) => Promise<void>,
    private readonly clock: Clock,
    private readonly failures: Failures,
  ) {}

  /** The counter has taken everything up to here, and left out what is counted here. */
  taken(position: Position): void {
    this.takenPosition = position;
  }

  /** Whether a backfill counts for the event, so that the counter must not. */
  isCounting(eventId: string): boolean {
    return this.running.has(eventId);
  }

  /** Counts for the event until it has caught up with the counter, or the signal aborts. */
  start(publication: Publication, logId: string, signal: AbortSignal): void {
    const { eventId } = publication.published;
    const onError = (error: unknown) => this.failures.failed(`the backfill of ${eventId}`, error);
    const run = retry(() => this.run(publication, logId, signal), { signal, onError }).catch(onError);
    this.running.set(eventId, run);
  }

  /** All have ended, after their signal aborted. */
  async ended(): Promise<void> {
    await Promise.all(this.running.values());
    this.running.clear();
    this.takenPosition = START;
  }

  private async run(publication: Publication, logId: string, signal: AbortSignal): Promise<void> {
    const { eventId } = publication.published;
    const checkpointId = streams.backfill(eventId);
    let position = (await this.checkpoints.get(checkpointId))?.document.position ?? START;
    let event = await this.eventAt(position, publication, signal);

    const prefixes = [streams.rewardEvent(eventId), PREFIXES.login];
    for await (const batch of this.store.subscribe({ after: position, prefixes, signal })) {
      const counts: CountLogin[] = [];
      for (const recorded of batch.events) {
        const fact = upcast<LoginEvent | RewardEventEvent>(recorded);
        if (fact.type !== 'LoggedIn') {
          if (recorded.position > publication.position) event = evolved(event, fact);
          continue;
        }
        const count = countFor(event, fact.data, recorded);
        if (count) counts.push(count);
      }
      await this.countAll(counts, signal);
      position = batch.searched;
      await this.checkpoints.writeNewer([{ id: checkpointId, position, document: { logId, position } }]);
      if (position >= publication.position && position >= this.takenPosition) {
        // From the next fact on the counter counts for it; nothing may come between the comparison and this.
        this.running.delete(eventId);
        this.failures.succeeded(`the backfill of ${eventId}`);
        await this.record(eventId, position);
        return;
      }
    }
  }

  /** The event by which a login right after the position is judged. */
  private async eventAt(position: Position, publication: Publication, signal: AbortSignal): Promise<ExistingRewardEvent> {
    let event = publication.published;
    if (position <= publication.position) return event;
    const prefixes = [streams.rewardEvent(event.eventId)];
    for await (const batch of this.store.subscribe({ after: publication.position, prefixes, signal })) {
      for (const recorded of batch.events) {
        if (recorded.position <= position) event = evolved(event, upcast<RewardEventEvent>(recorded));
      }
      if (batch.searched >= position) break;
    }
    return event;
  }

  private async record(eventId: string, position: Position): Promise<void> {
    const stream = streams.backfill(eventId);
    if ((await this.store.readStream(stream)).length > 0) return;
    const at = this.clock.now();
    const event: BackfillEvent = { type: 'LoginsBackfilled', data: { eventId, position, at } };
    const metadata = {
      schemaVersion: schemaVersionOf(event.type),
      correlationId: eventId,
      causationId: null,
      actor: { service: 'command-service' },
      at,
    };
    await this.store.append(stream, 'any', [{ id: randomUUID(), ...event, metadata }]);
  }
}

const evolved = (event: ExistingRewardEvent, fact: RewardEventEvent): ExistingRewardEvent => {
  const state = rewardEvent.evolve(event, fact);
  return state.situation === 'existing' ? state : event;
};
