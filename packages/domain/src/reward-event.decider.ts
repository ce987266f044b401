import {
  MAX_REWARDS,
  type Reward,
  type RewardEventDetails,
  type RewardEventEvent,
  type RewardEventFacts,
  type RewardEventStatus,
} from '@rewards/contracts';
import type { Aggregate, Decide } from './aggregate';
import { reject } from './rejected';

/** An event that was created, as its facts tell it. */
export interface ExistingRewardEvent extends RewardEventDetails, RewardEventFacts {
  readonly situation: 'existing';
  readonly eventId: string;
  readonly rewards: readonly Reward[];
  /** 1 until the terms change after publication. */
  readonly termsVersion: number;
  readonly createdBy: string;
  readonly createdAt: string;
  /** What its creation asked for: a second request with the same `requestId` must ask the same. */
  readonly createdAs: RewardEventDetails;
}

export type RewardEventState = { readonly situation: 'missing' } | ExistingRewardEvent;

const detailsOf = (source: RewardEventDetails): RewardEventDetails => {
  const { name, description, startsAt, endsAt, claimsUntil, timeZone, condition } = source;
  return { name, description, startsAt, endsAt, claimsUntil, timeZone, condition };
};

type Evolve = Aggregate<RewardEventState, RewardEventEvent>['evolve'];

const evolve: Evolve = (state, event) => {
  if (event.type === 'RewardEventCreated') {
    const { eventId, createdBy, at } = event.data;
    const details = detailsOf(event.data);
    return {
      situation: 'existing',
      ...details,
      eventId,
      createdBy,
      createdAt: at,
      createdAs: details,
      publishedAt: null,
      rewards: [],
      termsVersion: 1,
    };
  }
  if (state.situation === 'missing') return state;
  switch (event.type) {
    case 'RewardAdded':
      return { ...state, rewards: [...state.rewards, event.data.reward] };
    case 'RewardEventPublished':
      return { ...state, publishedAt: event.data.at };
    default:
      event satisfies never;
      return state;
  }
};

export const rewardEvent: Aggregate<RewardEventState, RewardEventEvent> = { initial: { situation: 'missing' }, evolve };

/**
 * Status of an event at a time, from its facts alone: the clock moves it, no scheduler does.
 * @param at ISO 8601 UTC with milliseconds
 */
export const rewardEventStatus = (
  { publishedAt, startsAt, endsAt, claimsUntil }: RewardEventFacts,
  at: string,
): RewardEventStatus => {
  if (publishedAt === null) return 'DRAFT';
  if (at < startsAt) return 'SCHEDULED';
  if (at < endsAt) return 'ACTIVE';
  return at < claimsUntil ? 'ENDED' : 'CLOSED';
};

type DecideRewardEvent = Decide<RewardEventState, RewardEventEvent>;

export interface CreateRewardEvent {
  readonly eventId: string;
  readonly details: RewardEventDetails;
  readonly rewards: readonly Reward[];
  readonly publish: boolean;
  readonly createdBy: string;
  readonly requestId?: string;
  readonly at: string;
}

/** Creates the event with its rewards, published at once if asked. The same request again decides nothing. */
export const createRewardEvent =
  ({ eventId, details, rewards, publish, createdBy, requestId, at }: CreateRewardEvent): DecideRewardEvent =>
  (state) => {
    if (state.situation === 'existing') {
      return isSameDetails(state.createdAs, details) ? [] : reject('REQUEST_ID_REUSED');
    }
    const created: readonly RewardEventEvent[] = [
      {
        type: 'RewardEventCreated',
        data: { ...detailsOf(details), eventId, createdBy, at, ...(requestId === undefined ? {} : { requestId }) },
      },
      ...rewards.map((reward): RewardEventEvent => ({ type: 'RewardAdded', data: { eventId, reward, at } })),
    ];
    if (!publish) return created;
    return [...created, ...publishRewardEvent({ at })(created.reduce(evolve, state))];
  };

/** Key order is not part of what was asked: stored data may come back with another. */
const isSameDetails = (a: RewardEventDetails, b: RewardEventDetails): boolean =>
  JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

const sorted = ({ condition, ...details }: RewardEventDetails) => [
  ...Object.entries(details).sort(([a], [b]) => (a < b ? -1 : 1)),
  ...Object.entries(condition).sort(([a], [b]) => (a < b ? -1 : 1)),
];

/** Adds a reward to a draft. */
export const addReward =
  ({ reward, at }: { readonly reward: Reward; readonly at: string }): DecideRewardEvent =>
  (state) => {
    const event = existing(state);
    requireStatus(event, at, 'DRAFT');
    if (event.rewards.some(({ name }) => name === reward.name)) reject('REWARD_EXISTS');
    if (event.rewards.length >= MAX_REWARDS) reject('TOO_MANY_REWARDS');
    return [{ type: 'RewardAdded', data: { eventId: event.eventId, reward, at } }];
  };

/** Publishes a draft with rewards, before its end. */
export const publishRewardEvent =
  ({ at }: { readonly at: string }): DecideRewardEvent =>
  (state) => {
    const event = existing(state);
    requireStatus(event, at, 'DRAFT');
    if (at >= event.endsAt) reject('WRONG_STATE', { state: 'DRAFT' });
    if (event.rewards.length === 0) reject('NO_REWARDS');
    return [{ type: 'RewardEventPublished', data: { eventId: event.eventId, at } }];
  };

const existing = (state: RewardEventState): ExistingRewardEvent =>
  state.situation === 'existing' ? state : reject('NO_SUCH_EVENT');

const requireStatus = (event: ExistingRewardEvent, at: string, ...allowed: readonly RewardEventStatus[]): void => {
  const status = rewardEventStatus(event, at);
  if (!allowed.includes(status)) reject('WRONG_STATE', { state: status });
};
