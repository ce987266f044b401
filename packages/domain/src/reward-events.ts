import type { RecordedEvent, RewardEventEvent, Upcast } from '@rewards/contracts';
import { rewardEvent, type ExistingRewardEvent, type RewardEventState } from './reward-event.decider';

/**
 * Reward events by their streams, folded from the log. Every reader of reward events folds them here: the catalogue, the counter,
 * backfills and time travel.
 */
export class RewardEvents {
  private readonly states = new Map<string, RewardEventState>();

  constructor(private readonly upcast: Upcast) {}

  /** The state of a stream, as far as it was folded. */
  get(stream: string): RewardEventState {
    return this.states.get(stream) ?? rewardEvent.initial;
  }

  /** The events that exist, each with its stream. */
  existing(): readonly (readonly [stream: string, event: ExistingRewardEvent])[] {
    return [...this.states].flatMap(([stream, state]) => (state.situation === 'existing' ? [[stream, state] as const] : []));
  }

  /** Continues a stream from a state that another fold has reached. */
  set(stream: string, state: RewardEventState): void {
    this.states.set(stream, state);
  }

  clear(): void {
    this.states.clear();
  }

  /**
   * Folds the next domain event of its stream.
   * @returns the state after it
   * @throws what `evolve` throws for an event that this version cannot read; the state is then the one before it
   */
  fold(recorded: RecordedEvent): RewardEventState {
    const state = rewardEvent.evolve(this.get(recorded.stream), this.upcast<RewardEventEvent>(recorded));
    this.states.set(recorded.stream, state);
    return state;
  }
}
