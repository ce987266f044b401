import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ClaimView, ConsistencyToken } from '@rewards/contracts';
import type { Collection, Filter } from '@rewards/document-store';
import { AccountDirectory } from '../accounts/account-directory';
import { orderRange, toOrderedPage } from '../read-models/order';
import { problem } from '@rewards/service-kit';
import type { CursorPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';

/** Which claims a list shows; what is left out asks for nothing. Times are ISO 8601 UTC with milliseconds. */
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

/** A claim with the e-mail of its account; null for one that was erased. */
export interface ClaimRow extends ClaimView {
  readonly email: string | null;
}

export class ListClaims extends Query<CursorPage<ClaimRow>> {
  constructor(
    readonly filter: ClaimFilter,
    /** `order` of the last row seen. */
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(ListClaims)
export class ListClaimsHandler implements IQueryHandler<ListClaims> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly accounts: AccountDirectory,
  ) {}

  async execute({ filter, after, limit, atLeast }: ListClaims): Promise<CursorPage<ClaimRow>> {
    const { claims } = await this.readModels.open(['claims'], atLeast);
    const accountId = await this.accounts.accountAskedFor(filter);
    if (accountId === null) return { rows: [], next: null };
    const { rows, next } = await findClaims(claims, { ...filter, accountId }, after, limit);
    const emails = await this.accounts.emailsOf(rows.map((row) => row.accountId));
    return { rows: rows.map((row) => ({ ...row, email: emails.get(row.accountId) ?? null })), next };
  }
}

export class ListOwnClaims extends Query<CursorPage<ClaimView>> {
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
  constructor(private readonly readModels: ReadModelStore) {}

  async execute({ accountId, eventId, after, limit, atLeast }: ListOwnClaims): Promise<CursorPage<ClaimView>> {
    const { claims } = await this.readModels.open(['claims'], atLeast);
    return findClaims(claims, { accountId, eventId, status: 'SUCCESS' }, after, limit);
  }
}

/** One granted claim. */
export class GetClaim extends Query<ClaimView> {
  constructor(
    readonly claimId: string,
    /** Whose claim it must be; null for anybody's. */
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
      throw problem('NOT_FOUND', { detail: `This account can see no granted claim with the id ${claimId}.` });
    }
    return claim;
  }
}

/** Newest first. */
const findClaims = async (
  claims: Collection<ClaimView>,
  { eventId, accountId, requestId, rewardName, status, reason, from, to }: Omit<ClaimFilter, 'email'>,
  after: string | null,
  limit: number,
): Promise<CursorPage<ClaimView>> => {
  const where: Filter<ClaimView> = {
    eventId,
    accountId,
    requestId,
    rewardName,
    status,
    reason,
    order: orderRange(from, to, after),
  };
  const found = await claims.find({ where, orderBy: { field: 'order', direction: 'descending' }, limit: limit + 1 });
  return toOrderedPage(found, limit);
};
