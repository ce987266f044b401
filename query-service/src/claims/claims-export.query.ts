import { Query, QueryBus, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import type { ConsistencyToken } from '@rewards/contracts';
import { ListClaims, type ClaimFilter, type ClaimRow } from './claims.queries';

/** All claims that a filter lets through, newest first, however many there are. */
export class ExportClaims extends Query<AsyncIterable<readonly ClaimRow[]>> {
  constructor(
    readonly filter: ClaimFilter,
    readonly atLeast: ConsistencyToken | null,
  ) {
    super();
  }
}

const ROWS_PER_READ = 200;

@QueryHandler(ExportClaims)
export class ExportClaimsHandler implements IQueryHandler<ExportClaims> {
  constructor(private readonly queries: QueryBus) {}

  /**
   * Each page is a query of its own, read when it is wanted: nothing is held open for a slow reader, and a version of the
   * read model that is replaced meanwhile is left for the next one at the same place.
   */
  async execute({ filter, atLeast }: ExportClaims): Promise<AsyncIterable<readonly ClaimRow[]>> {
    const read = (after: string | null) => this.queries.execute(new ListClaims(filter, after, ROWS_PER_READ, atLeast));
    // Read before the answer begins, so that what cannot be answered is refused with a status.
    const first = await read(null);
    return (async function* () {
      for (let page = first; ; page = await read(page.next)) {
        if (page.rows.length > 0) yield page.rows;
        if (page.next === null) return;
      }
    })();
  }
}
