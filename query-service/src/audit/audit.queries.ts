import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { AuditView, ConsistencyToken } from '@rewards/contracts';
import { Clock } from '@rewards/service-kit/clock';
import { findNewestFirst } from '../read-models/order';
import type { PlacedPage } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';

/** Selects the domain events of a list. An omitted field does not filter. Times are ISO 8601 UTC with milliseconds. */
export interface AuditFilter {
  readonly type?: string;
  /** The account that the domain event is about. */
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
    /** Place of the last row of the previous page. */
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

/** A domain event may have 1 MB, so a page may hold only one. A small first read avoids reading a hundred such events for it. */
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
    const page = { from, to, after, limit, now: this.clock.iso(), firstRead: FIRST_READ };
    return findNewestFirst(audit, { type, accountId, eventId, actorId: actor, traceId }, page);
  }
}
