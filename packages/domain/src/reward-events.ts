import type { RecordedEvent, RewardEventEvent, Upcast } from '@rewards/contracts';
import { rewardEvent, type ExistingRewardEvent, type RewardEventState } from './reward-event.decider';

/**
 * The states of reward events by stream, folded from the log. Every reader of reward events uses this class: the catalogue, the
 * counter, backfills and time travel.
 */
export class RewardEvents {
  private readonly states = new Map<string, RewardEventState>();

  constructor(private readonly upcast: Upcast) {}

  /** @returns the state of a stream, as far as it is folded */
  get(stream: string): RewardEventState {
    return this.states.get(stream) ?? rewardEvent.initial;
  }

  /** @returns the existing events, each with its stream */
  existing(): readonly (readonly [stream: string, event: ExistingRewardEvent])[] {
    return [...this.states].flatMap(([stream, state]) => (state.situation === 'existing' ? [[stream, state] as const] : []));
  }

  /** Sets the state of a stream to the result of another fold, from which later folds continue. */
  set(stream: string, state: RewardEventState): void {
    this.states.set(stream, state);
  }

  clear(): void {
    this.states.clear();
  }

  /**
   * Folds the next domain event of its stream.
   * @returns the state after it
   * @throws the error of `evolve` for an event that this version cannot read; the state does not change then
   */
  fold(recorded: RecordedEvent): RewardEventState {
    const state = rewardEvent.evolve(this.get(recorded.stream), this.upcast<RewardEventEvent>(recorded));
    this.states.set(recorded.stream, state);
    return state;
  }
}
