import { rmSync, statSync } from 'node:fs';

/** Suffixes of the write-ahead log and its index, which SQLite keeps next to the file. */
const SIDE_FILES = ['-wal', '-shm'] as const;

/** Device and inode. No other file can have the same ones while any process has the file open. */
const identityOf = (path: string): string | null => {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return null;
  }
};

/**
 * The file behind an open database. A process that has a file open continues to read and write it after it was deleted or replaced
 * by a restored copy, and SQLite reports no error.
 */
export class OpenedFile {
  private readonly identity: string | null;
  private readonly sideFiles: ReadonlyMap<string, string | null>;

  /** @param path path of a database that was just opened */
  constructor(private readonly path: string) {
    this.identity = identityOf(path);
    this.sideFiles = new Map(SIDE_FILES.map((suffix) => [path + suffix, identityOf(path + suffix)]));
  }

  /** Whether the path now has another file, or none that is accessible. Costs one `stat`, a few microseconds. */
  isReplaced(): boolean {
    return this.identity === null || identityOf(this.path) !== this.identity;
  }

  /**
   * Removes the write-ahead log and its index if they still belong to the replaced file. SQLite would apply them to the file that
   * is now at the path. Call it before you close the old database, because the inode of a closed file may be reused.
   */
  removeLeftovers(): void {
    if (!this.isReplaced()) return;
    for (const [path, identity] of this.sideFiles)
      if (identity !== null && identityOf(path) === identity) rmSync(path, { force: true });
  }
}
