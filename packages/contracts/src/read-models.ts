import type { ParticipationStatus, RequestedAmount } from './participation';
import type { Position } from './position';
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

/** One entry of auth-service's collection `accountDirectory`, whose id is the `accountId`. */
export interface AccountDirectoryEntry {
  readonly accountId: string;
  /** Null once the account is erased. */
  readonly email: string | null;
}

/** The only one of auth-service's collections (database `accounts`) that others may read. */
export const ACCOUNT_DIRECTORY = { name: 'accountDirectory', indexes: [{ fields: ['email'] }] } as const;

/** Name and document of each read model. */
export interface ReadModels {
  readonly events: RewardEventView;
  readonly participations: ParticipationView;
  readonly claims: ClaimView;
}
export type ReadModelName = keyof ReadModels;

/** One filling of a read model, in a collection of its own. */
export interface ReadModelVersion {
  /** Counts the fillings; see `readModelCollection`. */
  readonly version: number;
  /** The version of the table that fills it. */
  readonly table: number;
  /** The log that it was filled from. */
  readonly logId: string;
  /** Everything up to here is in it. */
  readonly position: Position;
  /** When it last held everything that the log had, ISO 8601 UTC; at first, when it was begun. */
  readonly upToDateAt: string;
  /** The fact that the table could not handle: nothing after it is in. */
  readonly failure: ReadModelFailure | null;
}

export interface ReadModelFailure {
  readonly position: Position;
  readonly message: string;
}

/** Pointer to the live version and its checkpoint in one document, so that one read gives both. Its id is the read model's name. */
export interface ReadModelState {
  readonly live: ReadModelVersion;
  /** Being filled beside the live one, which it replaces once it has reached it; null while there is none. */
  readonly building: ReadModelVersion | null;
}

/** Collection of the `ReadModelState`s. */
export const READ_MODEL_STATES = 'readModels';

/** Collection that holds one version of a read model. */
export const readModelCollection = (name: string, version: number): string => `${name}_v${version}`;
