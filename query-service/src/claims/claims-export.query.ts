import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { onAbort } from '@rewards/async';
import type { ConsistencyToken } from '@rewards/contracts';
import { HeavyExports } from '../heavy-reads';
import { ReadModelStore } from '../read-models/read-model-store';
import { ClaimRows, type ClaimFilter, type ClaimRow } from './claims.queries';

/** All claims that a filter selects, newest first, however many there are. The iteration fails if it cannot be completed. */
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
    private readonly rows: ClaimRows,
    private readonly exports: HeavyExports,
  ) {}

  /**
   * The filter is resolved once: whatever becomes of an account meanwhile, the export goes on with the account that had the
   * e-mail when it began. Pages are read as the client takes them, so a slow client holds nothing open.
   */
  async execute({ filter, atLeast, signal }: ExportClaims): Promise<AsyncIterable<readonly ClaimRow[]>> {
    const release = await this.exports.acquire(signal);
    // A client that leaves before the first page is sent never starts the iteration.
    onAbort(signal, release);
    try {
      const resolved = await this.rows.resolve(filter);
      const pages = this.readModels.readAll('claims', atLeast, signal, (claims, after) =>
        this.rows.page(claims, resolved, after, ROWS_PER_READ),
      );
      // Read before the answer begins, so that what cannot be answered is refused with a status.
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
