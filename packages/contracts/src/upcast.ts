import type { AccountEvent, LoginEvent } from './account';
import type { BackfillEvent } from './backfill';
import type { DeadLetterEvent } from './dead-letter';
import type { DomainEvent, RecordedEvent, RecordedOf } from './domain-event';
import type { ParticipationEvent, RefusalEvent } from './participation';
import type { RewardEventEvent } from './reward-event';

/** Every domain event that is stored. */
export type AnyDomainEvent =
  RewardEventEvent | ParticipationEvent | RefusalEvent | LoginEvent | AccountEvent | DeadLetterEvent | BackfillEvent;

/**
 * One step from a stored shape to the next: index 0 lifts version 1 to version 2.
 * The current version of a type is the number of its steps plus one.
 */
type Steps = readonly ((data: never) => unknown)[];

const UPCASTERS: Record<AnyDomainEvent['type'], Steps> = {
  RewardEventCreated: [],
  RewardAdded: [],
  RewardChanged: [],
  RewardWithdrawn: [],
  RewardEventChanged: [],
  RewardEventPublished: [],
  RewardEventPaused: [],
  RewardEventResumed: [],
  RewardEventEnded: [],
  RewardEventDeleted: [],
  RewardEventRestored: [],
  ParticipationStarted: [],
  LoginCounted: [],
  EventCompleted: [],
  RewardClaimed: [],
  CompletionRefused: [],
  ClaimRefused: [],
  CommandRefused: [],
  LoggedIn: [],
  AccountRegistered: [],
  RolesChanged: [],
  AccountErased: [],
  MessageDeadLettered: [],
  MessageRedriven: [],
  MessageDiscarded: [],
  LoginsBackfilled: [],
};

/** The type of every domain event that this version stores. */
export const DOMAIN_EVENT_TYPES: readonly string[] = Object.keys(UPCASTERS);

const stepsOf = (type: string): Steps => (Object.hasOwn(UPCASTERS, type) ? UPCASTERS[type as AnyDomainEvent['type']] : []);

/** The version in which a domain event of this type is written today. */
export const schemaVersionOf = (type: string): number => stepsOf(type).length + 1;

/**
 * Raises a stored domain event to the shape of today. Facts of an unknown type or a newer version stay as they are, so whoever
 * looks at the type looks past what it does not know.
 * @template Event what is written to the stream that it was read from
 */
export const upcast = <Event extends DomainEvent>(recorded: RecordedEvent): RecordedOf<Event> =>
  raised(recorded) as RecordedOf<Event>;

/**
 * How a reader raises what it read. Readers get it as an argument and only compositions name `upcast`, so that a test can read a
 * shape that no type has had yet.
 */
export type Upcast = typeof upcast;

const raised = (recorded: RecordedEvent): RecordedEvent => {
  const steps = stepsOf(recorded.type).slice(recorded.metadata.schemaVersion - 1);
  if (steps.length === 0) return recorded;
  const data = steps.reduce<unknown>((older, step) => step(older as never), recorded.data);
  return { ...recorded, data, metadata: { ...recorded.metadata, schemaVersion: schemaVersionOf(recorded.type) } };
};
