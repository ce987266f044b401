import {
  streams,
  upcast,
  type LoginEvent,
  type ParticipationEvent,
  type Position,
  type RecordedEvent,
  type RewardEventEvent,
} from '@rewards/contracts';
import { rewardEvent, type ExistingRewardEvent } from '@rewards/domain';
import type { EventStore } from '@rewards/event-store';

/** A fact of one stream, in today's shape. */
export interface StreamFact<Event> {
  readonly revision: number;
  readonly event: Event;
}

/** What a question about the past is asked for: now, a time (ISO 8601 UTC with milliseconds), or a place in the log. */
export type AsOf = { readonly time: string } | { readonly position: Position } | null;

const DAY_MS = 86_400_000;
/** Logins shortly outside of the window are asked about too. */
const MARGIN_MS = 7 * DAY_MS;

/** What the log says of one account in one event. */
export class ParticipationLog {
  constructor(private readonly events: EventStore) {}

  /** The event as each of its facts left it, in their order; empty for one that does not exist. */
  async versionsOfEvent(eventId: string): Promise<readonly ExistingRewardEvent[]> {
    const facts = await this.read<RewardEventEvent>(streams.rewardEvent(eventId));
    const versions: ExistingRewardEvent[] = [];
    for (const { event } of facts) {
      const state = rewardEvent.evolve(versions.at(-1) ?? rewardEvent.initial, event);
      if (state.situation === 'existing') versions.push(state);
    }
    return versions;
  }

  async isAccount(accountId: string): Promise<boolean> {
    return (await this.events.readStream(streams.account(accountId))).length > 0;
  }

  /**
   * The facts that were recorded then. Those of one stream are recorded in their order, so what stands after the first that is
   * later than a time was not there at that time, a login that arrived late included.
   */
  async participation(eventId: string, accountId: string, asOf: AsOf): Promise<readonly StreamFact<ParticipationEvent>[]> {
    const stream = streams.participation(eventId, accountId);
    const recorded = await this.events.readStream(stream);
    if (asOf && 'position' in asOf) {
      return recorded.filter(({ position }) => position <= asOf.position).map((each) => toFact<ParticipationEvent>(each));
    }
    const facts = recorded.map((each) => toFact<ParticipationEvent>(each));
    const later = asOf ? facts.findIndex(({ event }) => event.data.at > asOf.time) : -1;
    return later === -1 ? facts : facts.slice(0, later);
  }

  /** The logins of an account in and about a window, until now, a stream for each month, so that a long log costs nothing. */
  async logins(accountId: string, startsAt: string, endsAt: string, now: string): Promise<readonly LoginEvent['data'][]> {
    const last = Math.min(Date.parse(endsAt) + MARGIN_MS, Date.parse(now) + DAY_MS);
    const months = monthsBetween(Date.parse(startsAt) - MARGIN_MS, last);
    const found = await Promise.all(months.map((month) => this.read<LoginEvent>(streams.login(accountId, month))));
    return found.flatMap((facts) => facts.map(({ event }) => event.data));
  }

  private async read<Event>(stream: string): Promise<readonly StreamFact<Event>[]> {
    return (await this.events.readStream(stream)).map((recorded) => toFact<Event>(recorded));
  }
}

const toFact = <Event>(recorded: RecordedEvent): StreamFact<Event> => ({
  revision: recorded.revision,
  event: upcast(recorded) as unknown as Event,
});

/** The UTC months that a span touches, yyyy-mm. */
const monthsBetween = (from: number, to: number): readonly string[] => {
  const months: string[] = [];
  const start = new Date(from);
  for (let offset = 0; ; offset += 1) {
    const month = new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + offset));
    if (month.getTime() > to) return months;
    months.push(month.toISOString().slice(0, 7));
  }
};
