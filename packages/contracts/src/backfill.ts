import type { DomainEvent } from './domain-event';
import type { Position } from './position';

/**
 * These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse.
 * States that all logins recorded before `position` are counted for an event whose window began before its publication.
 */
export type BackfillEvent = DomainEvent<
  'LoginsBackfilled',
  { readonly eventId: string; readonly position: Position; readonly at: string }
>;
