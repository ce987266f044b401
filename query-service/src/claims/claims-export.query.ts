import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import { Exports, ROWS_PER_READ } from '../exports/exports';
import { ReadModelStore } from '../read-models/read-model-store';
import { ClaimReader, type ClaimFilter, type ClaimRow } from './claims.queries';

/** Returns all claims that a filter selects, newest first. The iteration throws if the export cannot be completed. */
export class ExportClaims extends Query<AsyncIterable<readonly ClaimRow[]>> {
  constructor(
    readonly filter: ClaimFilter,
    readonly atLeast: ConsistencyToken | null,
    /** Ends the export. */
    readonly signal: AbortSignal,
  ) {
    super();
  }
}

@QueryHandler(ExportClaims)
export class ExportClaimsHandler implements IQueryHandler<ExportClaims> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: ClaimReader,
    private readonly exports: Exports,
  ) {}

  /** If the e-mail moves to another account, the export continues with the account that had it at the start. */
  async execute({ filter, atLeast, signal }: ExportClaims): Promise<AsyncIterable<readonly ClaimRow[]>> {
    return this.exports.start('claims', atLeast, signal, async () => {
      const { events } = await this.readModels.open(['events', 'deliveries'], atLeast);
      const resolved = await this.rows.resolve(filter, events);
      return async (claims, after) => {
        // The version that is live now: the one of the start may be dropped before a slow client has read everything.
        const joined = await this.readModels.open(['events', 'deliveries'], null);
        return this.rows.page(claims, joined, resolved, after, ROWS_PER_READ);
      };
    });
  }
}
