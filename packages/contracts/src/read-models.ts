import type { ParticipationStatus, RequestedAmount } from './participation';
import type { Condition, Reward, RewardEventDetails, RewardEventFacts, RewardType } from './reward-event';

/** A reward with what one participant took of it. */
export interface RewardBalance extends Reward {
  readonly claimed: number;
  readonly remaining: number;
}

/** Read model `events`: the facts of one reward event; its status is computed from them by the query. */
export interface RewardEventView extends RewardEventDetails, RewardEventFacts {
  readonly eventId: string;
  readonly rewards: readonly Reward[];
  readonly termsVersion: number;
  readonly createdBy: string;
  readonly createdAt: string;
  /** Revision of the `rewardEvent-` stream: the `ETag`. */
  readonly revision: number;
  /** Position of its creation: newest first. */
  readonly createdPosition: string;
}

/** Read model `participations`: one account in one event. */
export interface ParticipationView {
  readonly eventId: string;
  readonly accountId: string;
  readonly status: Exclude<ParticipationStatus, 'NOT_STARTED'>;
  readonly progress: number;
  readonly condition: Condition;
  readonly termsVersion: number;
  /** The terms of its start, or what its completion promised. */
  readonly rewards: readonly RewardBalance[];
  readonly completedAt: string | null;
  readonly startedPosition: string;
}

/** Read model `claims`: one recorded claim request, granted or refused. */
export interface ClaimView {
  readonly requestId: string;
  readonly eventId: string;
  readonly accountId: string;
  readonly rewardName: string;
  readonly type: RewardType | null;
  readonly requested: RequestedAmount;
  /** Null for a refused request for all. */
  readonly amount: number | null;
  readonly status: 'SUCCESS' | 'FAILURE';
  readonly reason: string | null;
  readonly at: string;
  readonly position: string;
  /** `at` and `position` in one: the order of every list, and its cursor. */
  readonly order: string;
}

/** auth-service's collection `accountDirectory`, the only one of its collections that others may read. */
export interface AccountDirectoryEntry {
  readonly accountId: string;
  readonly email: string;
}
