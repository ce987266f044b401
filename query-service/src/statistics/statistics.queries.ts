import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, EventHourView, Role } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import { Clock } from '@rewards/service-kit/clock';
import { findEvent } from '../events/events.queries';
import { ReadModelStore } from '../read-models/read-model-store';
import { sumHours, type Statistics } from './sum-hours';

export class GetStatistics extends Query<Statistics> {
  constructor(
    readonly eventId: string,
    readonly roles: readonly Role[],
    readonly atLeast: ConsistencyToken | null,
    /** Ends the reads. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(GetStatistics)
export class GetStatisticsHandler implements IQueryHandler<GetStatistics> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly clock: Clock,
  ) {}

  async execute({ eventId, roles, atLeast, signal }: GetStatistics): Promise<Statistics> {
    const { events, statistics } = await this.readModels.open(['events', 'statistics'], atLeast);
    const { rewards } = await findEvent(events, eventId, roles, this.clock.iso());
    return sumHours(await hoursOf(statistics, eventId, signal), rewards);
  }
}

const HOURS_PER_READ = 1_000;

const hoursOf = async (
  statistics: Collection<EventHourView>,
  eventId: string,
  signal: AbortSignal,
): Promise<readonly EventHourView[]> => {
  const hours: EventHourView[] = [];
  for (;;) {
    signal.throwIfAborted();
    const found = await statistics.find({
      where: { eventId, hour: { gt: hours.at(-1)?.hour ?? '' } },
      orderBy: { field: 'hour', direction: 'ascending' },
      limit: HOURS_PER_READ,
    });
    hours.push(...found.map(({ document }) => document));
    if (found.length < HOURS_PER_READ) return hours;
  }
};
