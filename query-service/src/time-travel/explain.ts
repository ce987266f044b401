import type { LoginEvent, ParticipationEvent, Reward, RewardEventStatus } from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  dayOf,
  greaterOf,
  isRepeatedDay,
  isVisibleToPlayers,
  judgeLogin,
  Rejected,
  rewardEventStatus,
  untouched,
  type CountedLogin,
  type ExistingRewardEvent,
  type ParticipationState,
} from '@rewards/domain';

export const LOGIN_REASONS = ['OUTSIDE_WINDOW', 'PAUSED', 'SAME_DAY', 'REPEATED', 'ALREADY_MET'] as const;
export type LoginReason = (typeof LOGIN_REASONS)[number];

/** Why a player can or cannot complete and claim, and which logins counted. */
export interface Explanation {
  /** `code` is what a request now would be refused with; null when it would not be. */
  readonly completion: { readonly allowed: boolean; readonly code: string | null; readonly message: string };
  readonly claims: readonly {
    readonly rewardName: string;
    readonly allowed: boolean;
    readonly code: string | null;
    readonly remaining: number;
  }[];
  /** `reason` is null for one that counted, and for one that the counter has yet to come to. */
  readonly logins: readonly {
    readonly loginId: string;
    readonly at: string;
    readonly day: string;
    readonly counted: boolean;
    readonly reason: LoginReason | null;
  }[];
}

export interface Situation {
  /** The event as each of its facts left it; at least one. */
  readonly versions: readonly [ExistingRewardEvent, ...ExistingRewardEvent[]];
  readonly participation: ParticipationState;
  readonly logins: readonly LoginEvent['data'][];
  /** Time of the question, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

export const explain = ({ versions, participation, logins, at }: Situation): Explanation => {
  const event = versions.at(-1) ?? versions[0];
  const status = rewardEventStatus(event, at);
  const isThere = isVisibleToPlayers(event);
  const codeOf = (decide: (state: ParticipationState) => readonly ParticipationEvent[]): string | null =>
    isThere ? refusalOf(() => decide(participation)) : 'NOT_FOUND';

  const code = codeOf(completeEvent({ at, event: { ...event, status } }));
  return {
    completion: { allowed: code === null, code, message: messageOf(code, participation, status) },
    claims: balancesOf(participation, event).map(({ name: rewardName, remaining }) => {
      // No client can have sent an empty requestId, so it is never taken for a request sent again.
      const request = { requestId: '', rewardName, requested: 'all', at, event: { ...event, status } } as const;
      const refusal = codeOf(claimReward(request));
      return { rewardName, allowed: refusal === null, code: refusal, remaining };
    }),
    logins: judgeAll(versions, event, participation, logins),
  };
};

const refusalOf = (decide: () => unknown): string | null => {
  try {
    decide();
    return null;
  } catch (error) {
    if (error instanceof Rejected) return error.reason;
    throw error;
  }
};

const messageOf = (code: string | null, participation: ParticipationState, status: RewardEventStatus): string => {
  switch (code) {
    case null:
      return participation.status === 'COMPLETED' ? 'The event is completed already.' : 'The condition is met.';
    case 'CONDITION_NOT_MET': {
      const progress = participation.status === 'NOT_STARTED' ? 'None' : String(participation.progress);
      const required = participation.status === 'NOT_STARTED' ? '' : ` of ${participation.condition.count}`;
      return `${progress}${required} counted so far.`;
    }
    case 'NOT_FOUND':
      return 'The event is a draft or deleted: to players it does not exist.';
    case 'CLAIMS_CLOSED':
      return 'The time for claims is over.';
    default:
      return `The event is ${status}.`;
  }
};

const balancesOf = (participation: ParticipationState, event: ExistingRewardEvent) => {
  if (participation.status === 'COMPLETED') return participation.balances;
  const rewards: readonly Reward[] =
    participation.status === 'NOT_STARTED' ? event.rewards : greaterOf(participation.rewards, event.rewards);
  return rewards.map(untouched);
};

const judgeAll = (
  versions: Situation['versions'],
  { timeZone, dayStartsAt }: ExistingRewardEvent,
  participation: ParticipationState,
  logins: Situation['logins'],
): Explanation['logins'] => {
  const counted = participation.status === 'NOT_STARTED' ? [] : participation.logins.values();
  const countedIds = new Set(counted.map(({ loginId }) => loginId));
  const seen = new Set<string>();
  return logins.map(({ loginId, at }) => {
    const day = dayOf(at, timeZone, dayStartsAt);
    const isRepeated = seen.has(loginId);
    seen.add(loginId);
    if (!isRepeated && countedIds.has(loginId)) return { loginId, at, day, counted: true, reason: null };
    const reason = isRepeated ? 'REPEATED' : whyNotCounted(versions, participation, counted, at, day);
    return { loginId, at, day, counted: false, reason };
  });
};

const whyNotCounted = (
  versions: Situation['versions'],
  participation: ParticipationState,
  counted: readonly CountedLogin[],
  at: string,
  day: string,
): LoginReason | null => {
  const verdicts = versions.filter(({ publishedAt }) => publishedAt !== null).map((event) => judgeLogin(event, at));
  const verdict = verdicts.at(-1) ?? 'OUTSIDE_WINDOW';
  if (verdict !== 'OPEN') return verdict;
  if (participation.status !== 'NOT_STARTED') {
    const isMet = participation.status !== 'IN_PROGRESS';
    const isAfterAll = counted.every((login) => login.at < at);
    if (isMet && isAfterAll) return 'ALREADY_MET';
    if (isRepeatedDay(participation.condition, counted, day)) return 'SAME_DAY';
    if (isMet) return 'ALREADY_MET';
  }
  // It was judged by the facts of its time: a window that was widened since, or a pause that was not yet over.
  return verdicts.find((earlier) => earlier !== 'OPEN') ?? null;
};
