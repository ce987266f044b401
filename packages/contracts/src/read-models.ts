import type { DeadLetterStatus } from './dead-letter';
import type { DeliveryKind, DeliveryStatus, ParkReason } from './delivery';
import type { Actor, RecordedEvent } from './domain-event';
import type { ParticipationStatus, RequestedAmount, RewardBalance } from './participation';
import type { Position } from './position';
import type { Condition, RewardEventRecord, RewardType } from './reward-event';

/** Read model `events`: the facts of one reward event. A query computes the status from them. */
export interface RewardEventView extends RewardEventRecord {
  /** Revision of the `rewardEvent-` stream: the `ETag`. */
  readonly revision: number;
  /** Position of its creation; lists sort by it, newest first. */
  readonly createdPosition: Position;
  /** The name as `searchText` converts it. Missing in documents before table version 5. */
  readonly searchName?: string;
}

/** @returns the text in which a search ignores case */
export const searchText = (text: string): string => text.normalize('NFC').toUpperCase();

/** Number of counted days that a participation shows. */
export const MAX_DAYS = 400;

/** Read model `participations`: one account in one event, or in one of its cycles. The event has the terms. */
export interface ParticipationView {
  readonly eventId: string;
  readonly accountId: string;
  /** First day of the cycle; null in an event without cycles. Missing in documents of table version 1. */
  readonly cycle?: string | null;
  readonly status: Exclude<ParticipationStatus, 'NOT_STARTED'>;
  readonly progress: number;
  readonly termsVersion: number;
  /** Only in documents of table version 1. */
  readonly condition?: Condition;
  /** The newest `MAX_DAYS` days with a counted login, yyyy-mm-dd, ascending. Missing in documents of table version 1. */
  readonly days?: readonly string[];
  readonly completedAt: string | null;
  /**
   * The promise of the last milestone; null before its completion. In documents of table version 1, the rewards at the start before the
   * completion.
   */
  readonly rewards: readonly RewardBalance[] | null;
  /** The earlier milestones that are completed, in the order of their completion. Missing if there are none. */
  readonly milestones?: readonly CompletedMilestone[];
  readonly startedPosition: Position;
}

/** An earlier milestone of a participation after its completion. */
export interface CompletedMilestone {
  readonly count: number;
  readonly completedAt: string;
  readonly rewards: readonly RewardBalance[];
}

/** Read model `claims`: one recorded claim, granted or rejected. */
export interface ClaimView {
  readonly requestId: string;
  readonly eventId: string;
  readonly accountId: string;
  readonly rewardName: string;
  readonly type: RewardType | null;
  readonly requested: RequestedAmount;
  /** Null for a rejected claim of all units. */
  readonly amount: number | null;
  readonly status: 'SUCCESS' | 'FAILURE';
  readonly reason: string | null;
  readonly at: string;
  readonly position: Position;
  /** `at` and `position` combined: the order and cursor of every list. */
  readonly order: string;
  /** Id of a granted claim; null for a rejected one. Missing in documents of table version 2. */
  readonly claimId: string | null;
  /** The game's own identifier of the item; null if the reward has none. Missing in documents before table version 4. */
  readonly itemCode?: string | null;
  /** Where the game should put the units; null if the client named nothing. Missing in documents before table version 4. */
  readonly target?: string | null;
  /** First day of the cycle; null in an event without cycles. Missing in documents before table version 5. */
  readonly cycle?: string | null;
  /** Count of an earlier milestone; null for the last one. Missing in documents before table version 5. */
  readonly milestone?: number | null;
}

/** Read model `deadLetters`: one message that could not be handled, and its status. */
export interface DeadLetterView {
  readonly deadLetterId: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  /** Null if the message has none or it is not UTF-8. */
  readonly key: string | null;
  /** The beginning of the message's value; null if it has none or it is not UTF-8. The log has the complete value. */
  readonly payload: string | null;
  /** Whether `payload` is truncated. */
  readonly payloadCut: boolean;
  /** The first headers of the message. The log has all of them. Missing in documents before table version 4. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly error: string;
  readonly attempts: number;
  /** Number of times it was published again. */
  readonly redrives: number;
  readonly at: string;
  readonly status: DeadLetterStatus;
  /** Account of the operator who redrove or discarded it. */
  readonly handledBy: string | null;
  readonly handledAt: string | null;
  /** Position of its recording; lists sort by it, newest first. */
  readonly position: Position;
  /** Equal for dead letters of the same kind; see `kindOfDeadLetter`. Missing in documents before table version 3. */
  readonly fingerprint?: string | null;
}

/**
 * Read model `audit`: what lists of domain events filter and sort by. The id of a document is the position of its domain event; the
 * log has the rest.
 */
export interface AuditView {
  readonly type: string;
  /** Account of the actor, or the name of the service. */
  readonly actorId: string;
  /** The account that the event concerns; null if none. */
  readonly accountId: string | null;
  readonly eventId: string | null;
  /** Id of the trace of the causing request; null without one. Missing in documents of table version 2. */
  readonly traceId: string | null;
  /** `at` and `position` combined: the order and cursor of every list. */
  readonly order: string;
  /** Id of the message that caused a `LoggedIn`, which is the `loginId`; null for other types. */
  readonly causationId: string | null;
  /** Length of the data as JSON, in characters; missing for short data and before table version 4. */
  readonly size?: number;
}

/** One recorded domain event, as `GET /audit` and `GET /audit/stream` show it. */
export interface AuditEntry {
  readonly position: Position;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  /** Business time of the decision. */
  readonly at: string;
  readonly actor: Actor;
  /** The account that the event concerns; null if none. */
  readonly accountId: string | null;
  readonly eventId: string | null;
  readonly data: unknown;
  readonly correlationId: string;
  readonly causationId: string | null;
}

/** Returns the entry of a domain event. */
export const auditEntryOf = ({ metadata, ...recorded }: RecordedEvent): AuditEntry => {
  const { position, stream, revision, type, data } = recorded;
  const { at, actor, correlationId, causationId } = metadata;
  const [accountId, eventId] = [idIn(data, 'accountId'), idIn(data, 'eventId')];
  return { position, stream, revision, type, at, actor, accountId, eventId, data, correlationId, causationId };
};

/** Returns an id in the data of a domain event of any type and version; null if it has none. */
export const idIn = (data: unknown, field: 'accountId' | 'eventId'): string | null => {
  const value = (data as Readonly<Record<string, unknown>> | null)?.[field];
  return typeof value === 'string' ? value : null;
};
/** Index of the read model `audit` that finds a login: its `loginId` is the id of the message that caused its `LoggedIn`. */
export const LOGINS_BY_MESSAGE = { fields: ['causationId', 'order'], shared: 'by few', where: { type: 'LoggedIn' } } as const;

/**
 * Read model `statistics`: the counts of one event, or of one of its cycles, in one hour. The totals of an event are the sums of its
 * documents.
 */
export interface EventHourView {
  readonly eventId: string;
  /** First day of the cycle; null in an event without cycles. Missing in documents of table version 1. */
  readonly cycle?: string | null;
  /** Start of the hour, ISO 8601 UTC. */
  readonly hour: string;
  readonly participants: number;
  /** Participations whose last milestone was reached. */
  readonly eligible: number;
  readonly logins: number;
  /** Completions of every milestone. Those of the last one are what `milestones` leaves of them. */
  readonly completions: number;
  /** Granted claims. */
  readonly claims: number;
  /** Units of any reward granted. */
  readonly amount: number;
  readonly refusals: readonly { readonly reason: string; readonly count: number }[];
  readonly rewards: readonly RewardSums[];
  /** The counts of the earlier milestones. Missing if there are none. */
  readonly milestones?: readonly { readonly count: number; readonly eligible: number; readonly completed: number }[];
}

/** The units of one reward that completions promised and claims granted. */
export interface RewardSums {
  /** Count of an earlier milestone; missing for the last one. */
  readonly milestone?: number;
  readonly name: string;
  readonly promised: number;
  readonly claimed: number;
}

/** Read model `deliveries`: one delivery. The id of a document is that of the delivery and that of its endpoint, see `deliveryDocumentId`. */
export interface DeliveryView {
  readonly deliveryId: string;
  readonly kind: DeliveryKind;
  readonly claimId: string;
  readonly endpointId: string;
  readonly accountId: string;
  readonly eventId: string;
  readonly rewardName: string;
  readonly type: RewardType;
  readonly amount: number;
  readonly status: DeliveryStatus;
  /** Time since which it has this status: of its grant, until its status changes. */
  readonly statusAt: string;
  /** Attempts since it was created or resent. */
  readonly attempts: number;
  /** Null unless it waits for another attempt. */
  readonly nextAttemptAt: string | null;
  readonly lastError: string | null;
  /** Null unless it is PARKED. */
  readonly parkedFor: ParkReason | null;
  /** Time of the grant. */
  readonly at: string;
  readonly deliveredAt: string | null;
  /** What the receiver calls it; null if it named nothing. */
  readonly reference: string | null;
  /** Positions of the events that recorded its success with that of others, which its own stream lacks. Missing if there are none. */
  readonly recordedIn?: readonly Position[];
  /** Position of the grant. */
  readonly position: Position;
  /** `at` and `position` combined: the order and cursor of every list. */
  readonly order: string;
}

/** One entry of auth-service's collection `accountDirectory`, whose id is the `accountId`. */
export interface AccountDirectoryEntry {
  readonly accountId: string;
  /** Null once the account is erased. */
  readonly email: string | null;
}

/** The only collection of auth-service (database `accounts`) that other services may read. */
export const ACCOUNT_DIRECTORY = { name: 'accountDirectory', indexes: [{ fields: ['email'] }] } as const;

/** Name and document of each read model. */
export interface ReadModels {
  readonly events: RewardEventView;
  readonly participations: ParticipationView;
  readonly claims: ClaimView;
  readonly audit: AuditView;
  readonly statistics: EventHourView;
  readonly deadLetters: DeadLetterView;
  readonly deliveries: DeliveryView;
}
export type ReadModelName = keyof ReadModels;

const NAMES = {
  events: true,
  participations: true,
  claims: true,
  audit: true,
  statistics: true,
  deadLetters: true,
  deliveries: true,
} as const satisfies Readonly<Record<ReadModelName, true>>;
/** The name of every read model. */
export const READ_MODELS = Object.keys(NAMES) as readonly ReadModelName[];

/** One generation of a read model, in a separate collection. */
export interface ReadModelVersion {
  /** Number of this generation; see `readModelCollection`. */
  readonly version: number;
  /** Version of the projection table that fills it. */
  readonly table: number;
  /** Id of the log that it is filled from. */
  readonly logId: string;
  /** Position up to which it is filled. */
  readonly position: Position;
  /** Id of the event at the position; null before the first event. Missing in documents of earlier program versions. */
  readonly eventId?: string | null;
  /** Last time at which it was caught up with the log, ISO 8601 UTC; before that, the time at which it was started. */
  readonly upToDateAt: string;
  /** Number of domain events that were read to fill it, for the speed of a rebuild. Missing in documents of earlier program versions. */
  readonly events?: number;
  /** The event at which the projection failed and stopped; null if there is none. */
  readonly failure: ReadModelFailure | null;
}

export interface ReadModelFailure {
  readonly position: Position;
  readonly message: string;
}

/** The live version and its checkpoint in one document, so that one read returns both. The id is the read model's name. */
export interface ReadModelState {
  readonly live: ReadModelVersion;
  /** A rebuild in progress, which replaces the live version when it has caught up with it; null if there is none. */
  readonly building: ReadModelVersion | null;
  /** Versions that are no longer filled. Each is dropped after a delay, so that running queries on it can finish. */
  readonly retired?: readonly RetiredVersion[];
}

export interface RetiredVersion {
  readonly version: number;
  /** Time of retirement, ISO 8601 UTC. */
  readonly at: string;
}

/** Name of the collection of `ReadModelState`s. */
export const READ_MODEL_STATES = 'readModels';

/** @returns the name of the collection of one version of a read model */
export const readModelCollection = (name: string, version: number): string => `${name}_v${version}`;
