import {
  MOST_CLAIMS_OF_A_REWARD,
  untouched,
  type Aggregate,
  type Condition,
  type ParticipationEvent,
  type RequestedAmount,
  type Reward,
  type RewardBalance,
  type RewardEventStatus,
} from '@rewards/contracts';
import type { Decide } from './aggregate';
import { AppendOnlyMap } from './append-only-map';
import { dayOf, exclusionOf, progressOf, type CountedLogin } from './conditions';
import { reject } from './rejected';
import { decideRepeated } from './repetition';

/** The terms at the start of a participation. */
export interface Terms {
  readonly eventId: string;
  readonly accountId: string;
  readonly termsVersion: number;
  readonly condition: Condition;
  readonly rewards: readonly Reward[];
}

/** A granted claim: the request, and the response, which a repeated request gets again. */
export interface GrantedClaim extends Reward {
  readonly requestId: string;
  readonly requested: RequestedAmount;
  /** Total claimed of this reward, including this claim. */
  readonly claimed: number;
  readonly remaining: number;
  /** Where the game should put the units; missing if the client named nothing. */
  readonly target?: string;
  readonly at: string;
}

interface Started extends Terms {
  readonly logins: AppendOnlyMap<CountedLogin>;
  readonly progress: number;
}

interface Completed extends Started {
  readonly completedAt: string;
  readonly promised: readonly Reward[];
  /** Balance of each promised reward, in the order of the promise. */
  readonly balances: readonly RewardBalance[];
  readonly claims: AppendOnlyMap<GrantedClaim>;
}

export type ParticipationState =
  | { readonly status: 'NOT_STARTED' }
  | ({ readonly status: 'IN_PROGRESS' | 'ELIGIBLE' } & Started)
  | ({ readonly status: 'COMPLETED' } & Completed);

type Evolve = Aggregate<ParticipationState, ParticipationEvent>['evolve'];

const evolve: Evolve = (state, event) => {
  if (event.type === 'ParticipationStarted') {
    const { eventId, accountId, termsVersion, condition, rewards } = event.data;
    return {
      status: 'IN_PROGRESS',
      eventId,
      accountId,
      termsVersion,
      condition,
      rewards,
      logins: AppendOnlyMap.empty(),
      progress: 0,
    };
  }
  if (state.status === 'NOT_STARTED') return state;
  switch (event.type) {
    case 'LoginCounted': {
      const { loginId, at, day, progress, conditionMet } = event.data;
      const logins = state.logins.with(loginId, { loginId, at, day });
      return state.status === 'COMPLETED'
        ? { ...state, logins, progress }
        : { ...state, logins, progress, status: statusWhen(conditionMet) };
    }
    case 'EventCompleted': {
      const { at, rewards } = event.data;
      return {
        ...state,
        status: 'COMPLETED',
        completedAt: at,
        promised: rewards,
        balances: rewards.map(untouched),
        claims: AppendOnlyMap.empty(),
      };
    }
    case 'RewardClaimed': {
      if (state.status !== 'COMPLETED') return state;
      const { eventId: _eventId, accountId: _accountId, rewardName: name, requestId, ...granted } = event.data;
      return {
        ...state,
        balances: afterClaim(state.balances, event.data),
        claims: state.claims.with(requestId, { requestId, name, ...granted }),
      };
    }
    default:
      event satisfies never;
      return state;
  }
};

/** One account in one event: the consistency boundary of a player's claims. */
export const participation: Aggregate<ParticipationState, ParticipationEvent> = { initial: { status: 'NOT_STARTED' }, evolve };

/** @returns the status of a participation that is not completed */
export const statusWhen = (conditionMet: boolean): 'ELIGIBLE' | 'IN_PROGRESS' => (conditionMet ? 'ELIGIBLE' : 'IN_PROGRESS');

/** @returns the balances after a granted claim */
export const afterClaim = (
  balances: readonly RewardBalance[],
  { rewardName, claimed, remaining }: Pick<RewardClaimed, 'rewardName' | 'claimed' | 'remaining'>,
): readonly RewardBalance[] =>
  balances.map((balance) => (balance.name === rewardName ? { ...balance, claimed, remaining } : balance));

type RewardClaimed = Extract<ParticipationEvent, { readonly type: 'RewardClaimed' }>['data'];

type DecideParticipation = Decide<ParticipationState, ParticipationEvent>;

export interface CountLogin {
  readonly loginId: string;
  /** Time of the login itself, ISO 8601 UTC. */
  readonly at: string;
  /** The terms in force at the login, used if the participation starts with it. */
  readonly terms: Terms;
  readonly timeZone: string;
  /** `HH:MM` */
  readonly dayStartsAt?: string;
}

/** Counts a login once, until the condition is met. The first counted login starts the participation. */
export const countLogin =
  ({ loginId, at, terms, timeZone, dayStartsAt }: CountLogin): DecideParticipation =>
  (state) => {
    if (state.status === 'ELIGIBLE' || state.status === 'COMPLETED') return [];
    if (state.status === 'IN_PROGRESS' && state.logins.has(loginId)) return [];

    const { eventId, accountId, condition } = state.status === 'NOT_STARTED' ? terms : state;
    const counted = state.status === 'NOT_STARTED' ? [] : state.logins.values();
    const day = dayOf(at, timeZone, dayStartsAt);
    if (exclusionOf(condition, counted, day) !== null) return [];
    const progress = progressOf(condition, [...counted, { loginId, at, day }]);
    const login: ParticipationEvent = {
      type: 'LoginCounted',
      data: { eventId, accountId, loginId, at, day, progress, conditionMet: progress >= condition.count },
    };
    return state.status === 'NOT_STARTED' ? [{ type: 'ParticipationStarted', data: { ...terms, at } }, login] : [login];
  };

/** The event at the time of a completion or claim: its status and terms. */
export interface CurrentEvent {
  readonly status: RewardEventStatus;
  readonly claimsUntil: string;
  readonly condition: Condition;
  /** Names of the rewards whose claims are on hold. */
  readonly held?: readonly string[];
}

const requireClaimable = ({ status, claimsUntil }: CurrentEvent): void => {
  if (status === 'CLOSED') reject('CLAIMS_CLOSED', { claimsUntil });
  if (status !== 'ACTIVE' && status !== 'ENDED') reject('EVENT_NOT_OPEN', { state: status });
};

/** @returns the progress of a participation that is not completed, as details of a rejection */
const progressDetails = (state: Exclude<ParticipationState, { readonly status: 'COMPLETED' }>, event: CurrentEvent) =>
  state.status === 'NOT_STARTED'
    ? { progress: 0, required: event.condition.count }
    : { progress: state.progress, required: state.condition.count };

export interface CompleteEvent {
  readonly at: string;
  readonly event: CurrentEvent & { readonly rewards: readonly Reward[] };
}

/** Fixes the promise: for each reward, the greater amount of the terms at the start and the current terms. */
export const completeEvent =
  ({ at, event }: CompleteEvent): DecideParticipation =>
  (state) => {
    if (state.status === 'COMPLETED') return [];
    requireClaimable(event);
    if (state.status !== 'ELIGIBLE') return reject('CONDITION_NOT_MET', progressDetails(state, event));
    const { eventId, accountId } = state;
    return [{ type: 'EventCompleted', data: { eventId, accountId, at, rewards: promisedRewards(state.rewards, event.rewards) } }];
  };

/** @returns the rewards at the start with later increases; rewards that were reduced or withdrawn since keep their amount */
export const promisedRewards = (then: readonly Reward[], now: readonly Reward[]): readonly Reward[] =>
  then.map((reward) => {
    const current = now.find(({ name }) => name === reward.name);
    return { ...reward, amount: Math.max(reward.amount, current?.amount ?? 0) };
  });

export interface ClaimReward {
  readonly requestId: string;
  readonly rewardName: string;
  readonly requested: RequestedAmount;
  /** Where the game should put the units; not interpreted. */
  readonly target?: string;
  readonly at: string;
  readonly event: CurrentEvent;
}

/** Grants units of one reward, never more than remain. A repeated request that was already granted decides nothing. */
export const claimReward =
  ({ requestId, rewardName, requested, target, at, event }: ClaimReward): DecideParticipation =>
  (state) => {
    const earlier = grantedClaim(state, requestId);
    if (earlier) return decideRepeated(requestOf(earlier), { rewardName, requested, target });

    requireClaimable(event);
    if (state.status !== 'COMPLETED') return reject('NOT_COMPLETED', progressDetails(state, event));
    const balance = state.balances.find(({ name }) => name === rewardName);
    if (!balance) return reject('NO_SUCH_REWARD');
    const amount = requested === 'all' ? balance.remaining : requested;
    if (amount === 0 || amount > balance.remaining) return reject('INSUFFICIENT_REMAINING', { remaining: balance.remaining });
    const minimum = smallestClaim(balance);
    if (amount < minimum) return reject('AMOUNT_TOO_SMALL', { minimum });
    if (event.held?.includes(rewardName)) return reject('REWARD_ON_HOLD');

    const { eventId, accountId } = state;
    const { type, itemCode } = balance;
    const claimed = balance.claimed + amount;
    const remaining = balance.remaining - amount;
    return [
      {
        type: 'RewardClaimed',
        data: {
          eventId,
          accountId,
          requestId,
          requested,
          rewardName,
          type,
          amount,
          claimed,
          remaining,
          ...(itemCode !== undefined && { itemCode }),
          ...(target !== undefined && { target }),
          at,
        },
      },
    ];
  };

/** @returns the smallest amount that a claim may take: a thousandth of the promise, rounded up, or all that remains */
const smallestClaim = ({ amount, remaining }: RewardBalance): number =>
  Math.min(Math.ceil(amount / MOST_CLAIMS_OF_A_REWARD), remaining);

/** @returns the comparable part of the request of a granted claim */
const requestOf = ({ name, requested, target }: GrantedClaim): Pick<ClaimReward, 'rewardName' | 'requested' | 'target'> => ({
  rewardName: name,
  requested,
  target,
});

/** @returns the claim that was granted for a request, if any */
export const grantedClaim = (state: ParticipationState, requestId: string): GrantedClaim | undefined =>
  state.status === 'COMPLETED' ? state.claims.get(requestId) : undefined;
