import {
  LOGIN_EXCLUSIONS,
  Rejected,
  type ParticipationEvent,
  type Position,
  type RewardEventStatus,
  type Terms,
} from '@rewards/contracts';
import {
  claimReward,
  completeEvent,
  completionOf,
  dayOf,
  exclusionOf,
  isKnownZone,
  isVisibleToPlayers,
  judgeLogin,
  milestoneKey,
  rewardEventStatus,
  type CountedLogin,
  type ParticipationState,
} from '@rewards/domain';
import type { UnreadableEvent } from '@rewards/event-store';
import { toMilestoneRows, type MilestoneRow } from '../participations/progress-row';
import type { EventVersion, RecordedLogin } from './participation-log';

/** Why a login did not count: the first of these that applies. A condition that excludes a day gives one of `LOGIN_EXCLUSIONS`. */
export const LOGIN_REASONS = ['REPEATED', 'OUTSIDE_WINDOW', 'OTHER_CYCLE', 'PAUSED', ...LOGIN_EXCLUSIONS, 'ALREADY_MET'] as const;
export type LoginReason = (typeof LOGIN_REASONS)[number];

/** Whether a player can complete a milestone now, and claim its rewards. */
export interface ExplainedMilestone {
  readonly count: number;
  /** `code` is the code with which a request would be rejected now; null if it would succeed. */
  readonly completion: { readonly allowed: boolean; readonly code: string | null; readonly message: string };
  readonly claims: readonly {
    readonly rewardName: string;
    readonly allowed: boolean;
    readonly code: string | null;
    readonly remaining: number;
  }[];
}

/** Why a player can or cannot complete and claim, and which logins counted. `completion` and `claims` are of the last milestone. */
export interface Explanation extends Omit<ExplainedMilestone, 'count'> {
  /** All milestones, ascending. */
  readonly milestones: readonly ExplainedMilestone[];
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
  /** First day of the cycle that is explained; null in an event without cycles. */
  readonly cycle: string | null;
  readonly participation: ParticipationState;
  /** The terms of the participation; null if they cannot be read. */
  readonly terms: Terms | null;
  /** In the order in which they were recorded. */
  readonly logins: readonly RecordedLogin[];
  /** The unreadable domain event after which the state is unknown, of the reward event or the participation; null if there is none. */
  readonly unreadable: UnreadableEvent | null;
  /** Time of the query, ISO 8601 UTC with milliseconds. */
  readonly at: string;
}

/** @throws UnknownTimeZone if the event has cycles */
export const explain = (situation: Situation): Explanation => {
  const { versions, participation, logins, cycle } = situation;
  const event = versions.at(-1) ?? versions[0];
  const terms = situation.terms ?? event;
  const progress = participation.status === 'NOT_STARTED' ? 0 : participation.progress;
  const rows = toMilestoneRows(terms, event, progress, (key) => {
    const completion = completionOf(participation, key);
    return completion && { completedAt: completion.completedAt, rewards: completion.balances };
  });
  const milestones = rows.map((row) => explainMilestone(situation, event, row, terms.condition.count));
  const { completion, claims } = milestones.at(-1)!;
  return { completion, milestones, claims, logins: judgeAll(versions, cycle, participation, terms, logins) };
};

const explainMilestone = (
  { participation, unreadable, cycle, at }: Situation,
  event: EventVersion,
  { count, status: milestoneStatus, rewards }: MilestoneRow,
  last: number,
): ExplainedMilestone => {
  const status = rewardEventStatus(event, at);
  const codeOf = (decide: (state: ParticipationState) => readonly ParticipationEvent[]): string | null => {
    if (unreadable) return UNREADABLE;
    return isVisibleToPlayers(event) ? rejectionOf(() => decide(participation)) : 'NOT_FOUND';
  };
  const milestone = milestoneKey({ condition: { ...event.condition, count: last } }, count);
  const request = {
    at,
    event: { ...event, status },
    ...(cycle !== null && { cycle }),
    ...(milestone !== undefined && { milestone }),
  };

  const code = codeOf(completeEvent(request));
  const isCompleted = milestoneStatus === 'COMPLETED';
  const what = count === last ? 'event' : 'milestone';
  return {
    count,
    completion: {
      allowed: code === null,
      code,
      message: unreadable?.message ?? messageOf(code, { isCompleted, what, count, participation, status, event }),
    },
    claims: rewards.map(({ name: rewardName, remaining }) => {
      // No client can send an empty requestId, so this never matches an earlier request.
      const rejection = codeOf(claimReward({ ...request, requestId: '', rewardName, requested: 'all' }));
      return { rewardName, allowed: rejection === null, code: rejection, remaining };
    }),
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

interface MessageFacts {
  readonly isCompleted: boolean;
  readonly what: 'event' | 'milestone';
  readonly count: number;
  readonly participation: ParticipationState;
  readonly status: RewardEventStatus;
  readonly event: EventVersion;
}

const messageOf = (
  code: string | null,
  { isCompleted, what, count, participation, status, event: { timeZone } }: MessageFacts,
): string => {
  switch (code) {
    case null:
      if (isCompleted) return `The player has already completed the ${what}.`;
      return what === 'event' ? 'The condition is met.' : 'The milestone is reached.';
    case 'CONDITION_NOT_MET': {
      const isStarted = participation.status !== 'NOT_STARTED';
      const counted = `${isStarted ? `${participation.progress} of ${count}` : 'None'} counted so far.`;
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

const judgeAll = (
  versions: Situation['versions'],
  cycle: string | null,
  participation: ParticipationState,
  terms: Terms,
  logins: Situation['logins'],
): Explanation['logins'] => {
  const { timeZone, dayStartsAt } = versions.at(-1) ?? versions[0];
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
      : reasonNotCounted(versionFor(versions, position, at), cycle, participation, terms, counted, at, day);
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
  cycle: string | null,
  participation: ParticipationState,
  terms: Terms,
  counted: readonly CountedLogin[],
  at: string,
  day: string | null,
): LoginReason | null => {
  if (event === null) return 'OUTSIDE_WINDOW';
  const verdict = judgeLogin(event, at, cycle);
  if (verdict !== 'OPEN') return verdict;
  const { condition } = participation.status === 'NOT_STARTED' ? event : terms;
  const exclusion = day === null ? null : exclusionOf(condition, counted, day);
  if (exclusion !== null) return exclusion;
  return participation.status === 'NOT_STARTED' || participation.status === 'IN_PROGRESS' ? null : 'ALREADY_MET';
};
