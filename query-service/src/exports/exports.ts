import { onAbort } from '@rewards/async';
import type { ConsistencyToken, ReadModelName, ReadModels } from '@rewards/contracts';
import type { Collection } from '@rewards/document-store';
import type { HeavyReads } from '../heavy-reads';
import type { PlacedPage } from '../read-models/page';
import type { ReadModelStore } from '../read-models/read-model-store';

/** Rows of one read of an export. */
export const ROWS_PER_READ = 200;

/** Reads one page of an export after a place; the first place is null. */
type ReadPage<Name extends ReadModelName, Row> = (
  documents: Collection<ReadModels[Name]>,
  after: string | null,
) => Promise<PlacedPage<Row>>;

/** Runs the exports of this process, of which only a few run at the same time. */
export class Exports {
  constructor(
    private readonly readModels: ReadModelStore,
    private readonly permits: HeavyReads,
  ) {}

  /**
   * Starts an export. Pages are read at the client's pace, so a slow client keeps no cursor open.
   * @param signal ends the export
   * @param prepare resolves the filter, once
   * @returns all pages; the iteration throws if the export cannot be completed
   * @throws Rejected TOO_MANY_LONG_READS, the rejections of `prepare` and of the first page, errors of the engines
   */
  async start<Name extends ReadModelName, Row>(
    name: Name,
    atLeast: ConsistencyToken | null,
    signal: AbortSignal,
    prepare: () => Promise<ReadPage<Name, Row>>,
  ): Promise<AsyncIterable<readonly Row[]>> {
    const release = await this.permits.acquire(signal);
    // If the client disconnects before the first page is sent, the iteration never starts and cannot release.
    onAbort(signal, release);
    try {
      const pages = this.readModels.readAll(name, atLeast, signal, await prepare());
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
