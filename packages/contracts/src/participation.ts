import type { OperatorCommand } from './commands';
import type { DomainEvent } from './domain-event';
import type { Condition, Reward, RewardType } from './reward-event';

/** What of a participation a domain event concerns. A type, not an interface, so that the data is assignable to a record type. */
type OfParticipation = {
  readonly eventId: string;
  readonly accountId: string;
  /** First day of the cycle, yyyy-mm-dd; missing in an event without cycles. */
  readonly cycle?: string;
  readonly at: string;
};

type OfMilestone = OfParticipation & {
  /** Count of an earlier milestone; missing for the last one. */
  readonly milestone?: number;
};

/** The requested amount of a claim: a number of units, or all remaining units. */
export type RequestedAmount = number | 'all';

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type ParticipationEvent =
  | DomainEvent<
      'ParticipationStarted',
      OfParticipation & {
        readonly termsVersion: number;
        /** Stored by earlier program versions. The event has the terms of each version. */
        readonly condition?: Condition;
        readonly rewards?: readonly Reward[];
      }
    >
  | DomainEvent<
      'LoginCounted',
      OfParticipation & {
        readonly loginId: string;
        /** Day of `at` by the event's `timeZone` and `dayStartsAt`, yyyy-mm-dd. */
        readonly day: string;
        /** The new total, not an increment. */
        readonly progress: number;
        /** Counts of the earlier milestones that this login is the first to reach, ascending; missing if there are none. */
        readonly reached?: readonly number[];
        /** Whether the last milestone is reached. */
        readonly conditionMet: boolean;
      }
    >
  | DomainEvent<'EventCompleted', OfMilestone & { readonly rewards: readonly Reward[] }>
  | DomainEvent<
      'RewardClaimed',
      OfMilestone & {
        /** Of the client; `automaticRequestId` for an automatic claim. */
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
      }
    >;

/** Data of a rejected request: cycle and milestone as requested, which may not exist; missing if the request named none. */
type OfRequest = OfMilestone;

/** Domain events about rejected requests, in separate streams: `refusals-{stream of the rejected command}`. */
export type RefusalEvent =
  | DomainEvent<
      'CompletionRefused',
      OfRequest & {
        readonly code: string;
        readonly details: Readonly<Record<string, unknown>>;
      }
    >
  | DomainEvent<
      'ClaimRefused',
      OfRequest & {
        readonly requestId: string;
        readonly requested: RequestedAmount;
        readonly rewardName: string;
        /** Null if the event has no such reward. */
        readonly type: RewardType | null;
        readonly itemCode?: string;
        readonly target?: string;
        readonly code: string;
        readonly details: Readonly<Record<string, unknown>>;
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

/** @returns the requestId of an automatic claim. No client can send one, because theirs contain no `:`. @param count of the milestone */
export const automaticRequestId = (count: number, rewardName: string): string => `auto:${count}:${rewardName}`;

/** A reward with the claimed and remaining amounts of one participant. */
export interface RewardBalance extends Reward {
  readonly claimed: number;
  readonly remaining: number;
}

/** @returns the balance of a reward before any claim */
export const untouched = (reward: Reward): RewardBalance => ({ ...reward, claimed: 0, remaining: reward.amount });

export const PARTICIPATION_STATUSES = ['NOT_STARTED', 'IN_PROGRESS', 'ELIGIBLE', 'COMPLETED'] as const;
export type ParticipationStatus = (typeof PARTICIPATION_STATUSES)[number];
