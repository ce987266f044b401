import type { AccountEvent, LoginEvent } from './account';
import type { Actor } from './domain-event';

/** Topics of the message bus; every message is keyed by `accountId`. */
export const TOPICS = ['logins', 'accounts'] as const;
export type Topic = (typeof TOPICS)[number];

/** What travels on the bus: a fact of auth-service, with what its metadata will need. */
export interface AccountMessage {
  /** Unique per message; for a login it is the `loginId`. */
  readonly messageId: string;
  readonly event: LoginEvent | AccountEvent;
  readonly actor: Actor;
  readonly correlationId: string;
  readonly traceparent?: string;
}

/** The topic on which a fact of auth-service travels. */
export const topicOf = (event: AccountMessage['event']): Topic => (event.type === 'LoggedIn' ? 'logins' : 'accounts');
