import type { OperatorCommand } from './commands';
import type { DomainEvent } from './domain-event';
import type { Condition, Reward, RewardType } from './reward-event';

/** The requested amount of a claim: a number of units, or all remaining units. */
export type RequestedAmount = number | 'all';

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type ParticipationEvent =
  | DomainEvent<
      'ParticipationStarted',
      {
        readonly eventId: string;
        readonly accountId: string;
        readonly termsVersion: number;
        readonly condition: Condition;
        readonly rewards: readonly Reward[];
        readonly at: string;
      }
    >
  | DomainEvent<
      'LoginCounted',
      {
        readonly eventId: string;
        readonly accountId: string;
        readonly loginId: string;
        readonly at: string;
        /** Day of `at` by the event's `timeZone` and `dayStartsAt`, yyyy-mm-dd. */
        readonly day: string;
        /** The new total, not an increment. */
        readonly progress: number;
        readonly conditionMet: boolean;
      }
    >
  | DomainEvent<
      'EventCompleted',
      { readonly eventId: string; readonly accountId: string; readonly at: string; readonly rewards: readonly Reward[] }
    >
  | DomainEvent<
      'RewardClaimed',
      {
        readonly eventId: string;
        readonly accountId: string;
        readonly requestId: string;
        readonly requested: RequestedAmount;
        readonly rewardName: string;
        readonly type: RewardType;
        readonly amount: number;
        /** Total claimed of this reward, including this claim. */
        readonly claimed: number;
        readonly remaining: number;
        /** The game's own identifier of the item; missing if the reward has none. */
        readonly itemCode?: string;
        /** Where the game should put the units, as the client named it; missing if it named nothing. */
        readonly target?: string;
        readonly at: string;
      }
    >;

/** Domain events about rejected requests, in separate streams: `refusals-{stream of the rejected command}`. */
export type RefusalEvent =
  | DomainEvent<
      'CompletionRefused',
      {
        readonly eventId: string;
        readonly accountId: string;
        readonly code: string;
        readonly details: Readonly<Record<string, unknown>>;
        readonly at: string;
      }
    >
  | DomainEvent<
      'ClaimRefused',
      {
        readonly eventId: string;
        readonly accountId: string;
        readonly requestId: string;
        readonly requested: RequestedAmount;
        readonly rewardName: string;
        /** Null if the event has no such reward. */
        readonly type: RewardType | null;
        readonly itemCode?: string;
        readonly target?: string;
        readonly code: string;
        readonly details: Readonly<Record<string, unknown>>;
        readonly at: string;
      }
    >
  | DomainEvent<
      'CommandRefused',
      {
        readonly eventId: string;
        readonly command: OperatorCommand;
        readonly code: string;
        readonly details: Readonly<Record<string, unknown>>;
        readonly at: string;
      }
    >;

/** A reward with the claimed and remaining amounts of one participant. */
export interface RewardBalance extends Reward {
  readonly claimed: number;
  readonly remaining: number;
}

/** @returns the balance of a reward before any claim */
export const untouched = (reward: Reward): RewardBalance => ({ ...reward, claimed: 0, remaining: reward.amount });

export const PARTICIPATION_STATUSES = ['NOT_STARTED', 'IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const;
export type ParticipationStatus = (typeof PARTICIPATION_STATUSES)[number];
