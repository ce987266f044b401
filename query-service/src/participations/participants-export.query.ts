import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken, Position, Role } from '@rewards/contracts';
import { Exports, ROWS_PER_READ } from '../exports/exports';
import { ReadModelStore } from '../read-models/read-model-store';
import { ParticipantReader, type ParticipantFilter, type ParticipantRow } from './participations.queries';

/** Returns all participations in one event that a filter selects, latest start first. The iteration throws if the export cannot be completed. */
export class ExportParticipants extends Query<AsyncIterable<readonly ParticipantRow[]>> {
  constructor(
    readonly eventId: string,
    readonly filter: ParticipantFilter,
    readonly roles: readonly Role[],
    readonly atLeast: ConsistencyToken | null,
    /** Ends the export. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(ExportParticipants)
export class ExportParticipantsHandler implements IQueryHandler<ExportParticipants> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: ParticipantReader,
    private readonly exports: Exports,
  ) {}

  async execute(query: ExportParticipants): Promise<AsyncIterable<readonly ParticipantRow[]>> {
    const { eventId, filter, roles, atLeast, signal } = query;
    return this.exports.start('participations', atLeast, signal, async () => {
      const { events } = await this.readModels.open(['events'], atLeast);
      const resolved = await this.rows.resolve(filter, await this.rows.event(events, eventId, roles));
      return async (participations, after) => {
        // The terms of now: a participation may have started with terms that are newer than the export.
        const current = await this.readModels.open(['events'], null);
        const event = await this.rows.event(current.events, eventId, roles);
        return this.rows.page(participations, event, resolved, after as Position | null, ROWS_PER_READ);
      };
    });
  }
}
