import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { AuditView, ConsistencyToken } from '@rewards/contracts';
import { Clock } from '../clock';
import { findNewestFirst } from '../read-models/order';
import type { PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';

/** Which facts a list shows; what is left out asks for nothing. Times are ISO 8601 UTC with milliseconds. */
export interface AuditFilter {
  readonly type?: string;
  /** The account that the fact is about. */
  readonly accountId?: string;
  readonly eventId?: string;
  /** Who caused it: an account or the name of a service. */
  readonly actor?: string;
  /** Trace of the request that led to it. */
  readonly traceId?: string;
  /** Inclusive. */
  readonly from?: string;
  /** Exclusive. */
  readonly to?: string;
}

export class ListAudit extends Query<PlacedPage<AuditView>> {
  constructor(
    readonly filter: AuditFilter,
    /** Place of the last row seen. */
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

/** A domain event may have a megabyte, and a page with all of a hundred such would have been read for one of them. */
const FIRST_READ = 8;

@QueryHandler(ListAudit)
export class ListAuditHandler implements IQueryHandler<ListAudit> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  async execute({ filter, after, limit, atLeast }: ListAudit): Promise<PlacedPage<AuditView>> {
    const { audit } = await this.readModels.open(['audit'], atLeast);
    const { type, accountId, eventId, actor, traceId, from, to } = filter;
    const page = { from, to, after, limit, now: this.clock.now(), firstRead: FIRST_READ };
    return findNewestFirst(audit, { type, accountId, eventId, actorId: actor, traceId }, page);
  }
}
