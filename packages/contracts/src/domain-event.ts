import type { Position } from './position';
import type { Role } from './roles';

/** A stored fact. Its type is in the past tense, and its data is plain JSON. */
export interface DomainEvent<Type extends string = string, Data = unknown> {
  readonly type: Type;
  readonly data: Data;
}

/** The cause of a domain event: an account with the roles of its token, or one of our services. */
export type Actor = { readonly accountId: string; readonly roles: readonly Role[] } | { readonly service: string };

/** Stored with the data of every domain event. */
export interface Metadata {
  /** The version of the data's shape; see `upcast`. */
  readonly schemaVersion: number;
  /** Id of the original request, shared by everything that it causes. */
  readonly correlationId: string;
  /** Id of the domain event or message that caused this one; null if a request did. */
  readonly causationId: string | null;
  readonly actor: Actor;
  /** Business time of the decision, ISO 8601 UTC with milliseconds. */
  readonly at: string;
  /** W3C trace context of the request. */
  readonly traceparent?: string;
}

/** A domain event as read from the log. */
export interface RecordedEvent<Event extends DomainEvent = DomainEvent> {
  readonly id: string;
  readonly stream: string;
  /** Index in its stream, from 0. */
  readonly revision: number;
  /** Place in the whole log; see `position.ts`. */
  readonly position: Position;
  readonly type: Event['type'];
  readonly data: Event['data'];
  readonly metadata: Metadata;
}

/** A recorded domain event of a closed union, with its data narrowed by its type. */
export type RecordedOf<Event extends DomainEvent> = Event extends DomainEvent
  ? RecordedEvent & { readonly type: Event['type']; readonly data: Event['data'] }
  : never;
