import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  type ConsistencyToken,
  type ParticipationView,
  type Position,
  type RewardEventView,
  type Role,
  streams,
} from '@rewards/contracts';
import type { Collection, Stored } from '@rewards/document-store';
import { AccountDirectory } from '../accounts/account-directory';
import { Clock } from '@rewards/service-kit/clock';
import { hiddenFilters } from '../events/event-visibility';
import { findEvent, type EventRow } from '../events/events.queries';
import { narrowedCycle, requestedCycle } from '../events/requested-cycle';
import type { OwnLogin } from '../read-models/counted-logins';
import type { Page, PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';
import { ParticipationLog } from '../time-travel/participation-log';
import { notStarted, termsOfView, toProgressRow, type ProgressRow } from './progress-row';

/** A progress row with the newest counted days, ascending; none if the condition does not depend on days. */
export interface OwnProgress extends ProgressRow {
  readonly days: readonly string[];
}

export class GetProgress extends Query<OwnProgress> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
    readonly roles: readonly Role[],
    /** First day of a cycle; by default, the cycle of the current time. */
    readonly cycle: string | undefined,
    readonly atLeast: ConsistencyToken | null,
    /** A login of the account whose effect the query must reflect. */
    readonly afterLogin: string | null,
  ) {
    super();
  }
}

@QueryHandler(GetProgress)
export class GetProgressHandler implements IQueryHandler<GetProgress> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly log: ParticipationLog,
    private readonly clock: Clock,
  ) {}

  async execute({ eventId, accountId, roles, cycle: named, atLeast, afterLogin }: GetProgress): Promise<OwnProgress> {
    const login = ownLogin(accountId, afterLogin, eventId);
    const { events, participations } = await this.readModels.open(['events', 'participations'], atLeast, login);
    const at = this.clock.iso();
    const event = await findEvent(events, eventId, roles, at);
    const cycle = requestedCycle(event, named, at);
    const participation = await participations.get(streams.participation(eventId, accountId, cycle));
    if (!participation) return { ...notStarted(accountId, cycle, event), days: [] };
    return { ...toProgressRow(participation.document, event), days: await this.daysOf(participation, event) };
  }

  private async daysOf({ id, document, position }: Stored<ParticipationView>, event: EventRow): Promise<readonly string[]> {
    if (termsOfView(document, event).condition.type === 'LOGIN_COUNT') return [];
    return document.days ?? this.log.daysOf(id, position);
  }
}

const ownLogin = (accountId: string, loginId: string | null, eventId?: string): OwnLogin | null =>
  loginId === null ? null : { accountId, loginId, eventId };

/** Lists an account's own participations in all events, newest first. */
export class ListParticipations extends Query<Page<ProgressRow>> {
  constructor(
    readonly accountId: string,
    readonly roles: readonly Role[],
    readonly page: number,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
    /** A login of the account whose effect the query must reflect. */
    readonly afterLogin: string | null,
  ) {
    super();
  }
}

@QueryHandler(ListParticipations)
export class ListParticipationsHandler implements IQueryHandler<ListParticipations> {
  constructor(private readonly readModels: ReadModelStore) {}

  async execute({ accountId, roles, page, limit, atLeast, afterLogin }: ListParticipations): Promise<Page<ProgressRow>> {
    const login = ownLogin(accountId, afterLogin);
    const { events, participations } = await this.readModels.open(['events', 'participations'], atLeast, login);
    const hidden = await hiddenEventIds(events, roles);
    const where = { accountId, ...(hidden.length > 0 && { eventId: { notIn: hidden } }) };
    const [found, total] = await Promise.all([
      participations.find({
        where,
        orderBy: { field: 'startedPosition', direction: 'descending' },
        limit,
        offset: (page - 1) * limit,
      }),
      participations.count(where),
    ]);
    const ids = found.map(({ document }) => streams.rewardEvent(document.eventId));
    const joined = await events.getMany(ids);
    const rows = found.flatMap(({ document }) => {
      const event = joined.get(streams.rewardEvent(document.eventId))?.document;
      // Each read model catches up independently, so a participation may be readable shortly before its event.
      return event ? [toProgressRow(document, event)] : [];
    });
    return { rows, total };
  }
}

/** A progress row with the e-mail of its account; null if the account was erased. */
export interface ParticipantRow extends ProgressRow {
  readonly email: string | null;
}

/** Selects the participations of a list. An omitted field does not filter. */
export interface ParticipantFilter {
  /** First day of a cycle. */
  readonly cycle?: string;
  readonly status?: ParticipationView['status'];
  /** Of the account, lower-cased. */
  readonly email?: string;
}

/** Lists the participations in one event, latest start first. */
export class ListParticipants extends Query<PlacedPage<ParticipantRow>> {
  constructor(
    readonly eventId: string,
    readonly filter: ParticipantFilter,
    readonly roles: readonly Role[],
    /** `startedPosition` of the last row of the previous page. */
    readonly after: Position | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

/** A filter whose e-mail was resolved to the account that had it then; null if there was no such account. */
export type ResolvedParticipantFilter = Pick<ParticipationSelection, 'cycle' | 'status' | 'accountId'> | null;

/** Reads the participations of lists and exports. */
export class ParticipantReader {
  constructor(
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
  ) {}

  /** @throws Rejected NO_SUCH_EVENT */
  event(events: Collection<RewardEventView>, eventId: string, roles: readonly Role[]): Promise<EventRow> {
    return findEvent(events, eventId, roles, this.clock.iso());
  }

  /** @throws Rejected NO_SUCH_CYCLE, or UNKNOWN_ZONE */
  async resolve({ cycle: named, status, email }: ParticipantFilter, event: EventRow): Promise<ResolvedParticipantFilter> {
    const cycle = narrowedCycle(event, named, this.clock.iso());
    const accountId = await this.accounts.findAccount({ email });
    return accountId === null ? null : { cycle, status, accountId };
  }

  /** Reads one page, latest start first. */
  async page(
    participations: Collection<ParticipationView>,
    event: EventRow,
    filter: ResolvedParticipantFilter,
    after: Position | null,
    limit: number,
  ): Promise<PlacedPage<ParticipantRow>> {
    if (filter === null) return { rows: [], places: [], next: null };
    const found = await findParticipations(participations, event, { ...filter, after, limit: limit + 1 });
    const views = found.slice(0, limit).map(({ document }) => document);
    const emails = await this.accounts.emailsOf(views.map((view) => view.accountId));
    return {
      rows: views.map((view) => ({ ...toProgressRow(view, event), email: emails.get(view.accountId) ?? null })),
      places: views.map(({ startedPosition }) => startedPosition),
      next: found.length > limit ? (views.at(-1)?.startedPosition ?? null) : null,
    };
  }
}

@QueryHandler(ListParticipants)
export class ListParticipantsHandler implements IQueryHandler<ListParticipants> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: ParticipantReader,
  ) {}

  async execute({ eventId, filter, roles, after, limit, atLeast }: ListParticipants): Promise<PlacedPage<ParticipantRow>> {
    const { events, participations } = await this.readModels.open(['events', 'participations'], atLeast);
    const event = await this.rows.event(events, eventId, roles);
    return this.rows.page(participations, event, await this.rows.resolve(filter, event), after, limit);
  }
}

interface ParticipationSelection {
  readonly accountId: string | undefined;
  readonly cycle: string | undefined;
  readonly status: ParticipationView['status'] | undefined;
  readonly after: Position | null;
  readonly limit: number;
}

type Found = readonly { readonly document: ParticipationView }[];

const findParticipations = async (
  participations: Collection<ParticipationView>,
  event: EventRow,
  { accountId, ...selection }: ParticipationSelection,
): Promise<Found> => {
  if (accountId !== undefined) return findOfAccount(participations, accountId, event, selection);
  const { cycle, status, after, limit } = selection;
  return participations.find({
    where: { eventId: event.eventId, cycle, status, startedPosition: after === null ? undefined : { lt: after } },
    orderBy: { field: 'startedPosition', direction: 'descending' },
    limit,
  });
};

/**
 * Lists the participations of one account in one event. The one of an event without cycles, or of one cycle, is read by its id.
 * Otherwise there are few, so the status is compared here: in the query, it would lead the engine to a larger index.
 */
const findOfAccount = async (
  participations: Collection<ParticipationView>,
  accountId: string,
  event: EventRow,
  { cycle, status, after, limit }: Omit<ParticipationSelection, 'accountId'>,
): Promise<Found> => {
  const { eventId } = event;
  const isMatching = ({ document }: Found[number]) =>
    (status === undefined || document.status === status) && (after === null || document.startedPosition < after);
  if (event.cycle === undefined || cycle !== undefined) {
    const stored = await participations.get(streams.participation(eventId, accountId, cycle ?? null));
    return stored ? [stored].filter(isMatching) : [];
  }
  const matching: Found[number][] = [];
  for (let last = after; matching.length < limit;) {
    const found: Found = await participations.find({
      where: { accountId, eventId, startedPosition: last === null ? undefined : { lt: last } },
      orderBy: { field: 'startedPosition', direction: 'descending' },
      limit,
    });
    matching.push(...found.filter(isMatching));
    last = found.at(-1)?.document.startedPosition ?? null;
    if (found.length < limit) break;
  }
  return matching.slice(0, limit);
};

const HIDDEN_PER_READ = 1_000;

const hiddenEventIds = async (events: Collection<RewardEventView>, roles: readonly Role[]): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (const where of hiddenFilters(roles)) {
    for (let offset = 0; ; offset += HIDDEN_PER_READ) {
      const found = await events.find({ where, limit: HIDDEN_PER_READ, offset });
      ids.push(...found.map(({ document }) => document.eventId));
      if (found.length < HIDDEN_PER_READ) break;
    }
  }
  return ids;
};
