import { chmodSync, closeSync, openSync, statSync } from 'node:fs';

const PRIVATE = 0o600;
/** SQLite's name of a database without a file. */
export const IN_MEMORY = ':memory:';

/**
 * Sees that a database is for its owner alone: a new file is made so before SQLite opens it, and one that an earlier version made
 * is changed. SQLite gives its write-ahead log and its index the mode of the file.
 */
export const makePrivate = (file: string): void => {
  if (file === IN_MEMORY) return;
  makeWhenMissing(file);
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o077) !== 0) chmodIfOwned(path);
  }
};

/**
 * Never opens a file that is there: when a process closes a file, the system drops all of its POSIX locks on it, also those of
 * SQLite's other connections. Another process would then believe that it is the last one, and delete a write-ahead log in use.
 */
const makeWhenMissing = (file: string): void => {
  try {
    closeSync(openSync(file, 'wx', PRIVATE));
  } catch {
    // It is there, or SQLite cannot open it either, and says why.
  }
};

/** Another user's file stays as it is: whether this process may use it is found out when it does. */
const chmodIfOwned = (path: string): void => {
  try {
    chmodSync(path, PRIVATE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  }
};
