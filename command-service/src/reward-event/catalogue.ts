import { setTimeout as delay } from 'node:timers/promises';
import { PREFIXES, START, streams, upcast, type Position, type RewardEventEvent } from '@rewards/contracts';
import { isVisibleToPlayers, rewardEvent, type ExistingRewardEvent, type RewardEventState } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import { problem } from '@rewards/service-kit';
import { isDamaged, type Failures } from '@rewards/service-kit/failures';
import type { RewardEventStreams } from '../streams';

const RESUBSCRIBE_AFTER_MS = 200;

/** All reward events, folded from their streams and kept live in this process. */
export class Catalogue {
  private readonly states = new Map<string, RewardEventState>();
  private readonly ended = new AbortController();
  private position: Position = START;
  private isLive = false;
  private following: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: EventStore,
    private readonly rewardEvents: RewardEventStreams,
    private readonly failures: Failures,
  ) {}

  start(): void {
    this.following = this.follow();
  }

  async stop(): Promise<void> {
    this.ended.abort();
    await this.following;
  }

  /** @throws Problem UNAVAILABLE while what this process knows may be old */
  requireLive(): void {
    if (!this.isLive) throw problem('UNAVAILABLE', { detail: 'The catalogue of events is not up to date now.' });
  }

  /**
   * The event as this process knows it: a pause binds once it has arrived here. An id that is not known, or a draft or deleted
   * event that may have been published or restored since, is looked up in the log itself.
   */
  async find(eventId: string): Promise<ExistingRewardEvent | null> {
    this.requireLive();
    const known = this.states.get(streams.rewardEvent(eventId));
    return known?.situation === 'existing' && isVisibleToPlayers(known) ? known : this.read(eventId);
  }

  /** The event as the log has it now. */
  async read(eventId: string): Promise<ExistingRewardEvent | null> {
    const { state } = await this.rewardEvents.load(streams.rewardEvent(eventId));
    return state.situation === 'existing' ? state : null;
  }

  private async follow(): Promise<void> {
    const { signal } = this.ended;
    while (!signal.aborted) {
      try {
        for await (const batch of this.store.subscribe({ after: this.position, prefixes: [PREFIXES.rewardEvent], signal })) {
          for (const recorded of batch.events) {
            const state = this.states.get(recorded.stream) ?? rewardEvent.initial;
            this.states.set(recorded.stream, rewardEvent.evolve(state, upcast<RewardEventEvent>(recorded)));
          }
          this.position = batch.searched;
          this.isLive = batch.caughtUp;
          if (batch.caughtUp) this.failures.succeeded('the catalogue');
        }
      } catch (error) {
        this.isLive = false;
        this.failures.failed('the catalogue', error);
        if (isDamaged(error)) return;
        await delay(RESUBSCRIBE_AFTER_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
