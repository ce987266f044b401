import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  auditEntryOf,
  parseSortKey,
  START,
  type AuditEntry,
  type AuditView,
  type ConsistencyToken,
  type Position,
  type Upcast,
} from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import type { EventStore } from '@rewards/event-store';
import type { Clock } from '@rewards/service-kit/clock';
import { findNewestFirst } from '../read-models/order';
import { reject } from '../queries.problems';
import { MAX_ROWS_BYTES, type PlacedPage } from '../read-models/page';
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

export class ListAudit extends Query<PlacedPage<AuditEntry>> {
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

/** Reads the rows of lists and exports from the read model, and their domain events from the log. */
export class AuditReader {
  constructor(
    private readonly store: EventStore,
    private readonly upcast: Upcast,
    private readonly clock: Clock,
  ) {}

  /** Reads one page, newest first. @throws EventStoreUnavailable, and as `entriesAt` */
  async page(
    audit: Pick<Collection<AuditView>, 'find'>,
    { type, accountId, eventId, actor, traceId, from, to }: AuditFilter,
    after: string | null,
    limit: number,
  ): Promise<PlacedPage<AuditEntry>> {
    const page = { from, to, after, limit, now: this.clock.iso() };
    const found = await findNewestFirst(audit, { type, accountId, eventId, actorId: actor, traceId }, page);
    const { rows, places, next } = withinOnePage(found);
    const entries = await this.entriesAt(rows.map(({ order }) => parseSortKey(order)?.position ?? START));
    return { rows: entries, places, next };
  }

  /**
   * Reads the entries at these positions in one read, and returns them in the same order.
   * @throws EventStoreUnavailable; Rejected NOT_CAUGHT_UP if the log has no event at one of them, because another log was restored
   */
  async entriesAt(positions: readonly Position[]): Promise<readonly AuditEntry[]> {
    if (positions.length === 0) return [];
    const events = new Map((await this.store.eventsAt(positions)).map((event) => [event.position, event]));
    return positions.map((position) => {
      const event = events.get(position);
      return event ? auditEntryOf(this.upcast(event)) : reject('LOG_LACKS_WRITE');
    });
  }
}

@QueryHandler(ListAudit)
export class ListAuditHandler implements IQueryHandler<ListAudit> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: AuditReader,
  ) {}

  async execute({ filter, after, limit, atLeast }: ListAudit): Promise<PlacedPage<AuditEntry>> {
    const { audit } = await this.readModels.open(['audit'], atLeast);
    return this.rows.page(audit, filter, after, limit);
  }
}

/** Cuts a page before its events exceed the size of a response, so that they are not read for nothing. Keeps at least one. */
const withinOnePage = ({ rows, places, next }: PlacedPage<AuditView>): PlacedPage<AuditView> => {
  let characters = 0;
  const end = rows.findIndex(({ size = 0 }, index) => (characters += size) > MAX_ROWS_BYTES && index > 0);
  return end === -1 ? { rows, places, next } : { rows: rows.slice(0, end), places, next: places[end - 1] ?? next };
};
