import {
  DEFAULT_DAY_STARTS_AT,
  MAX_REWARDS,
  withHeld,
  withTerms,
  type Aggregate,
  type Counting,
  type EventMetadata,
  type FieldError,
  type Reward,
  type RewardEventChange,
  type RewardEventDetails,
  type RewardEventEvent,
  type RewardEventFacts,
  type RewardEventRecord,
  type RewardEventStatus,
  REWARD_EVENT_STATUSES,
} from '@rewards/contracts';
import { fold, type Decide } from './aggregate';
import { isTimeZone, maxProgress } from './conditions';
import { reject } from './rejected';
import { decideRepeated } from './repetition';
import { isSameValue } from './same-value';

/** A created event, folded from its domain events. */
export interface ExistingRewardEvent extends RewardEventRecord {
  readonly situation: 'existing';
  readonly dayStartsAt: string;
  readonly metadata: EventMetadata;
  /** Whether an operator ended it, which is final. */
  readonly endedEarly: boolean;
  /** Half-open periods in which no login counts; `to` is null during such a pause. A pause that counts logins is not one. */
  readonly pauses: readonly { readonly from: string; readonly to: string | null }[];
  /** Names of rewards that were withdrawn after publication. Players who had started may still claim them. */
  readonly withdrawn: readonly string[];
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

const detailsOf = (source: RewardEventDetails): RewardEventDetails => {
  const { name, description, startsAt, endsAt, claimsUntil, timeZone, condition } = source;
  const { dayStartsAt = DEFAULT_DAY_STARTS_AT, metadata = {} } = source;
  return {
    name,
    description,
    startsAt,
    endsAt,
    claimsUntil,
    timeZone,
    ...(dayStartsAt !== DEFAULT_DAY_STARTS_AT && { dayStartsAt }),
    condition,
    ...(Object.keys(metadata).length > 0 && { metadata }),
  };
};

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
      dayStartsAt: DEFAULT_DAY_STARTS_AT,
      metadata: {},
      ...createdRewardEvent(event.data),
      creation: { created: plain(event), following: [], isOpen: event.data.recordedEvents !== 1 },
      endedEarly: false,
      pauses: [],
      withdrawn: [],
    };
  }
  if (state.situation === 'missing') return state;
  return {
    ...changedRewardEvent(state, event),
    endedEarly: state.endedEarly || event.type === 'RewardEventEnded',
    pauses: pausesAfter(state.pauses, event),
    withdrawn:
      event.type === 'RewardWithdrawn' && state.publishedAt !== null ? [...state.withdrawn, event.data.name] : state.withdrawn,
  };
};

/** @returns the reward event after its first domain event */
export const createdRewardEvent = (data: RewardEventCreated['data']): RewardEventRecord => {
  const { eventId, name, description, startsAt, endsAt, claimsUntil, timeZone, dayStartsAt, condition, metadata } = data;
  const { createdBy, at } = data;
  return {
    eventId,
    name,
    description,
    startsAt,
    endsAt,
    claimsUntil,
    timeZone,
    ...(dayStartsAt !== undefined && { dayStartsAt }),
    condition,
    ...(metadata !== undefined && { metadata }),
    rewards: [],
    termsVersion: 1,
    publishedAt: null,
    pausedAt: null,
    deletedAt: null,
    createdBy,
    createdAt: at,
  };
};

/** @returns the reward event after a later domain event; keeps any other members of the given value */
export const changedRewardEvent = <Record extends RewardEventRecord>(
  event: Record,
  change: Exclude<RewardEventEvent, RewardEventCreated>,
): Record => {
  switch (change.type) {
    case 'RewardAdded':
      return { ...event, rewards: [...event.rewards, change.data.reward] };
    case 'RewardChanged': {
      const { name, amount } = change.data;
      return withTerms(
        event,
        event.rewards.map((reward) => (reward.name === name ? { ...reward, amount } : reward)),
      );
    }
    case 'RewardWithdrawn':
      return withTerms(
        event,
        event.rewards.filter(({ name }) => name !== change.data.name),
      );
    case 'RewardEventChanged': {
      const { at: _at, rewards, ...details } = change.data;
      return { ...(rewards ? withTerms(event, rewards) : event), ...details };
    }
    case 'RewardHeld': {
      const { name } = change.data;
      return withHeld(event, [...(event.held ?? []).filter((held) => held !== name), name]);
    }
    case 'RewardReleased':
      return withHeld(
        event,
        (event.held ?? []).filter((held) => held !== change.data.name),
      );
    case 'RewardEventUnpublished':
      return { ...event, publishedAt: null, termsVersion: event.termsVersion + 1 };
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

/** @returns whether a login at a time counts for an event, or why not. Logins still count for a deleted event. */
export const judgeLogin = (event: ExistingRewardEvent, at: string): 'OPEN' | 'OUTSIDE_WINDOW' | 'PAUSED' => {
  if (event.publishedAt === null || at < event.startsAt || at >= event.endsAt) return 'OUTSIDE_WINDOW';
  return event.pauses.some(({ from, to }) => from <= at && (to === null || at < to)) ? 'PAUSED' : 'OPEN';
};

type DecideRewardEvent = Decide<RewardEventState, RewardEventEvent>;

interface At {
  /** Time of the request, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

export interface CreateRewardEvent extends At {
  readonly eventId: string;
  readonly details: RewardEventDetails;
  readonly rewards: readonly Reward[];
  readonly publish: boolean;
  readonly createdBy: string;
  readonly requestId?: string;
  readonly clonedFrom?: string;
}

/** Creates the event with its rewards, and publishes it if requested. A repeated request decides nothing. */
export const createRewardEvent =
  (request: CreateRewardEvent): DecideRewardEvent =>
  (state) => {
    requireWindow(request.details);
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
    const changes = changesOf(event, change);
    if (status === 'DELETED') reject('WRONG_STATE', { state: status });
    if (status !== 'DRAFT') {
      const fields = fixedFields(event, changes);
      if (fields.length > 0) reject('WRONG_STATE', { state: status, fields });
      requireLater(event, changes);
    }
    if (Object.keys(changes).length === 0) return [];
    if (changes.startsAt ?? changes.endsAt ?? changes.claimsUntil) requireWindow({ ...event, ...changes });
    return [{ type: 'RewardEventChanged', data: { eventId: event.eventId, ...changes, at } }];
  };

/** @returns the fields of a change that differ from the event */
const changesOf = (event: ExistingRewardEvent, change: RewardEventChange): RewardEventChange =>
  Object.fromEntries(
    Object.entries(change).filter(
      ([field, value]) => value !== undefined && !isSameValue(value, event[field as keyof RewardEventChange]),
    ),
  );

/** @returns the changed fields that are fixed after publication; the end of an event that ended early is fixed too */
const fixedFields = (
  { endedEarly }: ExistingRewardEvent,
  {
    name: _name,
    description: _description,
    metadata: _metadata,
    endsAt,
    claimsUntil: _claimsUntil,
    ...others
  }: RewardEventChange,
): readonly string[] => [...Object.keys(others), ...(endsAt !== undefined && endedEarly ? ['endsAt'] : [])];

/** Requires that the end and the claim period of a published event are only extended. */
const requireLater = (event: ExistingRewardEvent, { endsAt, claimsUntil }: RewardEventChange): void => {
  const errorsOf = (field: 'endsAt' | 'claimsUntil', value: string | undefined): FieldError[] =>
    value !== undefined && value < event[field]
      ? [{ field, message: `must not be before ${event[field]}, because a published event is never shortened` }]
      : [];
  requireNone([...errorsOf('endsAt', endsAt), ...errorsOf('claimsUntil', claimsUntil)]);
};

/** Requires `startsAt < endsAt <= claimsUntil`. */
const requireWindow = ({ startsAt, endsAt, claimsUntil }: RewardEventDetails): void =>
  requireNone([
    ...(startsAt >= endsAt ? [{ field: 'endsAt', message: 'must be after startsAt' }] : []),
    ...(endsAt > claimsUntil ? [{ field: 'claimsUntil', message: 'must not be before endsAt' }] : []),
  ]);

/** Requires that a player with a login on every day of the window can meet the condition. Ignores pauses and the current time. */
const requireReach = (event: RewardEventDetails): void => {
  if (!isTimeZone(event.timeZone)) {
    requireNone([{ field: 'timeZone', message: 'is unknown to this version of the service, so its days cannot be counted' }]);
  }
  const most = maxProgress(event.condition, event);
  const message = `must be at most ${most}, because the event's window touches no more days`;
  requireNone(event.condition.count > most ? [{ field: 'condition.count', message }] : []);
};

const requireNone = (errors: readonly FieldError[]): void => {
  if (errors.length > 0) reject('INVALID_FIELDS', { errors });
};

/** Adds a reward to a draft. */
export const addReward =
  ({ reward, at }: At & { readonly reward: Reward }): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, ['DRAFT']);
    if (event.rewards.some(({ name }) => name === reward.name)) reject('REWARD_EXISTS', { rewardName: reward.name });
    if (event.rewards.length >= MAX_REWARDS) reject('TOO_MANY_REWARDS', { limit: MAX_REWARDS });
    return [{ type: 'RewardAdded', data: { eventId: event.eventId, reward, at } }];
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
  ({ name, amount, at }: At & { readonly name: string; readonly amount: number }): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, TERMS_OPEN);
    const reward = event.rewards.find((candidate) => candidate.name === name) ?? reject('NO_SUCH_REWARD', { rewardName: name });
    return reward.amount === amount ? [] : [{ type: 'RewardChanged', data: { eventId: event.eventId, name, amount, at } }];
  };

/** Removes a reward from the terms of participations that start later. A published event keeps its last reward. */
export const withdrawReward =
  ({ name, at }: At & { readonly name: string }): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, TERMS_OPEN);
    if (!event.rewards.some((reward) => reward.name === name)) reject('NO_SUCH_REWARD', { rewardName: name });
    if (event.publishedAt !== null && event.rewards.length === 1) reject('NO_REWARDS');
    return [{ type: 'RewardWithdrawn', data: { eventId: event.eventId, name, at } }];
  };

interface Brake extends At {
  readonly name: string;
  /** Why, for auditors. */
  readonly reason?: string;
}

/** Holds the claims of one reward, also of a withdrawn one. Nothing else changes. A repeated hold decides nothing. */
export const holdReward = (brake: Brake): DecideRewardEvent => brakeReward('RewardHeld', brake);

/** Ends the hold of one reward. Without a hold, it decides nothing. */
export const releaseReward = (brake: Brake): DecideRewardEvent => brakeReward('RewardReleased', brake);

const brakeReward =
  (type: 'RewardHeld' | 'RewardReleased', { name, reason, at }: Brake): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, TERMS_OPEN);
    if (![...event.rewards.map((reward) => reward.name), ...event.withdrawn].includes(name)) {
      reject('NO_SUCH_REWARD', { rewardName: name });
    }
    const isHeld = (event.held ?? []).includes(name);
    if (isHeld === (type === 'RewardHeld')) return [];
    return [{ type, data: { eventId: event.eventId, name, ...(reason !== undefined && { reason }), at } }];
  };

/** Publishes a draft before its end, if it has rewards and its condition can be met. */
export const publishRewardEvent =
  ({ at }: At): DecideRewardEvent =>
  (state) => {
    const event = inStatus(state, at, ['DRAFT']);
    requireReach(event);
    if (at >= event.endsAt) reject('WRONG_STATE', { state: 'DRAFT', endsAt: event.endsAt });
    if (event.rewards.length === 0) reject('NO_REWARDS');
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
