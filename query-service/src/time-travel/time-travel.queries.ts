import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, Position, RecordedEvent, Terms } from '@rewards/contracts';
import { participation, termsOfParticipation, UnknownTerms, type ParticipationState } from '@rewards/domain';
import { NO_STREAM, type FoldedStream, type UnreadableEvent } from '@rewards/event-store';
import { parsePathId } from '@rewards/service-kit';
import { AccountDirectory } from '../accounts/account-directory';
import { requestedCycle } from '../events/requested-cycle';
import { Clock } from '@rewards/service-kit/clock';
import { HeavyReads } from '../heavy-reads';
import { explain, type Explanation } from './explain';
import { ParticipationLog, type EventVersion } from './participation-log';
import { recordedBy } from './recorded-by';
import { reject } from '../queries.problems';

/** The moment of a query: a time (ISO 8601 UTC with milliseconds), a place in the log, or null for now. */
export type AsOf = { readonly time: string } | { readonly place: string } | null;

/** Selects a page of the domain events of a stream. */
export interface EventsPage {
  readonly fromRevision: number;
  readonly limit: number;
}

/** A participation, folded from its stream. */
export interface PastParticipation {
  /** First day of the cycle; null in an event without cycles. */
  readonly cycle: string | null;
  /** Folded from the whole stream. The state before the first unreadable event, if there is one. */
  readonly state: ParticipationState;
  /** The terms of the participation; null if they cannot be read. */
  readonly terms: Terms | null;
  /** The event as it was then. */
  readonly event: EventVersion;
  /** Revision of the last event of the whole stream, `NO_STREAM` if it has none. */
  readonly revision: number;
  /** One page of the events. */
  readonly events: readonly RecordedEvent[];
  readonly page: EventsPage;
  readonly unreadable: readonly UnreadableEvent[];
}

export class GetParticipationAsOf extends Query<PastParticipation> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
    /** First day of a cycle; by default, the cycle of the moment. */
    readonly cycle: string | undefined,
    readonly asOf: AsOf,
    readonly page: EventsPage,
    readonly atLeast: ConsistencyToken | null,
    /** Ends the read. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(GetParticipationAsOf)
export class GetParticipationAsOfHandler implements IQueryHandler<GetParticipationAsOf> {
  constructor(
    private readonly log: ParticipationLog,
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
    private readonly heavyReads: HeavyReads,
  ) {}

  execute(query: GetParticipationAsOf): Promise<PastParticipation> {
    return this.heavyReads.run(query.signal, () => withNewestTerms(() => this.read(query)));
  }

  private async read(query: GetParticipationAsOf): Promise<PastParticipation> {
    const { eventId, accountId, asOf, page, atLeast, signal } = query;
    await this.log.requireWrite(atLeast);
    const position = asOf && 'place' in asOf ? await this.log.place(asOf.place, 'asOf') : null;
    const { versions, unreadable } = await requireEventAndAccount(this.log, this.accounts, eventId, accountId);
    signal.throwIfAborted();
    const now = this.clock.iso();
    const time = asOf && 'time' in asOf ? asOf.time : position === null ? now : ((await this.log.timeAt(position)) ?? now);
    const event = versionAt(versions, position ?? (asOf && 'time' in asOf ? { time: asOf.time } : null));
    const cycle = (await this.recordedCycle(query, position)) ?? requestedCycle(event, query.cycle, time);
    const all = await this.log.participation(eventId, accountId, cycle);
    const times = { since: versions[0].createdAt, now };
    const events =
      position !== null
        ? all.filter((event) => event.position <= position)
        : asOf && 'time' in asOf
          ? recordedBy(all, asOf.time, times)
          : all;
    const folded = this.log.fold(events);
    const shown = events.filter(({ revision }) => revision >= page.fromRevision).slice(0, page.limit);
    const state = stateOf(folded);
    const terms = readableTerms(state, versions, unreadable);
    return {
      cycle,
      state,
      terms,
      event,
      revision: events.at(-1)?.revision ?? NO_STREAM,
      events: this.log.upcastReadable(shown),
      page,
      unreadable: [...(terms ? [] : unreadable), ...(folded.unreadable ? [folded.unreadable] : [])],
    };
  }

  /**
   * Returns the cycle that a query names if something was recorded of it up to the position, so that it had begun. The time of a
   * position does not always show that: the position of a late login has the time of the login.
   */
  private async recordedCycle(
    { eventId, accountId, cycle }: GetParticipationAsOf,
    position: Position | null,
  ): Promise<string | null> {
    if (cycle === undefined || position === null) return null;
    const [first] = await this.log.participation(eventId, accountId, cycle);
    return first && first.position <= position ? cycle : null;
  }
}

/** Returns the event as it was at a position or a time; before its creation, as it was created. */
const versionAt = (versions: Versions, moment: Position | { readonly time: string } | null): EventVersion => {
  if (moment === null) return versions.at(-1) ?? versions[0];
  const hasHappened = ({ position, at }: EventVersion) => (typeof moment === 'string' ? position <= moment : at <= moment.time);
  return versions.findLast(hasHappened) ?? versions[0];
};

/** Reads again if a participation started with terms that were recorded after its event was read. */
const withNewestTerms = async <Result>(read: () => Promise<Result>): Promise<Result> => {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof UnknownTerms)) throw error;
    return read();
  }
};

/** Returns the terms of a participation; null if an unreadable event of its reward event hides them. @throws UnknownTerms */
export const readableTerms = (
  state: ParticipationState,
  versions: Versions,
  unreadable: readonly UnreadableEvent[],
): Terms | null => {
  try {
    return termsOfParticipation(state, versions.at(-1) ?? versions[0]);
  } catch (error) {
    if (error instanceof UnknownTerms && unreadable.length > 0) return null;
    throw error;
  }
};

/** An explanation. `unreadable` is omitted if all events could be read. */
export interface ExplainedParticipation extends Explanation {
  readonly unreadable?: readonly UnreadableEvent[];
}

export class ExplainParticipation extends Query<ExplainedParticipation> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
    /** First day of a cycle; by default, the cycle of the current time. */
    readonly cycle: string | undefined,
    readonly atLeast: ConsistencyToken | null,
    /** Ends the reads. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(ExplainParticipation)
export class ExplainParticipationHandler implements IQueryHandler<ExplainParticipation> {
  constructor(
    private readonly log: ParticipationLog,
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
    private readonly heavyReads: HeavyReads,
  ) {}

  execute(query: ExplainParticipation): Promise<ExplainedParticipation> {
    return this.heavyReads.run(query.signal, () => withNewestTerms(() => this.read(query)));
  }

  private async read(query: ExplainParticipation): Promise<ExplainedParticipation> {
    const { eventId, accountId, atLeast, signal } = query;
    await this.log.requireWrite(atLeast);
    const { versions, registeredAt, unreadable } = await requireEventAndAccount(this.log, this.accounts, eventId, accountId);
    signal.throwIfAborted();
    const at = this.clock.iso();
    const event = versions.at(-1) ?? versions[0];
    const { startsAt, endsAt } = event;
    const cycle = requestedCycle(event, query.cycle, at);
    const folded = this.log.fold(await this.log.participation(eventId, accountId, cycle));
    const state = stateOf(folded);
    const terms = readableTerms(state, versions, unreadable);
    const known = state.status === 'NOT_STARTED' ? [] : state.logins.values().map((login) => login.at);
    const logins = await this.log.logins({ accountId, startsAt, endsAt, registeredAt, now: at, known }, signal);
    const all = [...unreadable, ...(folded.unreadable ? [folded.unreadable] : []), ...logins.unreadable];
    // Unreadable logins block nothing, because the participation contains the counted logins.
    const blocking = unreadable[0] ?? folded.unreadable;
    const explanation = explain({ versions, cycle, participation: state, terms, logins: logins.found, unreadable: blocking, at });
    return { ...explanation, ...(all.length > 0 && { unreadable: all }) };
  }
}

/** Returns the state before the first unreadable event. */
export const stateOf = ({ states }: FoldedStream<ParticipationState>): ParticipationState =>
  states.at(-1) ?? participation.initial;

type Versions = readonly [EventVersion, ...EventVersion[]];

interface EventAndAccount {
  /** The state of the event after each of its domain events. */
  readonly versions: Versions;
  readonly registeredAt: string | null;
  readonly unreadable: readonly UnreadableEvent[];
}

/** @throws Rejected for an event or account that does not exist, and for an event that cannot be read at all */
const requireEventAndAccount = async (
  log: ParticipationLog,
  accounts: AccountDirectory,
  eventId: string,
  accountId: string,
): Promise<EventAndAccount> => {
  [eventId, accountId].forEach(parsePathId);
  const [{ found, unreadable }, isListed, registeredAt] = await Promise.all([
    log.versionsOfEvent(eventId),
    accounts.has(accountId),
    log.registeredAt(accountId),
  ]);
  const [first, ...later] = found;
  if (!first && unreadable[0]) return reject('UNREADABLE_EVENT', { message: unreadable[0].message });
  if (!first) return reject('NO_EVENT_OF_PARTICIPATION');
  if (!isListed && registeredAt === undefined) {
    return reject('NO_ACCOUNT_OF_PARTICIPATION');
  }
  return { versions: [first, ...later], registeredAt: registeredAt ?? null, unreadable };
};
