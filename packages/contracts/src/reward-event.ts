import type { DomainEvent } from './domain-event';

export const REWARD_TYPES = ['ITEM', 'POINT', 'COUPON', 'CURRENCY'] as const;
export type RewardType = (typeof REWARD_TYPES)[number];

export interface Reward {
  readonly name: string;
  readonly type: RewardType;
  /** Positive integer up to `MAX_AMOUNT`, given to each participant. */
  readonly amount: number;
  /** The game's own identifier of the item. Not stored if there is none. */
  readonly itemCode?: string;
}

/** Every login inside the window counts; `count` of them are needed. */
export interface LoginCountCondition {
  readonly type: 'LOGIN_COUNT';
  readonly count: number;
}

/** `count` distinct days of the event with a login. */
export interface LoginDaysCondition {
  readonly type: 'LOGIN_DAYS';
  readonly count: number;
}

/** A span of `count` days that starts and ends with a login day and misses at most `graceDays` (default 0) days in all. */
export interface LoginStreakCondition {
  readonly type: 'LOGIN_STREAK';
  readonly count: number;
  readonly graceDays?: number;
}

export type Condition = LoginCountCondition | LoginDaysCondition | LoginStreakCondition;
export type ConditionType = Condition['type'];

/** A table with a row for each type of condition: one without a row for a type does not compile. */
export type ByConditionType<Row> = Readonly<Record<ConditionType, Row>>;

const TYPES = { LOGIN_COUNT: true, LOGIN_DAYS: true, LOGIN_STREAK: true } as const satisfies ByConditionType<true>;
export const CONDITION_TYPES = Object.keys(TYPES) as readonly ConditionType[];

/** Reasons for which a condition ignores a login inside the window, as returned by `explain`. */
export const LOGIN_EXCLUSIONS = ['SAME_DAY'] as const;
export type LoginExclusion = (typeof LOGIN_EXCLUSIONS)[number];

/** How often an event begins again, in its own zone and with its own beginning of the day; weeks begin on Monday. */
export const CYCLES = ['DAY', 'WEEK', 'MONTH'] as const;
export type Cycle = (typeof CYCLES)[number];

export const MAX_AMOUNT = 1_000_000_000;
export const MAX_COUNT = 1_000;
/** A claim takes at least this fraction of the promise, or all that remains, so that a stream has a bounded number of claims. */
export const MOST_CLAIMS_OF_A_REWARD = 1_000;
/** Rewards of one milestone, and of an event. */
export const MAX_REWARDS = 20;
export const MAX_REWARDS_OF_EVENT = 100;
/** Milestones before the last one. */
export const MAX_MILESTONES = 100;
export const DEFAULT_TIME_ZONE = 'Asia/Seoul';
export const DEFAULT_DAY_STARTS_AT = '00:00';
/** Days after the end until which players may claim, by default. */
export const DEFAULT_CLAIM_DAYS = 14;

/** Rewards for an earlier step towards the condition. The last milestone is `condition.count` with the `rewards` of the event. */
export interface Milestone {
  readonly count: number;
  readonly rewards: readonly Reward[];
  /** Names of the rewards whose claims are on hold. Missing if there are none. */
  readonly held?: readonly string[];
}

/** What logins can reach, and what it is worth. Players keep the version with which they started. */
export interface Terms {
  /** 1 until the terms change after publication, or the event is unpublished: no two sets of terms have one version. */
  readonly termsVersion: number;
  readonly condition: Condition;
  /** Rewards of the last milestone, at `condition.count`. */
  readonly rewards: readonly Reward[];
  /** The earlier milestones, ascending. Missing if there are none. */
  readonly milestones?: readonly Milestone[];
}

/** Details of an event that an operator sets. Times are ISO 8601 UTC with milliseconds; windows are half-open. */
export interface RewardEventDetails {
  readonly name: string;
  readonly description: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly claimsUntil: string;
  readonly timeZone: string;
  /** Local time at which a day of the event begins, `HH:MM`. Not stored if it is the default. */
  readonly dayStartsAt?: string;
  readonly condition: Condition;
  /** The earlier milestones, ascending. Not stored if there are none. */
  readonly milestones?: readonly Pick<Milestone, 'count' | 'rewards'>[];
  /** In each period of the window, progress, completion and claims begin again. Not stored if the whole window is one. */
  readonly cycle?: Cycle;
  /** Whether the login that reaches a milestone also completes it. Stored if it does. */
  readonly autoComplete?: true;
  /** Whether an automatic completion also grants the rewards; implies `autoComplete`. Stored if it does. */
  readonly autoClaim?: true;
  /** Texts for clients, such as an image or an order. Not stored if there are none. */
  readonly metadata?: EventMetadata;
}

export type EventMetadata = Readonly<Record<string, string>>;

/** Whether logins during a pause count. */
export const COUNTING = ['STOP', 'CONTINUE'] as const;
export type Counting = (typeof COUNTING)[number];

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type RewardEventEvent =
  | DomainEvent<
      'RewardEventCreated',
      RewardEventDetails & {
        readonly eventId: string;
        readonly createdBy: string;
        readonly at: string;
        readonly requestId?: string;
        /**
         * Number of domain events that the creation appended at once, including this one. Stored only with a `requestId`;
         * missing in events of earlier program versions.
         */
        readonly recordedEvents?: number;
        /** Id of the event whose terms were copied. */
        readonly clonedFrom?: string;
      }
    >
  | DomainEvent<'RewardAdded', OfMilestone & { readonly reward: Reward }>
  | DomainEvent<'RewardChanged', OfMilestone & { readonly name: string; readonly amount: number }>
  | DomainEvent<'RewardWithdrawn', OfMilestone & { readonly name: string }>
  | DomainEvent<'RewardHeld', RewardBrake>
  | DomainEvent<'RewardReleased', RewardBrake>
  | DomainEvent<'RewardEventChanged', RewardEventChange & { readonly eventId: string; readonly at: string }>
  | DomainEvent<'RewardEventPublished', RewardEventMoved>
  | DomainEvent<'RewardEventUnpublished', RewardEventMoved>
  | DomainEvent<
      'RewardEventPaused',
      RewardEventMoved & {
        /** Stored if logins during the pause count. */
        readonly counting?: 'CONTINUE';
        /** Why it was paused, for auditors. */
        readonly reason?: string;
      }
    >
  | DomainEvent<'RewardEventResumed', RewardEventMoved>
  | DomainEvent<'RewardEventEnded', RewardEventMoved>
  | DomainEvent<'RewardEventDeleted', RewardEventMoved>
  | DomainEvent<'RewardEventRestored', RewardEventMoved>;

/** Data of a status change by an operator. */
interface RewardEventMoved {
  readonly eventId: string;
  readonly at: string;
}

/** Data of a change to the rewards of one milestone. */
interface OfMilestone extends RewardEventMoved {
  /** Count of an earlier milestone; missing for the last one. */
  readonly milestone?: number;
}

/** Data of a hold or release of one reward. */
interface RewardBrake extends OfMilestone {
  readonly name: string;
  /** Why it was held or released, for auditors. */
  readonly reason?: string;
}

type Resettable = 'cycle' | 'autoComplete' | 'autoClaim';

/**
 * The changed details. `rewards` replaces all rewards of a draft's last milestone, and `milestones` all earlier milestones. Here,
 * null and false are stored: they say that a detail has its default again.
 */
export type RewardEventChange = Partial<Omit<RewardEventDetails, Resettable>> & {
  readonly rewards?: readonly Reward[];
  readonly cycle?: Cycle | null;
  readonly autoComplete?: boolean;
  readonly autoClaim?: boolean;
};

/** The facts from which the status of an event at any time is computed. */
export interface RewardEventFacts {
  readonly publishedAt: string | null;
  /** Start of the current pause; null while the event is not paused. */
  readonly pausedAt: string | null;
  readonly deletedAt: string | null;
  readonly startsAt: string;
  /** The effective end: an early end brings it forward. */
  readonly endsAt: string;
  readonly claimsUntil: string;
}

/** A reward event folded from its domain events, shared by states and read models. */
export interface RewardEventRecord extends RewardEventDetails, RewardEventFacts, Terms {
  readonly eventId: string;
  readonly milestones?: readonly Milestone[];
  /** Names of the last milestone's rewards whose claims are on hold. Missing if there are none. */
  readonly held?: readonly string[];
  /** The terms of each earlier version, ascending. Missing if there are none. */
  readonly earlierTerms?: readonly Terms[];
  readonly createdBy: string;
  readonly createdAt: string;
}

export const REWARD_EVENT_STATUSES = ['DRAFT', 'SCHEDULED', 'ACTIVE', 'PAUSED', 'ENDED', 'CLOSED', 'DELETED'] as const;
export type RewardEventStatus = (typeof REWARD_EVENT_STATUSES)[number];
