import type { DeadLetterStatus } from './dead-letter';
import type { Actor } from './domain-event';
import type { ParticipationStatus, RequestedAmount, RewardBalance } from './participation';
import type { Position } from './position';
import type { Condition, RewardEventRecord, RewardType } from './reward-event';

/** Read model `events`: the facts of one reward event; its status is computed from them by the query. */
export interface RewardEventView extends RewardEventRecord {
  /** Revision of the `rewardEvent-` stream: the `ETag`. */
  readonly revision: number;
  /** Position of its creation: newest first. */
  readonly createdPosition: Position;
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
  readonly startedPosition: Position;
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
  readonly position: Position;
  /** `at` and `position` in one: the order of every list, and its cursor. */
  readonly order: string;
  /** Of a granted claim; null for a refused one. Missing in documents of table version 2. */
  readonly claimId: string | null;
}

/** Read model `deadLetters`: one message that could not be handled, and what became of it. */
export interface DeadLetterView {
  readonly deadLetterId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Null where the message has none, or where it is not UTF-8. */
  readonly key: string | null;
  /** The beginning of the message's value; null where it has none, or where it is not UTF-8. The log has all of it. */
  readonly payload: string | null;
  /** Whether `payload` is not all of the value. */
  readonly payloadCut: boolean;
  readonly error: string;
  readonly attempts: number;
  /** How often it was published again. */
  readonly redrives: number;
  readonly at: string;
  readonly status: DeadLetterStatus;
  /** Account of the operator who redrove or discarded it. */
  readonly handledBy: string | null;
  readonly handledAt: string | null;
  /** Of its recording: newest first. */
  readonly position: Position;
}

/** Read model `audit`: one recorded fact, refusals included. */
export interface AuditView {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  /** Business time of the decision. */
  readonly at: string;
  readonly actor: Actor;
  /** Of the actor: the account, or the name of the service. */
  readonly actorId: string;
  /** The account that the fact is about; null where it is about none. */
  readonly accountId: string | null;
  readonly eventId: string | null;
  readonly data: unknown;
  readonly correlationId: string;
  readonly causationId: string | null;
  /** Of the trace of the request that led to it; null without one. Missing in documents of table version 2. */
  readonly traceId: string | null;
  /** `at` and `position` in one: the order of every list, and its cursor. */
  readonly order: string;
}

/** Read model `statistics`: what happened in one event within one hour. The totals of an event are the sums of its hours. */
export interface EventHourView {
  readonly eventId: string;
  /** Its beginning, ISO 8601 UTC. */
  readonly hour: string;
  readonly participants: number;
  /** Participations whose condition was met. */
  readonly eligible: number;
  readonly logins: number;
  readonly completions: number;
  /** Granted claims. */
  readonly claims: number;
  /** Units of any reward granted. */
  readonly amount: number;
  readonly refusals: readonly { readonly reason: string; readonly count: number }[];
  readonly rewards: readonly { readonly name: string; readonly promised: number; readonly claimed: number }[];
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
  readonly audit: AuditView;
  readonly statistics: EventHourView;
  readonly deadLetters: DeadLetterView;
}
export type ReadModelName = keyof ReadModels;

const NAMES = {
  events: true,
  participations: true,
  claims: true,
  audit: true,
  statistics: true,
  deadLetters: true,
} as const satisfies Readonly<Record<ReadModelName, true>>;
/** The name of every read model. */
export const READ_MODELS = Object.keys(NAMES) as readonly ReadModelName[];

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
  /** Id of the event at the position. Missing in versions stored before it was, null before the first event. */
  readonly eventId?: string | null;
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
  /** Versions that nobody fills any more: each is dropped a while after, so that queries that opened it can end. */
  readonly retired?: readonly RetiredVersion[];
}

export interface RetiredVersion {
  readonly version: number;
  /** Since when, ISO 8601 UTC. */
  readonly at: string;
}

/** Collection of the `ReadModelState`s. */
export const READ_MODEL_STATES = 'readModels';

/** Collection that holds one version of a read model. */
export const readModelCollection = (name: string, version: number): string => `${name}_v${version}`;
