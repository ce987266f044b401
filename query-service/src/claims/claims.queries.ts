import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { streams, type ClaimView, type ConsistencyToken, type DeliveryView, type RewardEventView } from '@rewards/contracts';
import type { Collection, Filter } from '@rewards/document-store';
import { AccountDirectory } from '../accounts/account-directory';
import { Clock } from '@rewards/service-kit/clock';
import { claimIdIn, type ClaimWithDelivery } from '@rewards/service-kit/resources/claim.responses';
import { findNewestFirst } from '../read-models/order';
import type { PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';
import { reject } from '../queries.problems';

/** Selects the claims of a list. An omitted field does not filter. Times are ISO 8601 UTC with milliseconds. */
export interface ClaimFilter {
  readonly eventId?: string;
  /** First day of a cycle; of a rejected claim, as it was requested. */
  readonly cycle?: string;
  /** Count of a milestone, the last one included. */
  readonly milestone?: number;
  readonly accountId?: string;
  /** Of the account, lower-cased. */
  readonly email?: string;
  readonly requestId?: string;
  readonly rewardName?: string;
  readonly status?: ClaimView['status'];
  readonly reason?: string;
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
}

/** A claim with its delivery, whose `milestone` is a count, also for the last milestone; null only if its event is unknown. */
export type OwnClaimRow = ClaimWithDelivery;

/** A claim with the e-mail of its account; null if the account was erased. */
export interface ClaimRow extends OwnClaimRow {
  readonly email: string | null;
}

export class ListClaims extends Query<PlacedPage<ClaimRow>> {
  constructor(
    readonly filter: ClaimFilter,
    /** Place of the last row of the previous page. */
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

/**
 * A filter whose e-mail was resolved to the account that had it then, and its milestone to what documents contain; null if there was
 * no such account.
 */
export type ResolvedClaimFilter = OfMilestones | null;

interface OfMilestones extends Omit<ClaimFilter, 'email' | 'milestone'> {
  /** Any of these must hold. */
  readonly milestones: readonly Filter<ClaimView>[];
}

type Events = Pick<Collection<RewardEventView>, 'get' | 'getMany' | 'scan'>;
type Claims = Pick<Collection<ClaimView>, 'find'>;

/** The read models whose rows are joined to claims. */
export interface JoinedToClaims {
  readonly events: Events;
  readonly deliveries: Pick<Collection<DeliveryView>, 'find'>;
}

const EVENTS_PER_READ = 200;

/** Reads the claims of lists and exports. */
export class ClaimReader {
  constructor(
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
  ) {}

  async resolve({ email, milestone, ...filter }: ClaimFilter, events: Events): Promise<ResolvedClaimFilter> {
    const accountId = await this.accounts.findAccount({ ...filter, email });
    if (accountId === null) return null;
    return { ...filter, accountId, milestones: await milestoneFilters(milestone, filter.eventId, events) };
  }

  /** Reads one page, newest first. */
  async page(
    claims: Claims,
    joined: JoinedToClaims,
    filter: ResolvedClaimFilter,
    after: string | null,
    limit: number,
  ): Promise<PlacedPage<ClaimRow>> {
    if (filter === null) return { rows: [], places: [], next: null };
    const { rows, places, next } = await findClaims(claims, joined, filter, after, limit, this.clock.iso());
    const emails = await this.accounts.emailsOf(rows.map((row) => row.accountId));
    return { rows: rows.map((row) => ({ ...row, email: emails.get(row.accountId) ?? null })), places, next };
  }
}

@QueryHandler(ListClaims)
export class ListClaimsHandler implements IQueryHandler<ListClaims> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: ClaimReader,
  ) {}

  async execute({ filter, after, limit, atLeast }: ListClaims): Promise<PlacedPage<ClaimRow>> {
    const { claims, ...joined } = await this.readModels.open(['claims', 'events', 'deliveries'], atLeast);
    return this.rows.page(claims, joined, await this.rows.resolve(filter, joined.events), after, limit);
  }
}

export class ListOwnClaims extends Query<PlacedPage<OwnClaimRow>> {
  constructor(
    readonly accountId: string,
    readonly eventId: string | undefined,
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(ListOwnClaims)
export class ListOwnClaimsHandler implements IQueryHandler<ListOwnClaims> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  async execute({ accountId, eventId, after, limit, atLeast }: ListOwnClaims): Promise<PlacedPage<OwnClaimRow>> {
    const { claims, ...joined } = await this.readModels.open(['claims', 'events', 'deliveries'], atLeast);
    const granted = { accountId, eventId, status: 'SUCCESS', milestones: ANY_MILESTONE } as const;
    return findClaims(claims, joined, granted, after, limit, this.clock.iso());
  }
}

/** One granted claim. */
export class GetClaim extends Query<OwnClaimRow> {
  constructor(
    readonly claimId: string,
    /** The account that the claim must be of; null for any. */
    readonly accountId: string | null,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(GetClaim)
export class GetClaimHandler implements IQueryHandler<GetClaim> {
  constructor(private readonly readModels: ReadModelStore) {}

  async execute({ claimId, accountId, atLeast }: GetClaim): Promise<OwnClaimRow> {
    const { claims, ...joined } = await this.readModels.open(['claims', 'events', 'deliveries'], atLeast);
    const [found] = await claims.find({ where: { claimId }, limit: 1 });
    const claim = found?.document;
    if (!claim || (accountId !== null && claim.accountId !== accountId)) {
      return reject('NO_SUCH_CLAIM', { claimId });
    }
    const [row] = await toRows([claim], joined);
    return row ?? reject('NO_SUCH_CLAIM', { claimId });
  }
}

const findClaims = async (
  claims: Claims,
  joined: JoinedToClaims,
  { eventId, cycle, accountId, requestId, rewardName, status, reason, from, to, milestones }: OfMilestones,
  after: string | null,
  limit: number,
  now: string,
): Promise<PlacedPage<OwnClaimRow>> => {
  const where = { eventId, cycle, accountId, requestId, rewardName, status, reason };
  const page = await findNewestFirst(anyOf(claims, milestones), where, { from, to, after, limit, now });
  return { ...page, rows: await toRows(page.rows, joined) };
};

/** Filters by no milestone. */
export const ANY_MILESTONE: readonly Filter<ClaimView>[] = [{}];

/** Documents name the last milestone by null; of a rejected claim, they have what the client requested. */
const milestoneFilters = async (
  milestone: number | undefined,
  eventId: string | undefined,
  events: Events,
): Promise<readonly Filter<ClaimView>[]> => {
  if (milestone === undefined) return ANY_MILESTONE;
  if (eventId !== undefined) {
    const isLast = (await events.get(streams.rewardEvent(eventId)))?.document.condition.count === milestone;
    return isLast ? [{ milestone }, { milestone: null }] : [{ milestone }];
  }
  // There are few events, and the count is not a field that the document store can filter by.
  const withLast: string[] = [];
  for (let after: string | null = null; ;) {
    const read: Awaited<ReturnType<Events['scan']>> = await events.scan(after, EVENTS_PER_READ);
    withLast.push(...read.flatMap(({ document }) => (document.condition.count === milestone ? [document.eventId] : [])));
    after = read.at(-1)?.id ?? null;
    if (read.length < EVENTS_PER_READ) break;
  }
  return withLast.length === 0 ? [{ milestone }] : [{ milestone }, { milestone: null, eventId: { in: withLast } }];
};

/** Reads several lists of one order as one list, each of them with its own index. */
const anyOf = (claims: Claims, filters: readonly Filter<ClaimView>[]): Claims => ({
  find: async (query) => {
    const found = await Promise.all(filters.map((filter) => claims.find({ ...query, where: { ...query.where, ...filter } })));
    if (found.length === 1) return found.flat();
    return found
      .flat()
      .sort((a, b) => (a.document.order < b.document.order ? 1 : -1))
      .slice(0, query.limit);
  },
});

const toRows = async (claims: readonly ClaimView[], { events, deliveries }: JoinedToClaims): Promise<readonly OwnClaimRow[]> =>
  withDeliveries(await withMilestones(claims, events), deliveries);

/** Joins the deliveries of a page in one read: a claim has at most one. */
const withDeliveries = async (
  claims: readonly ClaimView[],
  deliveries: JoinedToClaims['deliveries'],
): Promise<readonly OwnClaimRow[]> => {
  const claimIds = claims.flatMap((claim) => claimIdIn(claim) ?? []);
  const found =
    claimIds.length === 0
      ? []
      : await deliveries.find({ where: { claimId: { in: claimIds }, kind: 'CLAIM' }, limit: claimIds.length });
  const byClaim = new Map(found.map(({ document }) => [document.claimId, document]));
  return claims.map((claim) => {
    const delivery = byClaim.get(claimIdIn(claim) ?? '');
    return { ...claim, delivery: delivery ? { status: delivery.status, at: delivery.statusAt } : null };
  });
};

/** Shows the last milestone by its count, which never changes once there are claims. */
const withMilestones = async (rows: readonly ClaimView[], events: Events): Promise<readonly ClaimView[]> => {
  const isOfLast = ({ milestone = null }: ClaimView) => milestone === null;
  const ids = new Set(rows.filter(isOfLast).map(({ eventId }) => streams.rewardEvent(eventId)));
  const found = await events.getMany([...ids]);
  const lastOf = ({ eventId }: ClaimView) => found.get(streams.rewardEvent(eventId))?.document.condition.count ?? null;
  return rows.map((row) => (isOfLast(row) ? { ...row, milestone: lastOf(row) } : row));
};
