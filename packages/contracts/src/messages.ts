import type { AccountEvent, LoginEvent } from './account';
import type { Actor } from './domain-event';

/** Topics of the message bus; every message is keyed by `accountId`. */
export const TOPICS = ['logins', 'accounts'] as const;
export type Topic = (typeof TOPICS)[number];

/** A fact on its way to the log: the `messageId` is the message's own until it is recorded. */
export type Announced<Event extends AccountEvent> = Event extends AccountEvent
  ? { readonly type: Event['type']; readonly data: Omit<Event['data'], 'messageId'> }
  : never;

/** What travels on the bus: a fact of auth-service, with what its metadata will need. */
export interface AccountMessage {
  /** Unique per message; for a login it is the `loginId`. */
  readonly messageId: string;
  readonly event: LoginEvent | Announced<AccountEvent>;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly traceparent?: string;
}

/** The topic on which a fact of auth-service travels. */
export const topicOf = (event: AccountMessage['event']): Topic => (event.type === 'LoggedIn' ? 'logins' : 'accounts');
