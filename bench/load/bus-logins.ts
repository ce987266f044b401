import { randomUUID } from 'node:crypto';
import { PREFIXES, toBusMessage } from '@rewards/contracts';
import type { EventStore } from '@rewards/event-store';
import type { MessageBus } from '@rewards/message-bus';
import { openEventStore, openMessageBus } from '@rewards/service-kit/engines';
import type { DataSet } from '../world/data-set';

/** A login of a player, by number. */
export interface BusLogin {
  readonly player: number;
  /** Time of the login, in milliseconds since 1970. */
  readonly at: number;
}

const PUBLISHED_AT_ONCE = 500;

/** Publishes logins on the bus, as auth-service does, and follows the log until they are counted. */
export class BusLogins {
  readonly store: EventStore;
  private readonly bus: MessageBus;

  constructor(private readonly data: DataSet) {
    this.store = openEventStore(data.settings, 'read');
    this.bus = openMessageBus(data.settings);
  }

  /** @returns the seconds from the first publication until the log has this many more counted logins, over all events */
  async count(logins: readonly BusLogin[], counted: number): Promise<number> {
    const ended = new AbortController();
    try {
      const after = await this.store.head();
      const startedAt = performance.now();
      for (let from = 0; from < logins.length; from += PUBLISHED_AT_ONCE) {
        const messages = logins.slice(from, from + PUBLISHED_AT_ONCE).map((login) => this.messageOf(login));
        await this.bus.publish('logins', messages);
      }
      let missing = counted;
      for await (const batch of this.store.subscribe({ after, prefixes: [PREFIXES.participation], signal: ended.signal })) {
        for (const { type } of batch.events) if (type === 'LoginCounted') missing -= 1;
        if (missing <= 0) break;
      }
      return (performance.now() - startedAt) / 1_000;
    } finally {
      ended.abort();
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.store.close(), this.bus.close()]);
  }

  private messageOf({ player, at }: BusLogin) {
    const [loginId, accountId] = [randomUUID(), this.data.ids.account(player)];
    const data = { loginId, accountId, at: new Date(at).toISOString() };
    const actor = { accountId, roles: ['USER'] } as const;
    return toBusMessage({ messageId: loginId, event: { type: 'LoggedIn', data }, actor, correlationId: 'bench' });
  }
}
