import {
  untouched,
  type ParticipationStatus,
  type ParticipationView,
  type RewardBalance,
  type RewardEventRecord,
  type Terms,
} from '@rewards/contracts';
import {
  milestoneAt,
  milestoneKey,
  milestonesOf,
  promisedRewards,
  termsOf,
  UnknownTerms,
  type MilestoneKey,
} from '@rewards/domain';
import { reject } from '../queries.problems';

/** How far a player is with a milestone: not reached, reached, or completed. */
export const MILESTONE_STATUSES = ['LOCKED', 'ELIGIBLE', 'COMPLETED'] as const;
export type MilestoneStatus = (typeof MILESTONE_STATUSES)[number];

/** One milestone of a participation. */
export interface MilestoneRow {
  readonly count: number;
  readonly status: MilestoneStatus;
  readonly completedAt: string | null;
  /** Before the completion, the rewards that a completion now would promise. */
  readonly rewards: readonly RewardBalance[];
}

/** Progress of one account in one event, or in one of its cycles. The last milestone gives `required`, `rewards` and `completedAt`. */
export interface ProgressRow {
  readonly eventId: string;
  readonly accountId: string;
  /** First day of the cycle; null in an event without cycles. */
  readonly cycle: string | null;
  readonly status: ParticipationStatus;
  readonly progress: number;
  readonly required: number;
  readonly rewards: readonly RewardBalance[];
  readonly completedAt: string | null;
  /** All milestones, ascending. */
  readonly milestones: readonly MilestoneRow[];
  readonly claimsUntil: string;
}

/** A completed milestone, of a state or a view. */
interface Completed {
  readonly completedAt: string;
  readonly rewards: readonly RewardBalance[];
}

/**
 * Computes the milestones of a participation.
 * @param terms of the participation @param event of the same time, whose increases a completion would promise
 */
export const toMilestoneRows = (
  terms: Terms,
  event: RewardEventRecord,
  progress: number,
  completedAt: (key: MilestoneKey) => Completed | undefined,
): readonly MilestoneRow[] =>
  milestonesOf(terms).map(({ count, rewards }): MilestoneRow => {
    const key = milestoneKey(terms, count);
    const completed = completedAt(key);
    if (completed) return { count, status: 'COMPLETED', ...completed };
    const promised = promisedRewards(rewards, milestoneAt(event, key)?.rewards ?? []).map(untouched);
    return { count, status: progress < count ? 'LOCKED' : 'ELIGIBLE', completedAt: null, rewards: promised };
  });

/** Returns the progress of a participation. @throws Rejected TERMS_NOT_CAUGHT_UP */
export const toProgressRow = (view: ParticipationView, event: RewardEventRecord): ProgressRow => {
  const { eventId, accountId, cycle = null, status, progress } = view;
  const milestones = toMilestoneRows(termsOfView(view, event), event, progress, (key) => completedIn(view, key));
  return { eventId, accountId, cycle, status, progress, ...ofLast(milestones), milestones, claimsUntil: event.claimsUntil };
};

/** Returns the progress of an account without a participation. */
export const notStarted = (accountId: string, cycle: string | null, event: RewardEventRecord): ProgressRow => {
  const milestones = toMilestoneRows(event, event, 0, () => undefined);
  const { eventId, claimsUntil } = event;
  return { eventId, accountId, cycle, status: 'NOT_STARTED', progress: 0, ...ofLast(milestones), milestones, claimsUntil };
};

/** There always is a last milestone. */
const ofLast = (milestones: readonly MilestoneRow[]) => {
  const { count: required, rewards, completedAt } = milestones.at(-1)!;
  return { required, rewards, completedAt };
};

const completedIn = (view: ParticipationView, key: MilestoneKey): Completed | undefined => {
  if (key === undefined) {
    const { completedAt, rewards } = view;
    return view.status === 'COMPLETED' && completedAt !== null && rewards ? { completedAt, rewards } : undefined;
  }
  const completed = view.milestones?.find(({ count }) => count === key);
  return completed && { completedAt: completed.completedAt, rewards: completed.rewards };
};

/** Returns the terms of a participation. @throws Rejected TERMS_NOT_CAUGHT_UP if neither its document nor the event's has them */
export const termsOfView = (view: ParticipationView, event: RewardEventRecord): Terms => {
  try {
    return termsOf(event, view.termsVersion);
  } catch (error) {
    if (!(error instanceof UnknownTerms)) throw error;
    const { termsVersion, condition, rewards } = view;
    return condition ? { termsVersion, condition, rewards: rewards ?? [] } : reject('TERMS_NOT_CAUGHT_UP');
  }
};
