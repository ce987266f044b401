import {
  MAX_REWARDS,
  MAX_REWARDS_OF_EVENT,
  REWARD_EVENT_STATUSES,
  type Aggregate,
  type Counting,
  type Reward,
  type RewardEventChange,
  type RewardEventEvent,
  type RewardEventFacts,
  type RewardEventRecord,
  type RewardEventStatus,
} from '@rewards/contracts';
import { fold, type Decide } from './aggregate';
import { loginCycle } from './cycles';
import { reject } from './rejected';
import { decideRepeated } from './repetition';
import {
  changesOf,
  detailsOf,
  fixedFields,
  normalised,
  requireLater,
  requireMilestones,
  requireReach,
  requireWindow,
  withoutDefaults,
  type RequestedDetails,
} from './reward-event-details';
import {
  everPromised,
  milestoneKey,
  milestonesOf,
  ofMilestone,
  requireMilestone,
  withHold,
  withMilestone,
  withMilestones,
  withNextTerms,
  withRewards,
} from './terms';

/** A created event, folded from its domain events. */
export interface ExistingRewardEvent extends RewardEventRecord {
  readonly situation: 'existing';
  /** Whether an operator ended it, which is final. */
  readonly endedEarly: boolean;
  /** Half-open periods in which no login counts; `to` is null during such a pause. A pause that counts logins is not one. */
  readonly pauses: readonly { readonly from: string; readonly to: string | null }[];
  readonly creation: Creation;
}

type RewardEventCreated = Extract<RewardEventEvent, { readonly type: 'RewardEventCreated' }>;

/** The domain events of a creation. They identify a repeated request and reproduce its response. */
export interface Creation {
  readonly created: RewardEventCreated;
  readonly following: readonly RewardEventEvent[];
  /** Whether the next domain event may belong to the creation too. */
  readonly isOpen: boolean;
}

export type RewardEventState = { readonly situation: 'missing' } | ExistingRewardEvent;

type Evolve = Aggregate<RewardEventState, RewardEventEvent>['evolve'];

const evolve: Evolve = (state, event) => {
  const next = apply(state, event);
  return next.situation === 'existing' && next.creation.isOpen && event.type !== 'RewardEventCreated'
    ? { ...next, creation: withEvent(next.creation, event) }
    : next;
};

/** If the number of the creation's domain events is not stored, the directly following ones with the same time belong to it. */
const withEvent = (creation: Creation, event: RewardEventEvent): Creation => {
  const { at, recordedEvents } = creation.created.data;
  const isPart =
    recordedEvents !== undefined ||
    ((event.type === 'RewardAdded' || event.type === 'RewardEventPublished') && event.data.at === at);
  if (!isPart) return { ...creation, isOpen: false };
  const following = [...creation.following, plain(event)];
  const isOpen = recordedEvents === undefined ? event.type === 'RewardAdded' : 1 + following.length < recordedEvents;
  return { ...creation, following, isOpen };
};

/** A recorded event without its metadata. */
const plain = <Event extends RewardEventEvent>({ type, data }: Event): Event => ({ type, data }) as Event;

const apply: Evolve = (state, event) => {
  if (event.type === 'RewardEventCreated') {
    return {
      situation: 'existing',
      ...createdRewardEvent(event.data),
      creation: { created: plain(event), following: [], isOpen: event.data.recordedEvents !== 1 },
      endedEarly: false,
      pauses: [],
    };
  }
  if (state.situation === 'missing') return state;
  return {
    ...changedRewardEvent(state, event),
    endedEarly: state.endedEarly || event.type === 'RewardEventEnded',
    pauses: pausesAfter(state.pauses, event),
  };
};

/** @returns the reward event after its first domain event */
export const createdRewardEvent = ({ at, ...data }: RewardEventCreated['data']): RewardEventRecord => {
  const { requestId: _requestId, recordedEvents: _recordedEvents, clonedFrom: _clonedFrom, ...details } = data;
  return {
    ...details,
    rewards: [],
    termsVersion: 1,
    publishedAt: null,
    pausedAt: null,
    deletedAt: null,
    createdAt: at,
  };
};

/** @returns the reward event after a later domain event; keeps any other members of the given value */
export const changedRewardEvent = <Record extends RewardEventRecord>(
  event: Record,
  change: Exclude<RewardEventEvent, RewardEventCreated>,
): Record => {
  switch (change.type) {
    case 'RewardAdded': {
      const { reward, milestone } = change.data;
      return withMilestone(event, milestone, (earlier) => ({ ...earlier, rewards: [...earlier.rewards, reward] }));
    }
    case 'RewardChanged': {
      const { name, amount, milestone } = change.data;
      return withRewards(event, milestone, (rewards) =>
        rewards.map((reward) => (reward.name === name ? { ...reward, amount } : reward)),
      );
    }
    case 'RewardWithdrawn': {
      const { name, milestone } = change.data;
      return withRewards(event, milestone, (rewards) => rewards.filter((reward) => reward.name !== name));
    }
    case 'RewardEventChanged': {
      const { at: _at, rewards, milestones, ...details } = change.data;
      const rewarded = rewards ? withRewards(event, undefined, () => rewards) : event;
      return withoutDefaults({ ...(milestones ? withMilestones(rewarded, milestones) : rewarded), ...details });
    }
    case 'RewardHeld':
    case 'RewardReleased':
      return withHold(event, change.data.milestone, change.data.name, change.type === 'RewardHeld');
    case 'RewardEventUnpublished':
      return { ...withNextTerms(event), publishedAt: null };
    case 'RewardEventPublished':
      return { ...event, publishedAt: change.data.at };
    case 'RewardEventPaused':
      return { ...event, pausedAt: change.data.at };
    case 'RewardEventResumed':
      return { ...event, pausedAt: null };
    case 'RewardEventEnded': {
      const { at } = change.data;
      return { ...event, pausedAt: null, endsAt: at < event.endsAt ? at : event.endsAt };
    }
    case 'RewardEventDeleted':
      return { ...event, deletedAt: change.data.at };
    case 'RewardEventRestored':
      return { ...event, deletedAt: null };
    default:
      change satisfies never;
      return event;
  }
};

const pausesAfter = (pauses: ExistingRewardEvent['pauses'], { type, data }: RewardEventEvent): ExistingRewardEvent['pauses'] => {
  if (type === 'RewardEventPaused') return data.counting === 'CONTINUE' ? pauses : [...pauses, { from: data.at, to: null }];
  return type === 'RewardEventResumed' || type === 'RewardEventEnded' ? closed(pauses, data.at) : pauses;
};

const closed = (pauses: ExistingRewardEvent['pauses'], to: string): ExistingRewardEvent['pauses'] =>
  pauses.map((pause) => (pause.to === null ? { ...pause, to } : pause));

export const rewardEvent: Aggregate<RewardEventState, RewardEventEvent> = { initial: { situation: 'missing' }, evolve };

/**
 * Computes the status of an event at a time from its facts, without a scheduler.
 * @param at ISO 8601 UTC with milliseconds
 */
export const rewardEventStatus = (facts: RewardEventFacts, at: string): RewardEventStatus => {
  if (facts.deletedAt !== null) return 'DELETED';
  if (facts.publishedAt === null) return 'DRAFT';
  if (facts.pausedAt !== null) return 'PAUSED';
  if (at < facts.endsAt) return at < facts.startsAt ? 'SCHEDULED' : 'ACTIVE';
  return at < facts.claimsUntil ? 'ENDED' : 'CLOSED';
};

/** Whether players can see the event. Drafts and deleted events are not visible. */
export const isVisibleToPlayers = ({ publishedAt, deletedAt }: RewardEventFacts): boolean =>
  publishedAt !== null && deletedAt === null;

/**
 * @returns whether a login at a time counts for an event, or the first reason why not. Logins still count for a deleted event.
 * @param cycle the cycle that it should count for, of an event with cycles; by default, its own: see `loginCycle`
 */
export const judgeLogin = (event: ExistingRewardEvent, at: string, cycle: string | null = null): LoginJudgement => {
  if (event.publishedAt === null || at < event.startsAt || at >= event.endsAt) return 'OUTSIDE_WINDOW';
  if (cycle !== null && loginCycle(event, at) !== cycle) return 'OTHER_CYCLE';
  return event.pauses.some(({ from, to }) => from <= at && (to === null || at < to)) ? 'PAUSED' : 'OPEN';
};

export type LoginJudgement = 'OPEN' | 'OUTSIDE_WINDOW' | 'OTHER_CYCLE' | 'PAUSED';

/** Whether logins from before the publication may count for the event, so that its publication starts a backfill. */
export const needsBackfill = (state: RewardEventState): state is ExistingRewardEvent =>
  state.situation === 'existing' && state.publishedAt !== null && state.startsAt < state.publishedAt;

type DecideRewardEvent = Decide<RewardEventState, RewardEventEvent>;

interface At {
  /** Time of the request, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

export interface CreateRewardEvent extends At {
  readonly eventId: string;
  /** `milestones` may include the last one if there are no `rewards`. */
  readonly details: RequestedDetails;
  readonly rewards: readonly Reward[];
  readonly publish: boolean;
  /** Allows the publication of an event that grants rewards for logins of the past. */
  readonly confirmPast?: boolean;
  readonly createdBy: string;
  readonly requestId?: string;
  readonly clonedFrom?: string;
}

/** Creates the event with its rewards, and publishes it if requested. A repeated request decides nothing. */
export const createRewardEvent =
  (requested: CreateRewardEvent): DecideRewardEvent =>
  (state) => {
    requireWindow(requested.details);
    const { rewards, ...details } = normalised({ ...requested.details, rewards: requested.rewards }, requested.details);
    requireMilestones({ ...details, rewards }, details);
    const request = { ...requested, details, rewards };
    if (state.situation === 'existing') {
      const { creation, createdAt } = state;
      return decideRepeated(requestOf(creation), requestOf(creationOf({ ...request, at: createdAt })));
    }
    const { created, following } = creationOf(request);
    const draft = [created, ...following.filter(({ type }) => type !== 'RewardEventPublished')];
    if (request.publish) publishRewardEvent(request)(fold(rewardEvent, draft));
    if (request.requestId === undefined) return [created, ...following];
    return [{ ...created, data: { ...created.data, recordedEvents: 1 + following.length } }, ...following];
  };

/** @returns the domain events that a request records */
const creationOf = ({
  eventId,
  details,
  rewards,
  publish,
  createdBy,
  requestId,
  clonedFrom,
  at,
}: CreateRewardEvent): Omit<Creation, 'isOpen'> => ({
  created: {
    type: 'RewardEventCreated',
    data: {
      ...detailsOf(details),
      eventId,
      createdBy,
      at,
      ...(requestId !== undefined && { requestId }),
      ...(clonedFrom !== undefined && { clonedFrom }),
    },
  },
  following: [
    ...rewards.map((reward): RewardEventEvent => ({ type: 'RewardAdded', data: { eventId, reward, at } })),
    ...(publish ? [{ type: 'RewardEventPublished', data: { eventId, at } } as const] : []),
  ],
});

/**
 * @returns the comparable part of a creation's request. For a clone it is only the original, the name and the times: the other
 * details come from the original, which may have changed since.
 */
const requestOf = ({ created: { data }, following }: Omit<Creation, 'isOpen'>): unknown => {
  const { recordedEvents: _recordedEvents, ...details } = data;
  const { clonedFrom, name, startsAt, endsAt } = details;
  return clonedFrom === undefined ? { details, following } : { clonedFrom, name, startsAt, endsAt };
};

/** @returns the event and the revision directly after its creation */
export const asCreated = ({
  creation: { created, following },
}: ExistingRewardEvent): {
  readonly event: ExistingRewardEvent;
  readonly revision: number;
} => ({
  event: following.reduce(evolve, evolve(rewardEvent.initial, created)) as ExistingRewardEvent,
  revision: following.length,
});

export interface CloneRewardEvent extends At {
  readonly eventId: string;
  readonly original: ExistingRewardEvent;
  readonly name: string;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly requestId?: string;
}

/** Creates a draft with the terms of another event and a claim period of the same length. */
export const cloneRewardEvent = ({ original, name, startsAt, endsAt, ...rest }: CloneRewardEvent): DecideRewardEvent => {
  const claimTime = Math.max(0, Date.parse(original.claimsUntil) - Date.parse(original.endsAt));
  const claimsUntil = new Date(Date.parse(endsAt) + claimTime).toISOString();
  const details = { ...detailsOf(original), name, startsAt, endsAt, claimsUntil };
  return createRewardEvent({ ...rest, details, rewards: original.rewards, publish: false, clonedFrom: original.eventId });
};

/** Changes any detail of a draft. After publication, only name, description and metadata, and later ends of event and claims. */
export const changeRewardEvent =
  ({ change, at }: At & { readonly change: RewardEventChange }): DecideRewardEvent =>
  (state) => {
    const event = existing(state);
    const status = rewardEventStatus(event, at);
    const changes = changesOf(event, normalised(change, event));
    if (status === 'DELETED') reject('WRONG_STATE', { state: status });
    if (status !== 'DRAFT') {
      const fields = fixedFields(event, changes);
      if (fields.length > 0) reject('WRONG_STATE', { state: status, fields });
      requireLater(event, changes);
    }
    if (Object.keys(changes).length === 0) return [];
    if (changes.startsAt ?? changes.endsAt ?? changes.claimsUntil) requireWindow({ ...event, ...changes });
    if (changes.condition ?? changes.rewards ?? changes.milestones) requireMilestones({ ...event, ...changes }, changes);
    return [{ type: 'RewardEventChanged', data: { eventId: event.eventId, ...changes, at } }];
  };

interface OfMilestone extends At {
  /** Count of the milestone; by default, the last one. */
  readonly milestone?: number;
}

/** Adds a reward to a milestone of a draft. */
export const addReward =
  ({ reward, milestone: count, at }: OfMilestone & { readonly reward: Reward }): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, ['DRAFT']);
    const key = milestoneKey(event, count);
    const { rewards } = requireMilestone(event, key);
    if (rewards.some(({ name }) => name === reward.name)) reject('REWARD_EXISTS', { rewardName: reward.name });
    if (rewards.length >= MAX_REWARDS) reject('TOO_MANY_REWARDS', { limit: MAX_REWARDS });
    const total = milestonesOf(event).reduce((sum, milestone) => sum + milestone.rewards.length, 0);
    if (total >= MAX_REWARDS_OF_EVENT) reject('TOO_MANY_REWARDS', { limit: MAX_REWARDS_OF_EVENT });
    return [{ type: 'RewardAdded', data: { eventId: event.eventId, ...ofMilestone(key), reward, at } }];
  };

/** Statuses in which terms may change, because players may still start or complete. */
const TERMS_OPEN = statusesWhere({
  DRAFT: true,
  SCHEDULED: true,
  ACTIVE: true,
  PAUSED: true,
  ENDED: true,
  CLOSED: false,
  DELETED: false,
});

/** Sets the amount of a reward. An increase also applies to participations that already started, a reduction does not. */
export const changeReward =
  ({ name, amount, milestone: count, at }: OfMilestone & { readonly name: string; readonly amount: number }): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, TERMS_OPEN);
    const key = milestoneKey(event, count);
    const { rewards } = requireMilestone(event, key);
    const reward = rewards.find((candidate) => candidate.name === name) ?? reject('NO_SUCH_REWARD', { rewardName: name });
    if (reward.amount === amount) return [];
    return [{ type: 'RewardChanged', data: { eventId: event.eventId, ...ofMilestone(key), name, amount, at } }];
  };

/** Removes a reward from the terms of participations that start later. A milestone of a published event keeps its last reward. */
export const withdrawReward =
  ({ name, milestone: count, at }: OfMilestone & { readonly name: string }): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, TERMS_OPEN);
    const key = milestoneKey(event, count);
    const { rewards } = requireMilestone(event, key);
    if (!rewards.some((reward) => reward.name === name)) reject('NO_SUCH_REWARD', { rewardName: name });
    if (event.publishedAt !== null && rewards.length === 1) reject('NO_REWARDS');
    return [{ type: 'RewardWithdrawn', data: { eventId: event.eventId, ...ofMilestone(key), name, at } }];
  };

interface Brake extends OfMilestone {
  readonly name: string;
  /** Why, for auditors. */
  readonly reason?: string;
}

/** Holds the claims of one reward, also of a withdrawn one. Nothing else changes. A repeated hold decides nothing. */
export const holdReward = (brake: Brake): DecideRewardEvent => brakeReward('RewardHeld', brake);

/** Ends the hold of one reward. Without a hold, it decides nothing. */
export const releaseReward = (brake: Brake): DecideRewardEvent => brakeReward('RewardReleased', brake);

const brakeReward =
  (type: 'RewardHeld' | 'RewardReleased', { name, milestone: count, reason, at }: Brake): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, TERMS_OPEN);
    const key = milestoneKey(event, count);
    const { held = [] } = requireMilestone(event, key);
    if (!everPromised(event, key, name)) reject('NO_SUCH_REWARD', { rewardName: name });
    if (held.includes(name) === (type === 'RewardHeld')) return [];
    const { eventId } = event;
    return [{ type, data: { eventId, ...ofMilestone(key), name, ...(reason !== undefined && { reason }), at } }];
  };

/** How long ago the window of an event with automatic claims may have begun, without the operator's confirmation. */
const UNCONFIRMED_PAST_MS = 3_600_000;

export interface PublishRewardEvent extends At {
  /** Allows the publication of an event that grants rewards for logins of the past. */
  readonly confirmPast?: boolean;
}

/** Publishes a draft before its end, if every milestone has rewards and the condition can be met. */
export const publishRewardEvent =
  ({ at, confirmPast = false }: PublishRewardEvent): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, ['DRAFT']);
    requireReach(event);
    if (at >= event.endsAt) reject('WRONG_STATE', { state: 'DRAFT', endsAt: event.endsAt });
    if (milestonesOf(event).some(({ rewards }) => rewards.length === 0)) reject('NO_REWARDS');
    const { startsAt } = event;
    const isPast = Date.parse(at) - Date.parse(startsAt) > UNCONFIRMED_PAST_MS;
    if (event.autoClaim && isPast && !confirmPast) reject('CONFIRM_PAST', { startsAt });
    return [{ type: 'RewardEventPublished', data: { eventId: event.eventId, at } }];
  };

/** Records one domain event if the event is in one of these statuses. */
const move =
  (
    type: 'RewardEventResumed' | 'RewardEventEnded' | 'RewardEventDeleted' | 'RewardEventRestored',
    from: readonly RewardEventStatus[],
  ) =>
  ({ at }: At): DecideRewardEvent =>
  (state) => [{ type, data: { eventId: inStatus(state, at, from).eventId, at } }];

export interface PauseRewardEvent extends At {
  /** Whether logins during the pause count; by default, they do not. */
  readonly counting?: Counting;
  /** Why, for auditors. */
  readonly reason?: string;
}

/** Rejects completions and claims until the event is resumed, and stops counting logins unless it is to continue. */
export const pauseRewardEvent =
  ({ counting = 'STOP', reason, at }: PauseRewardEvent): DecideRewardEvent =>
  (state) => {
    const { eventId } = inStatus(state, at, ['ACTIVE']);
    const isCounting = counting === 'CONTINUE' && ({ counting } as const);
    return [{ type: 'RewardEventPaused', data: { eventId, ...isCounting, ...(reason !== undefined && { reason }), at } }];
  };

/**
 * Makes a scheduled event a draft again. Logins that counted while it was published stay counted: each was judged by the event as it
 * was when the login was recorded. If the event is published again, earlier logins are judged once more, by that publication.
 *
 * An event that had begun at its publication cannot be scheduled, unless clocks differ. It is rejected, because its backfill may
 * be running: so the last publication is the only one with a backfill.
 */
export const unpublishRewardEvent =
  ({ at }: At): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, ['SCHEDULED']);
    if (event.publishedAt !== null && event.publishedAt > event.startsAt) reject('WRONG_STATE', { state: 'ACTIVE' });
    return [{ type: 'RewardEventUnpublished', data: { eventId: event.eventId, at } }];
  };

export const resumeRewardEvent = move('RewardEventResumed', ['PAUSED']);
/** Ends the event early; the claim period does not change. */
export const endRewardEvent = move('RewardEventEnded', ['SCHEDULED', 'ACTIVE', 'PAUSED']);
/** Hides the event. Its domain events stay, and logins still count. */
export const deleteRewardEvent = move(
  'RewardEventDeleted',
  REWARD_EVENT_STATUSES.filter((status) => status !== 'DELETED'),
);
export const restoreRewardEvent = move('RewardEventRestored', ['DELETED']);

/** @param allowed whether each status is included */
function statusesWhere(allowed: Readonly<Record<RewardEventStatus, boolean>>): readonly RewardEventStatus[] {
  return REWARD_EVENT_STATUSES.filter((status) => allowed[status]);
}

const existing = (state: RewardEventState): ExistingRewardEvent =>
  state.situation === 'existing' ? state : reject('NO_SUCH_EVENT');

const inStatus = (state: RewardEventState, at: string, allowed: readonly RewardEventStatus[]): ExistingRewardEvent => {
  const event = existing(state);
  const status = rewardEventStatus(event, at);
  return allowed.includes(status) ? event : reject('WRONG_STATE', { state: status });
};
