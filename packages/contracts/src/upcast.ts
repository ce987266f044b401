import type { AccountEvent, LoginEvent } from './account';
import type { BackfillEvent } from './backfill';
import type { DeadLetterEvent } from './dead-letter';
import type { DeliveryEndpointEvent, DeliveryEvent } from './delivery';
import type { DomainEvent, RecordedEvent, RecordedOf } from './domain-event';
import type { ParticipationEvent, RefusalEvent } from './participation';
import type { RewardEventEvent } from './reward-event';

/** Every stored domain event. */
export type AnyDomainEvent =
  | RewardEventEvent
  | ParticipationEvent
  | RefusalEvent
  | LoginEvent
  | AccountEvent
  | DeadLetterEvent
  | BackfillEvent
  | DeliveryEndpointEvent
  | DeliveryEvent;

/**
 * Steps from each stored shape to the next one: index 0 upcasts version 1 to version 2.
 * The current version of a type is the number of its steps plus one.
 */
type Steps = readonly ((data: never) => unknown)[];

/** For a version that differs in the rules by which it was decided, not in its shape. */
const sameShape = (data: never): unknown => data;

const UPCASTERS: Record<AnyDomainEvent['type'], Steps> = {
  RewardEventCreated: [],
  RewardAdded: [],
  RewardChanged: [],
  RewardWithdrawn: [],
  RewardHeld: [],
  RewardReleased: [],
  RewardEventChanged: [],
  RewardEventPublished: [],
  RewardEventUnpublished: [],
  RewardEventPaused: [],
  RewardEventResumed: [],
  RewardEventEnded: [],
  RewardEventDeleted: [],
  RewardEventRestored: [],
  ParticipationStarted: [],
  LoginCounted: [],
  EventCompleted: [],
  // Version 2 was decided by a program that rejects claims of very small amounts (AMOUNT_TOO_SMALL).
  RewardClaimed: [sameShape],
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
  DeliveryEndpointAdded: [],
  DeliveryEndpointChanged: [],
  DeliveryEndpointPaused: [],
  DeliveryEndpointResumed: [],
  DeliveryEndpointDisabled: [],
  DeliveryEndpointRemoved: [],
  DeliverySecretRotated: [],
  DeliveryAttemptFailed: [],
  RewardDelivered: [],
  DeliveryParked: [],
  DeliveryResent: [],
  DeliveryAbandoned: [],
  RewardsDelivered: [],
  EarlierDeliveriesAdded: [],
};

/** The type of every domain event that this version stores. */
export const DOMAIN_EVENT_TYPES: readonly string[] = Object.keys(UPCASTERS);

const stepsOf = (type: string): Steps => (Object.hasOwn(UPCASTERS, type) ? UPCASTERS[type as AnyDomainEvent['type']] : []);

/** @returns the current schema version of a type of domain event */
export const schemaVersionOf = (type: string): number => stepsOf(type).length + 1;

/**
 * Upcasts a stored domain event to its current shape. Events of an unknown type or a newer version are returned unchanged, so
 * readers can ignore unknown types.
 * @template Event the domain events of the stream that it was read from
 */
export const upcast = <Event extends DomainEvent>(recorded: RecordedEvent): RecordedOf<Event> =>
  upcasted(recorded) as RecordedOf<Event>;

/**
 * The upcaster of a reader. Readers receive it as an argument, and only composition roots name `upcast`, so that a test can use a
 * shape that no type has had.
 */
export type Upcast = typeof upcast;

const upcasted = (recorded: RecordedEvent): RecordedEvent => {
  const steps = stepsOf(recorded.type).slice(recorded.metadata.schemaVersion - 1);
  if (steps.length === 0) return recorded;
  const data = steps.reduce<unknown>((older, step) => step(older as never), recorded.data);
  return { ...recorded, data, metadata: { ...recorded.metadata, schemaVersion: schemaVersionOf(recorded.type) } };
};
