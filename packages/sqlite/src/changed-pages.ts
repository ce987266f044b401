import { closeSync, openSync, readSync } from 'node:fs';
import type { Database } from './database';

type Statement = ReturnType<Database['prepare']>;

/** Sizes and offsets from https://www.sqlite.org/fileformat2.html#the_write_ahead_log */
const WAL_HEADER = 32;
const FRAME_HEADER = 24;

/**
 * Collects the changed pages of a database from its write-ahead log, to which each commit appends its pages. Call `note` after each
 * commit of this process: the next commit may restart the log from its beginning.
 */
export class ChangedPages {
  private readonly pages = new Set<number>();
  private hasMissed = true;
  private log: number | null = null;
  private salt = Buffer.alloc(0);
  private readUpTo = WAL_HEADER;
  private version = 0;
  /** Run after each commit. */
  private readonly readVersion: Statement;

  constructor(
    private readonly file: string,
    database: Database,
  ) {
    this.readVersion = database.prepare('PRAGMA data_version');
  }

  get size(): number {
    return this.pages.size;
  }

  /** Whether all pages that changed since the last `take` were read. Another process may have written and truncated the log. */
  get isComplete(): boolean {
    return !this.hasMissed;
  }

  /**
   * Reads the pages that were committed since the last call. Never throws, because the commit itself has succeeded. After a failed
   * read, the pages count as missed.
   */
  readCommitted(): void {
    try {
      this.readLog();
    } catch {
      this.hasMissed = true;
    }
  }

  private readLog(): void {
    const isForeign = this.hasForeignWrites();
    const header = Buffer.alloc(WAL_HEADER);
    if (this.read(header, 0) < WAL_HEADER) {
      this.hasMissed ||= isForeign;
      return;
    }
    const salt = header.subarray(16, 24);
    if (!salt.equals(this.salt)) {
      this.hasMissed ||= isForeign;
      this.salt = salt;
      this.readUpTo = WAL_HEADER;
    }
    this.readFrames(header.readUInt32BE(8));
  }

  /** @returns the pages that changed since the last call; null if some may have been missed */
  take(): readonly number[] | null {
    this.readCommitted();
    const pages = this.hasMissed ? null : [...this.pages];
    this.pages.clear();
    this.hasMissed = false;
    return pages;
  }

  /** Adds back the result of a `take` that was not processed. */
  putBack(pages: readonly number[] | null): void {
    if (pages === null) this.hasMissed = true;
    else for (const page of pages) this.pages.add(page);
  }

  close(): void {
    if (this.log !== null) closeSync(this.log);
    this.log = null;
  }

  /** Reads the frames up to the last commit. The next transaction overwrites the frames of one that was rolled back. */
  private readFrames(pageSize: number): void {
    const frame = Buffer.alloc(FRAME_HEADER);
    const uncommitted: number[] = [];
    for (let at = this.readUpTo; this.read(frame, at) === FRAME_HEADER && frame.subarray(8, 16).equals(this.salt);) {
      at += FRAME_HEADER + pageSize;
      uncommitted.push(frame.readUInt32BE(0));
      if (frame.readUInt32BE(4) === 0) continue;
      for (const page of uncommitted.splice(0)) this.pages.add(page);
      this.readUpTo = at;
    }
  }

  private read(into: Buffer, position: number): number {
    try {
      this.log ??= openSync(`${this.file}-wal`, 'r');
      return readSync(this.log, into, 0, into.length, position);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0;
      throw error;
    }
  }

  private hasForeignWrites(): boolean {
    const [row] = this.readVersion.all([]) as { readonly data_version: number }[];
    const version = row?.data_version ?? 0;
    const hasChanged = version !== this.version;
    this.version = version;
    return hasChanged;
  }
}
