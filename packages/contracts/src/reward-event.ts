import type { DomainEvent } from './domain-event';

export const REWARD_TYPES = ['ITEM', 'POINT', 'COUPON', 'CURRENCY'] as const;
export type RewardType = (typeof REWARD_TYPES)[number];

export interface Reward {
  readonly name: string;
  readonly type: RewardType;
  /** Positive integer up to `MAX_AMOUNT`, given to each participant. */
  readonly amount: number;
}

/** Every login inside the window counts; `count` of them are needed. */
export interface LoginCountCondition {
  readonly type: 'LOGIN_COUNT';
  readonly count: number;
}

export type Condition = LoginCountCondition;
export const CONDITION_TYPES = ['LOGIN_COUNT'] as const satisfies readonly Condition['type'][];

export const MAX_AMOUNT = 1_000_000_000;
export const MAX_COUNT = 1_000;
export const MAX_REWARDS = 20;
export const DEFAULT_TIME_ZONE = 'Asia/Seoul';

/** What an operator says of an event; times are ISO 8601 UTC with milliseconds, windows half-open. */
export interface RewardEventDetails {
  readonly name: string;
  readonly description: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly claimsUntil: string;
  readonly timeZone: string;
  readonly condition: Condition;
}

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type RewardEventEvent =
  | DomainEvent<
      'RewardEventCreated',
      RewardEventDetails & {
        readonly eventId: string;
        readonly createdBy: string;
        readonly at: string;
        readonly requestId?: string;
      }
    >
  | DomainEvent<'RewardAdded', { readonly eventId: string; readonly reward: Reward; readonly at: string }>
  | DomainEvent<'RewardEventPublished', { readonly eventId: string; readonly at: string }>;

/** The facts from which an event's status is computed at any time. */
export interface RewardEventFacts {
  readonly publishedAt: string | null;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly claimsUntil: string;
}

export const REWARD_EVENT_STATUSES = ['DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CLOSED', 'DELETED'] as const;
export type RewardEventStatus = (typeof REWARD_EVENT_STATUSES)[number];
