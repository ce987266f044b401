import { nextTurn } from '@rewards/async';
import { ChangedPages } from './changed-pages';
import type { Database } from './database';
import { EngineUnavailable } from './engine-error';
import type { GroupCommit } from './group-commit';

interface Page {
  readonly pgno: number;
  readonly data: ArrayBuffer;
}

/** Pages checked in one turn of the event loop: well under a millisecond. */
const PAGES_AT_ONCE = 64;
/** Maximum number of passes. Concurrent writes may move rows to pages that a pass has already checked. */
const MAX_PASSES = 5;

/** Number of changed pages that triggers a scrub in the background, so that an erasure has few pages to clean. */
const MAX_CHANGED = 512;
/** Delay of the first scrub, in milliseconds. A command that opens the file only briefly does not scrub. */
const FIRST_SCRUB_MS = 1_000;

/**
 * Overwrites the unallocated space of pages with zeroes. `secure_delete` zeroes freed space, but not the copies of rows that a page
 * keeps after a split moved the rows to another page. `VACUUM` would remove these copies, too, but locks the file while it rewrites
 * all of it. The scrubber yields after every few pages, and writes only pages with such copies.
 *
 * Only a changed page can contain such copies. The first scrub of a process checks all pages, in the background. After that, the
 * scrubber tracks the changed pages, and cleans them before there are many.
 */
export class Scrubber {
  private readonly changed: ChangedPages;
  private last: Promise<void> = Promise.resolve();
  private next: Promise<void> | null = null;
  private isClosed = false;
  private readonly first: NodeJS.Timeout;

  constructor(
    file: string,
    private readonly database: Database,
    private readonly writes: GroupCommit,
  ) {
    this.changed = new ChangedPages(file, database);
    this.first = setTimeout(() => this.scrubInBackground(), FIRST_SCRUB_MS).unref();
  }

  /** Called after each commit. */
  committed(): void {
    this.changed.readCommitted();
    if (this.changed.size > MAX_CHANGED && this.changed.isComplete) this.scrubInBackground();
  }

  /**
   * Cleans every page with remains of deleted rows. Calls during a scrub share the next one, because the current one may already
   * have passed the pages that the caller changed.
   * @throws EngineUnavailable, EngineDamaged
   */
  scrub(): Promise<void> {
    this.next ??= this.last
      .catch(() => undefined)
      .then(() => {
        this.next = null;
        return (this.last = this.scrubNow());
      });
    return this.next;
  }

  /** Stops scrubbing in the background. */
  async close(): Promise<void> {
    this.isClosed = true;
    clearTimeout(this.first);
    await Promise.allSettled([this.last, this.next]);
    this.changed.close();
  }

  /** Ignores a failure: the next scrub cleans the remaining pages. */
  private scrubInBackground(): void {
    if (!this.isClosed && this.next === null) this.scrub().catch(() => undefined);
  }

  private async scrubNow(): Promise<void> {
    for (let passes = 0; passes < MAX_PASSES; passes += 1) {
      const pages = this.changed.take();
      try {
        if ((await this.cleanAll(pages ?? this.allPages())) === 0) return;
      } catch (error) {
        this.changed.putBack(pages);
        throw error;
      }
    }
  }

  private *allPages(): Generator<number> {
    const [{ page_count: count }] = this.database.prepare('PRAGMA page_count').all() as [{ readonly page_count: number }];
    for (let page = 1; page <= count; page += 1) yield page;
  }

  /** @returns the number of cleaned pages */
  private async cleanAll(pages: Iterable<number>): Promise<number> {
    let cleaned = 0;
    let batch: number[] = [];
    const cleanBatch = async (): Promise<void> => {
      if (this.isClosed) throw new EngineUnavailable('the store is closed');
      const dirty = read(this.database, batch).filter((page) => clean(page) !== null);
      batch = [];
      if (dirty.length > 0) {
        cleaned += dirty.length;
        const numbers = dirty.map(({ pgno }) => pgno);
        await this.writes.write((connection) => write(connection, numbers));
      }
      await nextTurn();
    };
    for (const page of pages) {
      batch.push(page);
      if (batch.length === PAGES_AT_ONCE) await cleanBatch();
    }
    if (batch.length > 0) await cleanBatch();
    return cleaned;
  }
}

// SQLite looks up each page by its number. A range condition would read the whole file each time.
const read = (database: Database, numbers: readonly number[]): Page[] =>
  database
    .prepare('SELECT page.pgno, page.data FROM json_each(?) AS number JOIN sqlite_dbpage AS page ON page.pgno = number.value')
    .all([JSON.stringify(numbers)]) as Page[];

/** Runs inside a transaction, and reads the pages again because they may have changed. */
const write = (database: Database, numbers: readonly number[]): void => {
  const update = database.prepare('UPDATE sqlite_dbpage SET data = ? WHERE pgno = ?');
  for (const page of read(database, numbers)) {
    const data = clean(page);
    if (data) update.run([data, page.pgno]);
  }
};

/** Size of the file header, which precedes the page header on page 1 (https://www.sqlite.org/fileformat2.html#b_tree_pages). */
const FILE_HEADER = 100;
const INTERIOR = new Set([2, 5]);
const LEAF = new Set([10, 13]);
const FREE_BLOCK_HEADER = 4;
/** As large as the largest page. */
const ZEROES = Buffer.alloc(65_536);

/**
 * Zeroes the unallocated space of a b-tree page: the gap between its cell pointers and its cells, and its free blocks.
 * Pages of other kinds have no unallocated space. They begin with a page number,
 * whose first byte is not a b-tree type below 2^25 pages (128 GiB).
 * @returns null if there is nothing to zero
 */
const clean = ({ pgno, data }: Page): Buffer | null => {
  const page = Buffer.from(data.slice(0));
  const header = pgno === 1 ? FILE_HEADER : 0;
  const kind = page.readUInt8(header);
  if (!INTERIOR.has(kind) && !LEAF.has(kind)) return null;
  const cells = page.readUInt16BE(header + 3);
  const pointersEnd = header + (INTERIOR.has(kind) ? 12 : 8) + 2 * cells;
  const contentStart = page.readUInt16BE(header + 5) || 65_536;
  let hasChanged = zero(page, pointersEnd, contentStart);
  for (let block = page.readUInt16BE(header + 1); block !== 0; block = page.readUInt16BE(block)) {
    const end = block + page.readUInt16BE(block + 2);
    hasChanged = zero(page, block + FREE_BLOCK_HEADER, end) || hasChanged;
  }
  return hasChanged ? page : null;
};

/** @returns whether the space had other bytes than zeroes */
const zero = (page: Buffer, start: number, end: number): boolean => {
  const space = page.subarray(start, end);
  if (ZEROES.subarray(0, space.length).equals(space)) return false;
  space.fill(0);
  return true;
};
