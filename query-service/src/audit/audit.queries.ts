import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { AuditView, ConsistencyToken } from '@rewards/contracts';
import { orderRange, toOrderedPage } from '../read-models/order';
import type { CursorPage } from '../read-models/page';
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

export class ListAudit extends Query<CursorPage<AuditView>> {
  constructor(
    readonly filter: AuditFilter,
    /** `order` of the last row seen. */
    readonly after: string | null,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(ListAudit)
export class ListAuditHandler implements IQueryHandler<ListAudit> {
  constructor(private readonly readModels: ReadModelStore) {}

  async execute({ filter, after, limit, atLeast }: ListAudit): Promise<CursorPage<AuditView>> {
    const { audit } = await this.readModels.open(['audit'], atLeast);
    const { type, accountId, eventId, actor, traceId, from, to } = filter;
    const found = await audit.find({
      where: { type, accountId, eventId, actorId: actor, traceId, order: orderRange(from, to, after) },
      orderBy: { field: 'order', direction: 'descending' },
      limit: limit + 1,
    });
    return toOrderedPage(found, limit);
  }
}
