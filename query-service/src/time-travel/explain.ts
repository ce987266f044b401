import {
  LOGIN_EXCLUSIONS,
  Rejected,
  untouched,
  type ParticipationEvent,
  type Position,
  type Reward,
  type RewardEventStatus,
} from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  dayOf,
  exclusionOf,
  greaterOf,
  isKnownZone,
  isVisibleToPlayers,
  judgeLogin,
  rewardEventStatus,
  type CountedLogin,
  type ParticipationState,
} from '@rewards/domain';
import type { UnreadableEvent } from '@rewards/event-store';
import type { EventVersion, RecordedLogin } from './participation-log';

/** A day that the condition leaves out has its reason among `LOGIN_EXCLUSIONS`. */
export const LOGIN_REASONS = ['OUTSIDE_WINDOW', 'PAUSED', ...LOGIN_EXCLUSIONS, 'REPEATED', 'ALREADY_MET'] as const;
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
    /** As it was recorded for one that counted; null if it was not recorded and this runtime does not know the event's zone. */
    readonly day: string | null;
    readonly counted: boolean;
    readonly reason: LoginReason | null;
  }[];
}

export interface Situation {
  /** The event as each of its domain events left it; at least one. */
  readonly versions: readonly [EventVersion, ...EventVersion[]];
  readonly participation: ParticipationState;
  /** In the order in which they were recorded. */
  readonly logins: readonly RecordedLogin[];
  /** An event of the reward event or of the participation after which nothing is known; null if there is none. */
  readonly unreadable: UnreadableEvent | null;
  /** Time of the question, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

export const explain = ({ versions, participation, logins, unreadable, at }: Situation): Explanation => {
  const event = versions.at(-1) ?? versions[0];
  const status = rewardEventStatus(event, at);
  const codeOf = (decide: (state: ParticipationState) => readonly ParticipationEvent[]): string | null => {
    if (unreadable) return UNREADABLE;
    return isVisibleToPlayers(event) ? refusalOf(() => decide(participation)) : 'NOT_FOUND';
  };

  const code = codeOf(completeEvent({ at, event: { ...event, status } }));
  return {
    completion: {
      allowed: code === null,
      code,
      message: unreadable?.message ?? messageOf(code, participation, status, event.timeZone),
    },
    claims: balancesOf(participation, event).map(({ name: rewardName, remaining }) => {
      // No client can have sent an empty requestId, so it is never taken for a request sent again.
      const request = { requestId: '', rewardName, requested: 'all', at, event: { ...event, status } } as const;
      const refusal = codeOf(claimReward(request));
      return { rewardName, allowed: refusal === null, code: refusal, remaining };
    }),
    logins: judgeAll(versions, event, participation, logins),
  };
};

/** What a request is answered with while an event of its streams cannot be read. */
const UNREADABLE = 'UNAVAILABLE';

const refusalOf = (decide: () => unknown): string | null => {
  try {
    decide();
    return null;
  } catch (error) {
    if (error instanceof Rejected) return error.reason;
    throw error;
  }
};

const messageOf = (
  code: string | null,
  participation: ParticipationState,
  status: RewardEventStatus,
  timeZone: string,
): string => {
  switch (code) {
    case null:
      return participation.status === 'COMPLETED' ? 'The event is completed already.' : 'The condition is met.';
    case 'CONDITION_NOT_MET': {
      const progress = participation.status === 'NOT_STARTED' ? 'None' : String(participation.progress);
      const required = participation.status === 'NOT_STARTED' ? '' : ` of ${participation.condition.count}`;
      const counted = `${progress}${required} counted so far.`;
      return isKnownZone(timeZone) ? counted : `${counted} This service does not know the time zone ${timeZone}: logins wait.`;
    }
    case 'NOT_FOUND':
      return 'The event is a draft or deleted: to players it does not exist.';
    case 'CLAIMS_CLOSED':
      return 'The time for claims is over.';
    default:
      return `The event is ${status}.`;
  }
};

const balancesOf = (participation: ParticipationState, event: EventVersion) => {
  if (participation.status === 'COMPLETED') return participation.balances;
  const rewards: readonly Reward[] =
    participation.status === 'NOT_STARTED' ? event.rewards : greaterOf(participation.rewards, event.rewards);
  return rewards.map(untouched);
};

const judgeAll = (
  versions: Situation['versions'],
  { timeZone, dayStartsAt }: EventVersion,
  participation: ParticipationState,
  logins: Situation['logins'],
): Explanation['logins'] => {
  const counted = participation.status === 'NOT_STARTED' ? [] : participation.logins.values();
  const countedById = new Map(counted.map((login) => [login.loginId, login]));
  const canTellDays = isKnownZone(timeZone);
  const seen = new Set<string>();
  const judged = logins.map(({ loginId, at, position }) => {
    const own = countedById.get(loginId);
    if (own?.at === at && countedById.delete(loginId)) {
      seen.add(loginId);
      return { loginId, at, day: own.day, counted: true, reason: null };
    }
    const day = canTellDays ? dayOf(at, timeZone, dayStartsAt) : null;
    const isRepeated = seen.has(loginId);
    seen.add(loginId);
    const reason = isRepeated ? 'REPEATED' : whyNotCounted(judging(versions, position), participation, counted, at, day);
    return { loginId, at, day, counted: false, reason };
  });
  return judged.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
};

/**
 * The event by which the counter judges a login: as it was when the login was recorded, or when it was published, if that was
 * later. Null for an event that is not published.
 */
const judging = (versions: Situation['versions'], recordedAt: Position): EventVersion | null => {
  const published = versions.find(({ publishedAt }) => publishedAt !== null);
  if (!published) return null;
  const until = recordedAt > published.position ? recordedAt : published.position;
  return versions.findLast(({ position }) => position <= until) ?? published;
};

const whyNotCounted = (
  event: EventVersion | null,
  participation: ParticipationState,
  counted: readonly CountedLogin[],
  at: string,
  day: string | null,
): LoginReason | null => {
  if (event === null) return 'OUTSIDE_WINDOW';
  const verdict = judgeLogin(event, at);
  if (verdict !== 'OPEN') return verdict;
  const { condition } = participation.status === 'NOT_STARTED' ? event : participation;
  const exclusion = day === null ? null : exclusionOf(condition, counted, day);
  if (exclusion !== null) return exclusion;
  return participation.status === 'NOT_STARTED' || participation.status === 'IN_PROGRESS' ? null : 'ALREADY_MET';
};
