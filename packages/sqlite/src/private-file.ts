import { chmodSync, closeSync, openSync, statSync } from 'node:fs';

const PRIVATE = 0o600;
/** SQLite's name for a database without a file. */
export const IN_MEMORY = ':memory:';

/**
 * Restricts a database file to its owner. Creates a missing file with this mode before SQLite opens it, and changes the mode of an
 * existing one. SQLite creates the write-ahead log and its index with the mode of the file.
 */
export const makePrivate = (file: string): void => {
  if (file === IN_MEMORY) return;
  createIfMissing(file);
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o077) !== 0) chmodIfOwned(path);
  }
};

/**
 * Never opens an existing file. When a process closes a file, the system drops all POSIX locks of the process on it, including
 * those of other SQLite connections. Another process could then delete a write-ahead log that is in use.
 */
const createIfMissing = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', PRIVATE));
  } catch {
    // The file exists, or SQLite cannot open it either and reports the reason.
  }
};

/** Ignores a file of another user. If this process may not use it, SQLite reports that. */
const chmodIfOwned = (path: string): void => {
  try {
    chmodSync(path, PRIVATE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
};
