import type { OperatorCommand } from './commands';
import type { DomainEvent } from './domain-event';
import type { Condition, Reward, RewardType } from './reward-event';

/** What a claim asks for: a number of units, or all that remain. */
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
        /** The event's day of `at`, in its time zone and from its `dayStartsAt`, yyyy-mm-dd. */
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
        /** Total claimed of this reward, this claim included. */
        readonly claimed: number;
        readonly remaining: number;
        readonly at: string;
      }
    >;

/** Facts about refused requests, in streams of their own: `refusals-{the stream refused on}`. */
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
        /** Null where the event promises no such reward. */
        readonly type: RewardType | null;
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

/** A reward with what one participant took of it. */
export interface RewardBalance extends Reward {
  readonly claimed: number;
  readonly remaining: number;
}

/** A reward of which nothing was claimed yet. */
export const untouched = (reward: Reward): RewardBalance => ({ ...reward, claimed: 0, remaining: reward.amount });

export const PARTICIPATION_STATUSES = ['NOT_STARTED', 'IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const;
export type ParticipationStatus = (typeof PARTICIPATION_STATUSES)[number];
