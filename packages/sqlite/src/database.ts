import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { retryWhileBusySync } from './engine-error';
import { makePrivate } from './private-file';

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

/**
 * How long SQLite itself waits for a lock, in milliseconds: no longer than one commit of another process takes, because it
 * blocks the event loop meanwhile. Longer waits are `retryWhileBusy`'s.
 */
const BUSY_TIMEOUT_MS = 3;

/**
 * What a writer keeps of its file in memory, at most. Indexes of ids are written all over; with SQLite's own 2 MB a large
 * transaction writes a page again and again.
 */
const WRITER_CACHE_KIB = 32 * 1_024;
/** Pages (4 KiB each) in the write-ahead log before it is brought into the file: a page that changes often is brought once. */
const CHECKPOINT_PAGES = 8_000;

/**
 * Opens a SQLite file in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut.
 * libsql ignores `readonly`, so a reader is held back by `query_only`; it also makes the file when there is none yet.
 * @throws EngineUnavailable when the file cannot be opened or stays locked
 */
export const openDatabase = (options: OpenOptions): Database => {
  mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
  makePrivate(options.file);
  // Of several processes that make one file at the same moment, SQLite turns some away without waiting (the switch to WAL).
  return retryWhileBusySync(() => open(options));
};

const open = ({ file, schema = [], queryOnly = false, secureDelete = false }: OpenOptions): Database => {
  const database = new Libsql(file);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    if (secureDelete) database.exec('PRAGMA secure_delete = ON');
    if (queryOnly) database.exec('PRAGMA query_only = ON');
    else prepareToWrite(database, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

const prepareToWrite = (database: Database, schema: readonly string[]): void => {
  database.exec(`PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  if (schema.length > 0) makeSchema(database, schema);
};

const makeSchema = (database: Database, statements: readonly string[]): void => {
  database.exec('BEGIN IMMEDIATE');
  for (const statement of statements) database.exec(statement);
  database.exec('COMMIT');
};
