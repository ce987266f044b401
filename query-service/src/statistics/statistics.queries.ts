import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, EventHourView, Role } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import { Clock } from '@rewards/service-kit/clock';
import { findEvent } from '../events/events.queries';
import { narrowedCycle } from '../events/requested-cycle';
import { ReadModelStore } from '../read-models/read-model-store';
import { sumHours, type Statistics } from './sum-hours';

export class GetStatistics extends Query<Statistics> {
  constructor(
    readonly eventId: string,
    readonly roles: readonly Role[],
    /** First day of a cycle; by default, all cycles are counted together. */
    readonly cycle: string | undefined,
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

  async execute({ eventId, roles, cycle: named, atLeast, signal }: GetStatistics): Promise<Statistics> {
    const { events, statistics } = await this.readModels.open(['events', 'statistics'], atLeast);
    const at = this.clock.iso();
    const event = await findEvent(events, eventId, roles, at);
    const cycle = narrowedCycle(event, named, at);
    return sumHours(await hoursOf(statistics, cycle === undefined ? `${eventId}@` : `${eventId}@${cycle}@`, signal), event);
  }
}

/** A read may go beyond the last hour of the event, into those of others, so it is small. */
const HOURS_PER_READ = 200;

/** Reads the documents of an event or cycle, whose ids begin with the same text. */
const hoursOf = async (
  statistics: Collection<EventHourView>,
  prefix: string,
  signal: AbortSignal,
): Promise<readonly EventHourView[]> => {
  const hours: EventHourView[] = [];
  for (let after = prefix; ;) {
    signal.throwIfAborted();
    const read = await statistics.scan(after, HOURS_PER_READ);
    const found = read.filter(({ id }) => id.startsWith(prefix));
    hours.push(...found.map(({ document }) => document));
    after = read.at(-1)?.id ?? prefix;
    if (found.length < HOURS_PER_READ) return hours;
  }
};
