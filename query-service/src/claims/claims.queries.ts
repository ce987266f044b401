import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ClaimView, ConsistencyToken } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import { AccountDirectory } from '../accounts/account-directory';
import { Clock } from '@rewards/service-kit/clock';
import { findNewestFirst } from '../read-models/order';
import type { PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';
import { reject } from '../queries.problems';

/** Selects the claims of a list. An omitted field does not filter. Times are ISO 8601 UTC with milliseconds. */
export interface ClaimFilter {
  readonly eventId?: string;
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

/** A claim with the e-mail of its account; null if the account was erased. */
export interface ClaimRow extends ClaimView {
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

/** A filter whose e-mail was resolved to the account that had it then; null if there was no such account. */
export type ResolvedClaimFilter = Omit<ClaimFilter, 'email'> | null;

/** Reads the claims of lists and exports. */
export class ClaimReader {
  constructor(
    private readonly accounts: AccountDirectory,
    private readonly clock: Clock,
  ) {}

  async resolve({ email, ...filter }: ClaimFilter): Promise<ResolvedClaimFilter> {
    const accountId = await this.accounts.findAccount({ ...filter, email });
    return accountId === null ? null : { ...filter, accountId };
  }

  /** Reads one page, newest first. */
  async page(
    claims: Collection<ClaimView>,
    filter: ResolvedClaimFilter,
    after: string | null,
    limit: number,
  ): Promise<PlacedPage<ClaimRow>> {
    if (filter === null) return { rows: [], places: [], next: null };
    const { rows, places, next } = await findClaims(claims, filter, after, limit, this.clock.iso());
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
    const { claims } = await this.readModels.open(['claims'], atLeast);
    return this.rows.page(claims, await this.rows.resolve(filter), after, limit);
  }
}

export class ListOwnClaims extends Query<PlacedPage<ClaimView>> {
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

  async execute({ accountId, eventId, after, limit, atLeast }: ListOwnClaims): Promise<PlacedPage<ClaimView>> {
    const { claims } = await this.readModels.open(['claims'], atLeast);
    return findClaims(claims, { accountId, eventId, status: 'SUCCESS' }, after, limit, this.clock.iso());
  }
}

/** One granted claim. */
export class GetClaim extends Query<ClaimView> {
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

  async execute({ claimId, accountId, atLeast }: GetClaim): Promise<ClaimView> {
    const { claims } = await this.readModels.open(['claims'], atLeast);
    const [found] = await claims.find({ where: { claimId }, limit: 1 });
    const claim = found?.document;
    if (!claim || (accountId !== null && claim.accountId !== accountId)) {
      return reject('NO_SUCH_CLAIM', { claimId });
    }
    return claim;
  }
}

const findClaims = (
  claims: Collection<ClaimView>,
  { eventId, accountId, requestId, rewardName, status, reason, from, to }: Omit<ClaimFilter, 'email'>,
  after: string | null,
  limit: number,
  now: string,
): Promise<PlacedPage<ClaimView>> =>
  findNewestFirst(claims, { eventId, accountId, requestId, rewardName, status, reason }, { from, to, after, limit, now });
