import {
  automaticRequestId,
  MOST_CLAIMS_OF_A_REWARD,
  untouched,
  type Aggregate,
  type Milestone,
  type ParticipationEvent,
  type RequestedAmount,
  type Reward,
  type RewardBalance,
  type RewardEventRecord,
  type RewardEventStatus,
  type Terms,
} from '@rewards/contracts';
import type { Decide } from './aggregate';
import { AppendOnlyMap } from './append-only-map';
import { dayOf, exclusionOf, progressOf, type CountedLogin } from './conditions';
import { cycleOfRequest } from './cycles';
import { reject } from './rejected';
import { decideRepeated } from './repetition';
import {
  milestoneAt,
  milestoneKey,
  milestonesOf,
  ofMilestone,
  promisedRewards,
  requireMilestone,
  termsOf,
  type MilestoneKey,
} from './terms';

/** A granted claim: the request, and the response, which a repeated request gets again. */
export interface GrantedClaim extends Reward {
  readonly requestId: string;
  readonly requested: RequestedAmount;
  /** Count of an earlier milestone; missing for the last one. */
  readonly milestone?: number;
  /** Total claimed of this reward, including this claim. */
  readonly claimed: number;
  readonly remaining: number;
  /** Where the game should put the units; missing if the client named nothing. */
  readonly target?: string;
  readonly at: string;
}

/** A completed milestone. */
export interface Completion {
  /** Count of an earlier milestone; undefined for the last one. */
  readonly milestone: MilestoneKey;
  readonly completedAt: string;
  /** Balance of each promised reward, in the order of the promise. */
  readonly balances: readonly RewardBalance[];
}

export interface StartedParticipation {
  /** Of the last milestone: counted towards, reached, or completed. */
  readonly status: 'IN_PROGRESS' | 'ELIGIBLE' | 'COMPLETED';
  readonly eventId: string;
  readonly accountId: string;
  /** First day of the cycle, yyyy-mm-dd; null in an event without cycles. */
  readonly cycle: string | null;
  /** The event has the terms: see `termsOf`. */
  readonly termsVersion: number;
  readonly logins: AppendOnlyMap<CountedLogin>;
  readonly progress: number;
  /** In the order of their completion. */
  readonly completions: readonly Completion[];
  readonly claims: AppendOnlyMap<GrantedClaim>;
}

export type ParticipationState = { readonly status: 'NOT_STARTED' } | StartedParticipation;

type Evolve = Aggregate<ParticipationState, ParticipationEvent>['evolve'];

const evolve: Evolve = (state, event) => {
  if (event.type === 'ParticipationStarted') {
    const { eventId, accountId, cycle = null, termsVersion } = event.data;
    return {
      status: 'IN_PROGRESS',
      eventId,
      accountId,
      cycle,
      termsVersion,
      logins: AppendOnlyMap.empty(),
      progress: 0,
      completions: [],
      claims: AppendOnlyMap.empty(),
    };
  }
  if (state.status === 'NOT_STARTED') return state;
  switch (event.type) {
    case 'LoginCounted': {
      const { loginId, at, day, progress, conditionMet } = event.data;
      const logins = state.logins.with(loginId, { loginId, at, day });
      const status = state.status === 'COMPLETED' ? state.status : statusWhen(conditionMet);
      return { ...state, status, logins, progress };
    }
    case 'EventCompleted': {
      const { milestone, at, rewards } = event.data;
      const completion = { milestone, completedAt: at, balances: rewards.map(untouched) };
      const status = milestone === undefined ? 'COMPLETED' : state.status;
      return { ...state, status, completions: [...state.completions, completion] };
    }
    case 'RewardClaimed': {
      const { eventId: _eventId, accountId: _accountId, cycle: _cycle, rewardName: name, ...granted } = event.data;
      return {
        ...state,
        completions: state.completions.map((completion) =>
          completion.milestone === granted.milestone
            ? { ...completion, balances: afterClaim(completion.balances, event.data) }
            : completion,
        ),
        claims: state.claims.with(granted.requestId, { name, ...granted }),
      };
    }
    default:
      event satisfies never;
      return state;
  }
};

/** One account in one event, or in one of its cycles: the consistency boundary of a player's claims. */
export const participation: Aggregate<ParticipationState, ParticipationEvent> = { initial: { status: 'NOT_STARTED' }, evolve };

/** @returns the status of a participation whose last milestone is not completed */
export const statusWhen = (conditionMet: boolean): 'ELIGIBLE' | 'IN_PROGRESS' => (conditionMet ? 'ELIGIBLE' : 'IN_PROGRESS');

/** @returns the balances after a granted claim */
export const afterClaim = (
  balances: readonly RewardBalance[],
  { rewardName, claimed, remaining }: Pick<RewardClaimed, 'rewardName' | 'claimed' | 'remaining'>,
): readonly RewardBalance[] =>
  balances.map((balance) => (balance.name === rewardName ? { ...balance, claimed, remaining } : balance));

type RewardClaimed = Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>['data'];
type DecideParticipation = Decide<ParticipationState, ParticipationEvent>;

/** @returns the completion of a milestone; undefined if it is not completed. @param key undefined for the last milestone */
export const completionOf = (state: ParticipationState, key?: MilestoneKey): Completion | undefined =>
  state.status === 'NOT_STARTED' ? undefined : state.completions.find(({ milestone }) => milestone === key);

export interface CountLogin {
  readonly loginId: string;
  readonly accountId: string;
  /** Time of the login itself, ISO 8601 UTC. */
  readonly at: string;
  /** The cycle of that time, from `loginCycle`; null in an event without cycles. */
  readonly cycle: string | null;
  /**
   * The event that judged the login: as the log was before the later of the login and the publication. It has the terms of a
   * participation that starts with the login, and decides whether and what the login completes and claims automatically.
   */
  readonly event: RewardEventRecord;
  /** A later state of the event, for a participation that started with later terms than the login's. By default, `event`. */
  readonly newest?: RewardEventRecord;
  /** Whether the account was erased before the login in the log. By default, it was not. */
  readonly isErased?: boolean;
}

/**
 * Counts a login once, until the last milestone is reached. The first counted login starts the participation. In an event with
 * automatic completion, it also completes every reached milestone that is not completed.
 * @throws UnknownTerms, UnknownTimeZone
 */
export const countLogin =
  ({ loginId, accountId, at, cycle, event, newest = event, isErased = false }: CountLogin): DecideParticipation =>
  (state) => {
    if (state.status === 'ELIGIBLE' || state.status === 'COMPLETED') return [];
    const isNew = state.status === 'NOT_STARTED';
    if (!isNew && state.logins.has(loginId)) return [];

    const terms = isNew ? event : termsOf(newest, state.termsVersion);
    const counted = isNew ? [] : state.logins.values();
    const day = dayOf(at, event.timeZone, event.dayStartsAt);
    if (exclusionOf(terms.condition, counted, day) !== null) return [];

    const participant = participantOf({ eventId: event.eventId, accountId, cycle });
    const before = isNew ? 0 : state.progress;
    const progress = progressOf(terms.condition, [...counted, { loginId, at, day }]);
    const reached = (terms.milestones ?? []).map(({ count }) => count).filter((count) => before < count && count <= progress);
    const conditionMet = progress >= terms.condition.count;
    const login: ParticipationEvent = {
      type: 'LoginCounted',
      data: { ...participant, loginId, at, day, progress, ...(reached.length > 0 && { reached }), conditionMet },
    };
    const start: ParticipationEvent = {
      type: 'ParticipationStarted',
      data: { ...participant, termsVersion: event.termsVersion, at },
    };
    const isAutomatic = event.autoComplete && event.pausedAt === null && event.deletedAt === null && !isErased;
    const completions = isAutomatic ? completeReached(state, participant, terms, progress, event, at) : [];
    return [...(isNew ? [start] : []), login, ...completions];
  };

/** Completes every milestone that is reached and not completed, at the later of the login and the publication. */
const completeReached = (
  state: ParticipationState,
  participant: Participant,
  terms: Terms,
  progress: number,
  event: RewardEventRecord,
  at: string,
): readonly ParticipationEvent[] => {
  const completedAt = event.publishedAt !== null && event.publishedAt > at ? event.publishedAt : at;
  return milestonesOf(terms).flatMap((milestone) => {
    const key = milestoneKey(terms, milestone.count);
    const isDue = milestone.count <= progress && !completionOf(state, key);
    return isDue ? complete(participant, milestone, key, event, completedAt) : [];
  });
};

/**
 * Completes a milestone: promises, for each of its rewards, the greater amount of the participation's terms and the event's. In an
 * event with automatic claims, also grants the rewards that are not on hold.
 */
const complete = (
  participant: Participant,
  { count, rewards }: Milestone,
  key: MilestoneKey,
  event: RewardEventRecord,
  at: string,
): ParticipationEvent[] => {
  const now = milestoneAt(event, key);
  const promised = promisedRewards(rewards, now?.rewards ?? []);
  const completed: ParticipationEvent = {
    type: 'EventCompleted',
    data: { ...participant, ...ofMilestone(key), at, rewards: promised },
  };
  const granted = event.autoClaim ? promised.filter(({ name }) => !now?.held?.includes(name)) : [];
  const claims = granted.map((reward) => {
    const request = { requestId: automaticRequestId(count, reward.name), requested: 'all' } as const;
    return grant(participant, key, request, untouched(reward), reward.amount, at);
  });
  return [completed, ...claims];
};

/** Grants units of a reward. */
const grant = (
  participant: Participant,
  key: MilestoneKey,
  { requestId, requested, target }: Pick<ClaimReward, 'requestId' | 'requested' | 'target'>,
  { name, type, itemCode, claimed, remaining }: RewardBalance,
  amount: number,
  at: string,
): ParticipationEvent => ({
  type: 'RewardClaimed',
  data: {
    ...participant,
    ...ofMilestone(key),
    requestId,
    requested,
    rewardName: name,
    type,
    amount,
    claimed: claimed + amount,
    remaining: remaining - amount,
    ...(itemCode !== undefined && { itemCode }),
    ...(target !== undefined && { target }),
    at,
  },
});

/** What identifies a participation in its domain events. */
type Participant = Pick<RewardClaimed, 'eventId' | 'accountId' | 'cycle'>;

const participantOf = ({
  eventId,
  accountId,
  cycle,
}: Pick<StartedParticipation, 'eventId' | 'accountId' | 'cycle'>): Participant => ({
  eventId,
  accountId,
  ...(cycle !== null && { cycle }),
});

/** The event at the time of a completion or claim: a state or view of it, and its status. */
export type CurrentEvent = RewardEventRecord & { readonly status: RewardEventStatus };

/** A request of a player on one milestone of one participation. */
interface ParticipationRequest {
  readonly event: CurrentEvent;
  /** Time of the request, ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** First day of a cycle, yyyy-mm-dd; by default, the cycle that `cycleOfRequest` gives. */
  readonly cycle?: string;
  /** Count of a milestone; by default, the last one. */
  readonly milestone?: number;
}

const requireClaimable = ({ event, at, cycle }: ParticipationRequest): void => {
  const { status, claimsUntil } = event;
  if (status === 'CLOSED') reject('CLAIMS_CLOSED', { claimsUntil });
  if (status !== 'ACTIVE' && status !== 'ENDED') reject('EVENT_NOT_OPEN', { state: status });
  if (cycle !== undefined && !cycleOfRequest(event, cycle, at).exists) reject('NO_SUCH_CYCLE', { cycle });
};

/** @returns the terms of the participation, or those with which it would start now @throws UnknownTerms */
export const termsOfParticipation = (state: ParticipationState, event: RewardEventRecord): Terms =>
  state.status === 'NOT_STARTED' ? event : termsOf(event, state.termsVersion);

/** Needs the terms even if the request names no milestone, because the answer does: nothing is granted before they are known. */
const requestedMilestone = (state: ParticipationState, { event, milestone }: ParticipationRequest): MilestoneKey =>
  milestoneKey(termsOfParticipation(state, event), milestone);

const progressDetails = (state: ParticipationState, { count }: Milestone) => ({
  progress: state.status === 'NOT_STARTED' ? 0 : state.progress,
  required: count,
});

export type CompleteEvent = ParticipationRequest;

/** Completes a milestone that is reached. A repeated request decides nothing. @throws Rejected, UnknownTerms */
export const completeEvent =
  (request: CompleteEvent): DecideParticipation =>
  (state) => {
    const { event, at } = request;
    const key = requestedMilestone(state, request);
    if (completionOf(state, key)) return [];

    requireClaimable(request);
    const milestone = requireMilestone(termsOfParticipation(state, event), key);
    const details = progressDetails(state, milestone);
    if (state.status === 'NOT_STARTED' || details.progress < details.required) return reject('CONDITION_NOT_MET', details);
    return complete(participantOf(state), milestone, key, event, at);
  };

export interface ClaimReward extends ParticipationRequest {
  readonly requestId: string;
  readonly rewardName: string;
  readonly requested: RequestedAmount;
  /** Where the game should put the units; not interpreted. */
  readonly target?: string;
}

/**
 * Grants units of one reward, never more than remain. A repeated request that was already granted decides nothing.
 * @throws Rejected, UnknownTerms
 */
export const claimReward =
  (request: ClaimReward): DecideParticipation =>
  (state) => {
    const { rewardName, requested, target, at, event } = request;
    const key = requestedMilestone(state, request);
    const earlier = grantedClaim(state, request.requestId);
    if (earlier) return decideRepeated(requestOf(earlier), { milestone: key, rewardName, requested, target });

    requireClaimable(request);
    const completion = completionOf(state, key);
    if (state.status === 'NOT_STARTED' || !completion) {
      const milestone = requireMilestone(termsOfParticipation(state, event), key);
      return reject('NOT_COMPLETED', progressDetails(state, milestone));
    }
    const balance = completion.balances.find(({ name }) => name === rewardName);
    if (!balance) return reject('NO_SUCH_REWARD');
    const amount = requested === 'all' ? balance.remaining : requested;
    if (amount === 0 || amount > balance.remaining) return reject('INSUFFICIENT_REMAINING', { remaining: balance.remaining });
    const minimum = smallestClaim(balance);
    if (amount < minimum) return reject('AMOUNT_TOO_SMALL', { minimum });
    if (milestoneAt(event, key)?.held?.includes(rewardName)) return reject('REWARD_ON_HOLD');
    return [grant(participantOf(state), key, request, balance, amount, at)];
  };

/** @returns the smallest amount that a claim may take: a thousandth of the promise, rounded up, or all that remains */
const smallestClaim = ({ amount, remaining }: RewardBalance): number =>
  Math.min(Math.ceil(amount / MOST_CLAIMS_OF_A_REWARD), remaining);

/** @returns the comparable part of the request of a granted claim */
const requestOf = ({ milestone, name, requested, target }: GrantedClaim) => ({ milestone, rewardName: name, requested, target });

/** @returns the claim that was granted for a request, if any */
export const grantedClaim = (state: ParticipationState, requestId: string): GrantedClaim | undefined =>
  state.status === 'NOT_STARTED' ? undefined : state.claims.get(requestId);
