import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import {
  type ConsistencyToken,
  isId,
  type RewardEventStatus,
  type RewardEventView,
  type Role,
  streams,
} from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import { rewardEventStatus } from '@rewards/domain';
import { Clock } from '@rewards/service-kit/clock';
import type { Page } from '../read-models/page';
import { ReadModelStore } from '../read-models/read-model-store';
import { isVisible, listFilter, type EventSelection } from './event-visibility';
import type { EventOrder } from './events.requests';
import { reject } from '../queries.problems';

/** An event with its status at the time of the query. */
export interface EventRow extends RewardEventView {
  readonly status: RewardEventStatus;
}

export class ListEvents extends Query<Page<EventRow>> {
  constructor(
    readonly roles: readonly Role[],
    readonly selection: EventSelection,
    readonly page: number,
    readonly limit: number,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(ListEvents)
export class ListEventsHandler implements IQueryHandler<ListEvents> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  async execute({ roles, selection, page, limit, atLeast }: ListEvents): Promise<Page<EventRow>> {
    const { events } = await this.readModels.open(['events'], atLeast);
    const at = this.clock.iso();
    const where = listFilter(selection, roles, at);
    if (where === null) return { rows: [], total: 0 };
    const [found, total] = await Promise.all([
      // Each order has an index. The filters compare the events in that order, because there are few: operators create each one.
      events.find({ where, orderBy: orderOf(selection.sort), limit, offset: (page - 1) * limit }),
      events.count(where),
    ]);
    return { rows: found.map(({ document }) => toRow(document, at)), total };
  }
}

/** Events with the same time are sorted by id, so that pages are stable. */
const orderOf = (sort: EventOrder | undefined) => {
  if (sort === undefined) return { field: 'createdPosition', direction: 'descending' } as const;
  const field = sort === 'startsAt' || sort === '-startsAt' ? 'startsAt' : 'endsAt';
  return { field, direction: sort.startsWith('-') ? 'descending' : 'ascending' } as const;
};

export class GetEvent extends Query<EventRow> {
  constructor(
    readonly eventId: string,
    readonly roles: readonly Role[],
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

@QueryHandler(GetEvent)
export class GetEventHandler implements IQueryHandler<GetEvent> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  async execute({ eventId, roles, atLeast }: GetEvent): Promise<EventRow> {
    const { events } = await this.readModels.open(['events'], atLeast);
    return findEvent(events, eventId, roles, this.clock.iso());
  }
}

/** Returns the event if an account with these roles can see it. @throws Rejected NO_SUCH_EVENT */
export const findEvent = async (
  events: Collection<RewardEventView>,
  eventId: string,
  roles: readonly Role[],
  at: string,
): Promise<EventRow> => {
  const stored = isId(eventId) ? await events.get(streams.rewardEvent(eventId)) : null;
  const row = stored && toRow(stored.document, at);
  if (!row || !isVisible(row.status, roles)) return reject('NO_SUCH_EVENT');
  return row;
};

const toRow = (view: RewardEventView, at: string): EventRow => ({ ...view, status: rewardEventStatus(view, at) });
