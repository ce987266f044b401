import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  type ConsistencyToken,
  type ParticipationStatus,
  type ParticipationView,
  type Position,
  type RewardBalance,
  type RewardEventView,
  type Role,
  streams,
  untouched,
} from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import { promisedRewards } from '@rewards/domain';
import { AccountDirectory } from '../accounts/account-directory';
import { Clock } from '@rewards/service-kit/clock';
import { hiddenFilters } from '../events/event-visibility';
import { findEvent } from '../events/events.queries';
import type { OwnLogin } from '../read-models/counted-logins';
import type { Page, PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';

/** Progress of one account in one event. */
export interface ProgressRow {
  readonly eventId: string;
  readonly accountId: string;
  readonly status: ParticipationStatus;
  readonly progress: number;
  readonly required: number;
  readonly rewards: readonly RewardBalance[];
  readonly completedAt: string | null;
  readonly claimsUntil: string;
}

export class GetProgress extends Query<ProgressRow> {
  constructor(
    readonly eventId: string,
    readonly accountId: string,
    readonly roles: readonly Role[],
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
    private readonly clock: Clock,
  ) {}

  async execute({ eventId, accountId, roles, atLeast, afterLogin }: GetProgress): Promise<ProgressRow> {
    const login = ownLogin(accountId, afterLogin);
    const { events, participations } = await this.readModels.open(['events', 'participations'], atLeast, login);
    const event = await findEvent(events, eventId, roles, this.clock.iso());
    const participation = await participations.get(streams.participation(eventId, accountId));
    return participation ? toProgressRow(participation.document, event) : notStarted(accountId, event);
  }
}

const ownLogin = (accountId: string, loginId: string | null): OwnLogin | null =>
  loginId === null ? null : { accountId, loginId };

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

@QueryHandler(ListParticipants)
export class ListParticipantsHandler implements IQueryHandler<ListParticipants> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
  ) {}

  async execute({ eventId, filter, roles, after, limit, atLeast }: ListParticipants): Promise<PlacedPage<ParticipantRow>> {
    const { events, participations } = await this.readModels.open(['events', 'participations'], atLeast);
    const event = await findEvent(events, eventId, roles, this.clock.iso());
    const accountId = await this.accounts.findAccount(filter);
    if (accountId === null) return { rows: [], places: [], next: null };
    const found =
      accountId === undefined
        ? await participations.find({
            where: { eventId, status: filter.status, startedPosition: after === null ? undefined : { lt: after } },
            orderBy: { field: 'startedPosition', direction: 'descending' },
            limit: limit + 1,
          })
        : await findOne(participations, eventId, accountId, filter.status, after);
    const views = found.slice(0, limit).map(({ document }) => document);
    const emails = await this.accounts.emailsOf(views.map((view) => view.accountId));
    return {
      rows: views.map((view) => ({ ...toProgressRow(view, event), email: emails.get(view.accountId) ?? null })),
      places: views.map(({ startedPosition }) => startedPosition),
      next: found.length > limit ? (views.at(-1)?.startedPosition ?? null) : null,
    };
  }
}

/** Lists the participation of one account, which is one document at most: reading it by id is faster than any index. */
const findOne = async (
  participations: Collection<ParticipationView>,
  eventId: string,
  accountId: string,
  status: ParticipationStatus | undefined,
  after: Position | null,
): Promise<readonly { readonly document: ParticipationView }[]> => {
  const stored = await participations.get(streams.participation(eventId, accountId));
  if (!stored) return [];
  const { document } = stored;
  const isMatching = status === undefined || document.status === status;
  return isMatching && (after === null || document.startedPosition < after) ? [stored] : [];
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

/** Before the completion, the rewards are those that a completion now would promise. */
export const toProgressRow = (view: ParticipationView, event: RewardEventView): ProgressRow => ({
  eventId: view.eventId,
  accountId: view.accountId,
  status: view.status,
  progress: view.progress,
  required: view.condition.count,
  rewards: view.status === 'COMPLETED' ? view.rewards : promisedRewards(view.rewards, event.rewards).map(untouched),
  completedAt: view.completedAt,
  claimsUntil: event.claimsUntil,
});

const notStarted = (accountId: string, event: RewardEventView): ProgressRow => ({
  eventId: event.eventId,
  accountId,
  status: 'NOT_STARTED',
  progress: 0,
  required: event.condition.count,
  rewards: event.rewards.map(untouched),
  completedAt: null,
  claimsUntil: event.claimsUntil,
});
