import { rmSync, statSync } from 'node:fs';

/** The write-ahead log and its index, which SQLite keeps next to the file. */
const SIDE_FILES = ['-wal', '-shm'] as const;

/** Device and inode: a file keeps them while any process has it open, so no other file can have the same ones meanwhile. */
const identityOf = (path: string): string | null => {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
};

/**
 * The file behind an open database. A process that has a file open keeps reading and writing it after it was deleted, or after
 * a restored copy was moved to its path, and SQLite reports nothing.
 */
export class OpenedFile {
  private readonly identity: string | null;
  private readonly sideFiles: ReadonlyMap<string, string | null>;

  /** @param path of a database that was opened just before */
  constructor(private readonly path: string) {
    this.identity = identityOf(path);
    this.sideFiles = new Map(SIDE_FILES.map((suffix) => [path + suffix, identityOf(path + suffix)]));
  }

  /** Whether the path leads to another file now, or to none that can be reached. Costs one `stat`, a few microseconds. */
  isReplaced(): boolean {
    return this.identity === null || identityOf(this.path) !== this.identity;
  }

  /**
   * Removes the write-ahead log and its index if they still belong to the replaced file: SQLite would apply them to the file
   * that is at the path now. Call it before the old database is closed, because the inode of a closed file may be reused.
   */
  removeLeftovers(): void {
    if (!this.isReplaced()) return;
    for (const [path, identity] of this.sideFiles)
      if (identity !== null && identityOf(path) === identity) rmSync(path, { force: true });
  }
}
