import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { onAbort } from '@rewards/async';
import type { ConsistencyToken } from '@rewards/contracts';
import { HeavyExports } from '../heavy-reads';
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

const ROWS_PER_READ = 200;

@QueryHandler(ExportClaims)
export class ExportClaimsHandler implements IQueryHandler<ExportClaims> {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly rows: ClaimReader,
    private readonly exports: HeavyExports,
  ) {}

  /**
   * Resolves the filter once. If the e-mail moves to another account, the export continues with the account that had it at the
   * start. Pages are read at the client's pace, so a slow client keeps no cursor open.
   */
  async execute({ filter, atLeast, signal }: ExportClaims): Promise<AsyncIterable<readonly ClaimRow[]>> {
    const release = await this.exports.acquire(signal);
    // If the client disconnects before the first page is sent, the iteration never starts and cannot release.
    onAbort(signal, release);
    try {
      const { events } = await this.readModels.open(['events'], atLeast);
      const resolved = await this.rows.resolve(filter, events);
      const pages = this.readModels.readAll('claims', atLeast, signal, async (claims, after) => {
        // The version that is live now: the one of the start may be dropped before a slow client has read everything.
        const current = await this.readModels.open(['events'], null);
        return this.rows.page(claims, current.events, resolved, after, ROWS_PER_READ);
      });
      // Read before the response starts, so that a rejection still has its own status.
      const first = await pages.next();
      return releasing(first, pages, release);
    } catch (error) {
      release();
      throw error;
    }
  }
}

async function* releasing<T>(first: IteratorResult<T>, rest: AsyncGenerator<T>, release: () => void): AsyncGenerator<T> {
  try {
    if (!first.done) yield first.value;
    yield* rest;
  } finally {
    release();
  }
}
