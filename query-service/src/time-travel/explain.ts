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
  promisedRewards,
  isKnownZone,
  isVisibleToPlayers,
  judgeLogin,
  rewardEventStatus,
  type CountedLogin,
  type ParticipationState,
} from '@rewards/domain';
import type { UnreadableEvent } from '@rewards/event-store';
import type { EventVersion, RecordedLogin } from './participation-log';

/** Why a login did not count. A condition that excludes a day gives a reason of `LOGIN_EXCLUSIONS`. */
export const LOGIN_REASONS = ['OUTSIDE_WINDOW', 'PAUSED', ...LOGIN_EXCLUSIONS, 'REPEATED', 'ALREADY_MET'] as const;
export type LoginReason = (typeof LOGIN_REASONS)[number];

/** Why a player can or cannot complete and claim, and which logins counted. */
export interface Explanation {
  /** `code` is the code with which a request would be rejected now; null if it would succeed. */
  readonly completion: { readonly allowed: boolean; readonly code: string | null; readonly message: string };
  readonly claims: readonly {
    readonly rewardName: string;
    readonly allowed: boolean;
    readonly code: string | null;
    readonly remaining: number;
  }[];
  /** `reason` is null for a login that counted or that the counter has not reached yet. */
  readonly logins: readonly {
    readonly loginId: string;
    readonly at: string;
    /** The recorded day of a login that counted, otherwise the computed day; null if the event's time zone is unknown here. */
    readonly day: string | null;
    readonly counted: boolean;
    readonly reason: LoginReason | null;
  }[];
}

export interface Situation {
  /** The state of the event after each of its domain events; at least one. */
  readonly versions: readonly [EventVersion, ...EventVersion[]];
  readonly participation: ParticipationState;
  /** In the order in which they were recorded. */
  readonly logins: readonly RecordedLogin[];
  /** The unreadable domain event after which the state is unknown, of the reward event or the participation; null if there is none. */
  readonly unreadable: UnreadableEvent | null;
  /** Time of the query, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

export const explain = ({ versions, participation, logins, unreadable, at }: Situation): Explanation => {
  const event = versions.at(-1) ?? versions[0];
  const status = rewardEventStatus(event, at);
  const codeOf = (decide: (state: ParticipationState) => readonly ParticipationEvent[]): string | null => {
    if (unreadable) return UNREADABLE;
    return isVisibleToPlayers(event) ? rejectionOf(() => decide(participation)) : 'NOT_FOUND';
  };

  const code = codeOf(completeEvent({ at, event: { ...event, status } }));
  return {
    completion: {
      allowed: code === null,
      code,
      message: unreadable?.message ?? messageOf(code, participation, status, event.timeZone),
    },
    claims: balancesOf(participation, event).map(({ name: rewardName, remaining }) => {
      // No client can send an empty requestId, so this never matches an earlier request.
      const request = { requestId: '', rewardName, requested: 'all', at, event: { ...event, status } } as const;
      const rejection = codeOf(claimReward(request));
      return { rewardName, allowed: rejection === null, code: rejection, remaining };
    }),
    logins: judgeAll(versions, event, participation, logins),
  };
};

/** The code of a request while an event of its streams cannot be read. */
const UNREADABLE = 'UNAVAILABLE';

const rejectionOf = (decide: () => unknown): string | null => {
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
      return participation.status === 'COMPLETED' ? 'The player has already completed the event.' : 'The condition is met.';
    case 'CONDITION_NOT_MET': {
      const progress = participation.status === 'NOT_STARTED' ? 'None' : String(participation.progress);
      const required = participation.status === 'NOT_STARTED' ? '' : ` of ${participation.condition.count}`;
      const counted = `${progress}${required} counted so far.`;
      return isKnownZone(timeZone)
        ? counted
        : `${counted} New logins are deferred because the time zone ${timeZone} is unknown to this service.`;
    }
    case 'NOT_FOUND':
      return 'The event is a draft or deleted, so players cannot see it.';
    case 'CLAIMS_CLOSED':
      return 'The claim period has ended.';
    default:
      return `The event is ${status}.`;
  }
};

const balancesOf = (participation: ParticipationState, event: EventVersion) => {
  if (participation.status === 'COMPLETED') return participation.balances;
  const rewards: readonly Reward[] =
    participation.status === 'NOT_STARTED' ? event.rewards : promisedRewards(participation.rewards, event.rewards);
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
  const isZoneKnown = isKnownZone(timeZone);
  const seen = new Set<string>();
  const explained = logins.map(({ loginId, at, position }) => {
    const recorded = countedById.get(loginId);
    if (recorded?.at === at && countedById.delete(loginId)) {
      seen.add(loginId);
      return { loginId, at, day: recorded.day, counted: true, reason: null };
    }
    const day = isZoneKnown ? dayOf(at, timeZone, dayStartsAt) : null;
    const isRepeated = seen.has(loginId);
    seen.add(loginId);
    const reason = isRepeated
      ? 'REPEATED'
      : reasonNotCounted(versionFor(versions, position, at), participation, counted, at, day);
    return { loginId, at, day, counted: false, reason };
  });
  return explained.sort((a, b) => (a.at < b.at ? -1 : Number(a.at > b.at)));
};

/**
 * Returns the version of the event by which the counter judges a login. It judges it by the event when the login was recorded, if it
 * was published then, and by each later publication; the first version that counts it decides, otherwise the last. Null if the
 * event was not published.
 */
const versionFor = (versions: Situation['versions'], recordedAt: Position, at: string): EventVersion | null => {
  const isPublished = (version: EventVersion | undefined): boolean => version !== undefined && version.publishedAt !== null;
  const judging = versions.filter((version, index) => {
    const [isBefore, next] = [version.position <= recordedAt, versions[index + 1]];
    if (isBefore) return isPublished(version) && (next === undefined || next.position > recordedAt);
    return isPublished(version) && !isPublished(versions[index - 1]);
  });
  return judging.find((version) => judgeLogin(version, at) === 'OPEN') ?? judging.at(-1) ?? null;
};

const reasonNotCounted = (
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
