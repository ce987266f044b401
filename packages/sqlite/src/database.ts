import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';

export type Database = InstanceType<typeof Libsql>;

export interface OpenOptions {
  /** Path of the file; its folder is made when missing. */
  readonly file: string;
  /** Statements that make the schema, each safe to repeat. Not run on a file that is only read. */
  readonly schema?: readonly string[];
  /** Opened for reading alone: the file belongs to another service. */
  readonly queryOnly?: boolean;
  /** Erased content is overwritten with zeroes (`secure_delete`). */
  readonly secureDelete?: boolean;
}

/** How long SQLite itself waits for a lock, in milliseconds: short, because it blocks the event loop meanwhile. */
const BUSY_TIMEOUT_MS = 50;
/** Several processes that make the same file at the same moment wait for each other. */
const OPEN_BUSY_TIMEOUT_MS = 5_000;

/**
 * Opens a SQLite file in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut.
 * libsql ignores `readonly`, so a reader is held back by `query_only`; it also makes the file when there is none yet,
 * which is why a reader may start before the writer.
 */
export const openDatabase = ({ file, schema = [], queryOnly = false, secureDelete = false }: OpenOptions): Database => {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const database = new Libsql(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${OPEN_BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    if (secureDelete) database.exec('PRAGMA secure_delete = ON');
    if (!queryOnly && schema.length > 0) {
      database.exec('BEGIN IMMEDIATE');
      for (const statement of schema) database.exec(statement);
      database.exec('COMMIT');
    }
    if (queryOnly) database.exec('PRAGMA query_only = ON');
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};
