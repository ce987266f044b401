import { MESSAGE_TYPES, PREFIXES, streams, type Position, type RewardEventEvent, type Upcast } from '@rewards/contracts';
import { rewardEvent, type RewardEventState } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';
import type { Grant } from '@rewards/service-kit/deliveries';
import type { OutgoingMessage } from '../sender';
import { grantOf } from './grants';
import type { OpenDelivery } from './open-delivery';

/** Reward events whose names are kept. */
const MAX_EVENTS = 1_000;
/** Grants that are read with one call. */
const PAGE = 200;

/** What a message says about its reward event, from a position on. */
interface EventFacts {
  readonly position: Position;
  readonly name: string;
  /** Count of the last milestone. */
  readonly count: number;
}

/** Composes messages: the same for every attempt, because they say what held at the position of the grant. */
export class Messages {
  private readonly events = new Map<string, readonly EventFacts[]>();
  /** Counts the changes of events, so that no older state is remembered after a change. */
  private changes = 0;

  constructor(
    private readonly store: Pick<EventStore, 'readStream' | 'eventsAt'>,
    private readonly upcast: Upcast,
  ) {}

  /** Returns the message of a delivery; null until `load` has read what it says. */
  find(delivery: OpenDelivery): OutgoingMessage | null {
    const { grant, source } = delivery;
    const facts = this.events.get(source.eventId)?.findLast(({ position }) => position < source.position);
    return grant && facts ? messageOf(delivery, grant, facts) : null;
  }

  /** Reads what the message of a delivery says. @throws errors of the engine; Error if this version cannot read it */
  async load(delivery: OpenDelivery): Promise<void> {
    await this.loadGrants([delivery]);
    const { eventId } = delivery.source;
    for (let isRead = this.find(delivery) !== null; !isRead;) {
      const before = this.changes;
      const facts = await this.readEvent(eventId);
      // What an event said before it changed meanwhile is not remembered for later grants.
      isRead = before === this.changes;
      if (isRead) this.remember(eventId, facts);
    }
    if (!this.find(delivery)) throw new Error(`the log has no reward event ${eventId} before ${delivery.source.position}`);
  }

  /** Reads the grants of deliveries, many at a time. @throws errors of the engine; Error if the log has no such grant */
  async loadGrants(deliveries: readonly OpenDelivery[]): Promise<void> {
    const missing = deliveries.filter(({ grant }) => grant === null);
    for (let first = 0; first < missing.length; first += PAGE) {
      const page = missing.slice(first, first + PAGE);
      const recorded = await this.store.eventsAt(page.map(({ source }) => source.position));
      const grants = new Map(recorded.map((one) => [one.position, grantOf(one, this.upcast)]));
      for (const delivery of page) {
        const grant = grants.get(delivery.source.position);
        if (!grant) throw new Error(`the log has no grant at ${delivery.source.position}`);
        delivery.grant = grant;
      }
    }
  }

  /** Forgets an event that changed. */
  changed(stream: string): void {
    this.events.delete(stream.slice(PREFIXES.rewardEvent.length));
    this.changes += 1;
  }

  clear(): void {
    this.events.clear();
  }

  private async readEvent(eventId: string): Promise<readonly EventFacts[]> {
    const facts: EventFacts[] = [];
    let state: RewardEventState = rewardEvent.initial;
    for (const recorded of await this.store.readStream(streams.rewardEvent(eventId))) {
      state = rewardEvent.evolve(state, this.upcast<RewardEventEvent>(recorded));
      if (state.situation !== 'existing') continue;
      const { name, condition } = state;
      const last = facts.at(-1);
      if (last?.name !== name || last.count !== condition.count)
        facts.push({ position: recorded.position, name, count: condition.count });
    }
    return facts;
  }

  private remember(eventId: string, facts: readonly EventFacts[]): void {
    this.events.set(eventId, facts);
    for (const oldest of this.events.keys()) {
      if (this.events.size <= MAX_EVENTS) return;
      this.events.delete(oldest);
    }
  }
}

const messageOf = ({ source }: OpenDelivery, { data }: Grant, { name, count }: EventFacts): OutgoingMessage => {
  const { deliveryId, kind, claimId, accountId, eventId, rewardName, type, amount, at, position } = source;
  const { cycle = null, milestone = count, target = null, itemCode = null } = data;
  const body = {
    type: MESSAGE_TYPES[kind],
    timestamp: at,
    data: {
      deliveryId,
      claimId,
      eventId,
      eventName: name,
      cycle,
      milestone,
      accountId,
      target,
      rewardName,
      type,
      itemCode,
      amount,
      claimedAt: at,
      position,
    },
  };
  return { id: deliveryId, type: body.type, accountId, at, body: JSON.stringify(body) };
};
