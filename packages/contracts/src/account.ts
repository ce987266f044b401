import type { DomainEvent } from './domain-event';
import type { Role } from './roles';

/** These names and shapes are the storage format. Add optional fields or new types; never rename, never reuse. */
export type LoginEvent = DomainEvent<'LoggedIn', { readonly loginId: string; readonly accountId: string; readonly at: string }>;

/**
 * These names and shapes are the storage format. They never contain an e-mail, password or address.
 * `messageId` is the id of the bus message with the fact, and deduplicates redelivered messages.
 */
export type AccountEvent =
  | DomainEvent<
      'AccountRegistered',
      { readonly messageId: string; readonly accountId: string; readonly roles: readonly Role[]; readonly at: string }
    >
  | DomainEvent<
      'RolesChanged',
      { readonly messageId: string; readonly accountId: string; readonly roles: readonly Role[]; readonly at: string }
    >
  | DomainEvent<'AccountErased', { readonly messageId: string; readonly accountId: string; readonly at: string }>;
