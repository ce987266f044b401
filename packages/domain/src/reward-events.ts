import type { RecordedEvent, RewardEventEvent, Upcast } from '@rewards/contracts';
import { rewardEvent, type ExistingRewardEvent, type RewardEventState } from './reward-event.decider';

/**
 * Version of the fold, stored with every saved result of it. Increase it with each change of `evolve`, of the state or of an
 * upcast of these domain events, so that no release continues a fold that another one began.
 */
export const REWARD_EVENTS_FOLD = 2;

/**
 * The states of reward events by stream, folded from the log. Every reader of reward events uses this class: the catalogue, the
 * counter, backfills and time travel.
 */
export class RewardEvents {
  private readonly states = new Map<string, RewardEventState>();
  /** The existing events; null after a change. Every login is compared with all of them. */
  private listed: readonly (readonly [stream: string, event: ExistingRewardEvent])[] | null = null;

  constructor(private readonly upcast: Upcast) {}

  /** @returns the state of a stream, as far as it is folded */
  get(stream: string): RewardEventState {
    return this.states.get(stream) ?? rewardEvent.initial;
  }

  /** @returns the existing events, each with its stream */
  existing(): readonly (readonly [stream: string, event: ExistingRewardEvent])[] {
    return (this.listed ??= [...this.states].flatMap(([stream, state]) =>
      state.situation === 'existing' ? [[stream, state] as const] : [],
    ));
  }

  /** @returns the state of every stream, in the order of their first domain events */
  entries(): readonly (readonly [stream: string, state: RewardEventState])[] {
    return [...this.states];
  }

  /** Sets the state of a stream to the result of another fold, from which later folds continue. */
  set(stream: string, state: RewardEventState): void {
    this.states.set(stream, state);
    this.listed = null;
  }

  clear(): void {
    this.states.clear();
    this.listed = null;
  }

  /**
   * Folds the next domain event of its stream.
   * @returns the state after it
   * @throws the error of `evolve` for an event that this version cannot read; the state does not change then
   */
  fold(recorded: RecordedEvent): RewardEventState {
    const state = rewardEvent.evolve(this.get(recorded.stream), this.upcast<RewardEventEvent>(recorded));
    this.set(recorded.stream, state);
    return state;
  }
}
