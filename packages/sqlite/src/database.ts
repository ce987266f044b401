import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { damaged, describeFault, EngineDamaged, EngineUnavailable, retryWhileBusySync, type NamedFile } from './engine-error';
import { IN_MEMORY, makePrivate } from './private-file';
import { OpenedFile } from './opened-file';
import { checkSchema, type SchemaOptions } from './schema';

export type Database = InstanceType<typeof Libsql>;

/** Runs one commit. Tests pass their own function to observe commits or make them fail. */
export type RunCommit = (commit: () => void) => void;

export interface OpenOptions extends SchemaOptions {
  /** Path of the file. Its folder is created if it does not exist. */
  readonly file: string;
  /** Read-only, for a file that another service writes. */
  readonly queryOnly?: boolean;
  /** Overwrites deleted content with zeroes (`secure_delete`). */
  readonly secureDelete?: boolean;
  /** Runs each commit. Default: commits directly. */
  readonly runCommit?: RunCommit;
}

/**
 * How long SQLite itself waits for a lock, in milliseconds. It blocks the event loop, so the limit is the duration of one commit
 * of another process. `retryWhileBusy` handles longer waits.
 */
const BUSY_TIMEOUT_MS = 3;

/**
 * Maximum page cache of a writer. Inserts of random ids touch pages all over an index. With SQLite's default of 2 MB, a large
 * transaction writes the same page many times.
 */
const WRITER_CACHE_KIB = 32 * 1_024;
/** Pages (4 KiB each) in the write-ahead log before a checkpoint: a page that changes often is copied into the file once. */
const CHECKPOINT_PAGES = 8_000;
/** The write-ahead log exceeds this size only while a reader uses it. The next checkpoint without a reader truncates it. */
export const MAX_IDLE_WAL_BYTES = 64 * 1_024 * 1_024;
/** How often a read-only connection checks whether its file was replaced. A writer checks at every commit. */
const CHECK_EVERY_MS = 100;
/** How long a closing writer waits for readers to release the write-ahead log. */
const CLOSE_PATIENCE_MS = 500;

/**
 * Opens a SQLite file in WAL mode with `synchronous=FULL`: a commit that returned survives a power failure.
 * libsql ignores `readonly`, so `query_only` prevents writes by a reader. A reader, too, creates a file that does not exist.
 *
 * If an unclean stop left a write-ahead log, a writer runs `quick_check` first, which takes about a second per GB and blocks the
 * process. A writer that closes the file leaves an empty write-ahead log, so a copy of the file alone is complete.
 * Every later failure of the file is thrown as EngineUnavailable or EngineDamaged. After EngineDamaged, this process does not use
 * the file again. If the file was deleted or replaced, every commit fails, because its data would go to a file without a path.
 * @throws EngineUnavailable if the file cannot be opened or stays locked
 * @throws EngineDamaged if the file is damaged or is not a file of this system
 */
export const openDatabase = (options: OpenOptions): Database => {
  rejectDamaged(options);
  try {
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    makePrivate(options.file);
    // If several processes create a file at the same time, SQLite rejects some of them without waiting (switch to WAL mode).
    return retryWhileBusySync(() => open(options));
  } catch (error) {
    throw (error as NodeJS.ErrnoException).syscall === undefined
      ? describeFault(error, options)
      : cannotOpen(options.file, error);
  }
};

const open = (options: OpenOptions): Database => {
  const { schema = [], queryOnly = false, secureDelete = false } = options;
  const wasStoppedUncleanly = !queryOnly && sizeOf(`${options.file}-wal`) > 0;
  const database = guarded(connect(options.file), options);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    if (wasStoppedUncleanly) runQuickCheck(database, options);
    checkSchema(database, options);
    if (secureDelete) database.exec('PRAGMA secure_delete = ON');
    if (queryOnly) database.exec('PRAGMA query_only = ON');
    else prepareToWrite(database, schema);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
};

const connect = (file: string): Database => {
  try {
    return new Libsql(file);
  } catch (error) {
    throw cannotOpen(file, error);
  }
};

const cannotOpen = (file: string, error: unknown): EngineUnavailable =>
  new EngineUnavailable(`${file}: the file cannot be opened (${String(error)})`, { cause: error });

const prepareToWrite = (database: Database, schema: readonly string[]): void => {
  database.exec(`PRAGMA cache_size = -${WRITER_CACHE_KIB}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.exec(`PRAGMA journal_size_limit = ${MAX_IDLE_WAL_BYTES}`);
  if (schema.length > 0) createTables(database, schema);
};

const createTables = (database: Database, statements: readonly string[]): void => {
  database.exec('BEGIN IMMEDIATE');
  for (const statement of statements) database.exec(statement);
  database.exec('COMMIT');
};

const runQuickCheck = (database: Database, named: NamedFile): void => {
  const [row] = database.prepare('PRAGMA quick_check(1)').all() as { readonly quick_check: string }[];
  if (row?.quick_check !== 'ok') throw damaged(named, `is damaged (quick_check: ${row?.quick_check ?? 'no result'})`);
};

/** Copies the write-ahead log into the file and truncates it. @throws SQLITE_BUSY while a reader uses it */
export const truncateWal = (database: Database): void => {
  const [outcome] = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all() as { readonly busy: number }[];
  if (outcome?.busy !== 0) throw Object.assign(new Error('a reader uses the write-ahead log'), { code: 'SQLITE_BUSY' });
};

/** Damaged files that this process has found, by path. */
const damagedFiles = new Map<string, EngineDamaged>();

/** @throws EngineDamaged if the file was found damaged earlier: its intact part is not the complete data */
const rejectDamaged = ({ file }: NamedFile): void => {
  const damage = damagedFiles.get(file);
  if (damage) throw damage;
};

/**
 * @returns a function that throws EngineUnavailable while the opened file is not at its path. It checks the path at most every
 *   100 ms; with `now`, immediately.
 */
const replacementCheck = ({ file }: NamedFile): ((now: boolean) => void) => {
  if (file === IN_MEMORY) return () => undefined;
  const opened = new OpenedFile(file);
  let checkedAt = performance.now();
  let isReplaced = false;
  return (now) => {
    if (now || performance.now() - checkedAt >= CHECK_EVERY_MS) {
      isReplaced = opened.isReplaced();
      checkedAt = performance.now();
    }
    if (!isReplaced) return;
    const remedy = 'Move it back, or stop the services and follow Restore in docs/operations.md';
    throw new EngineUnavailable(`${file} was deleted or replaced while in use. ${remedy}`);
  };
};

/** Wraps all calls to the driver, so that every failure of the file is thrown as an error with its path. */
const guarded = (database: Database, options: OpenOptions): Database => {
  const guard =
    <Parameters extends readonly unknown[], Result>(run: (...parameters: Parameters) => Result) =>
    (...parameters: Parameters): Result => {
      if (parameters[0] !== 'ROLLBACK') {
        rejectDamaged(options);
        rejectReplaced(parameters[0] === 'BEGIN IMMEDIATE');
      }
      try {
        const result = run(...parameters);
        // Checked after the commit, too: if the file was deleted during the commit, the commit is lost.
        if (parameters[0] === 'COMMIT') rejectReplaced(true);
        return result;
      } catch (error) {
        const described = describeFault(error, options);
        if (described instanceof EngineDamaged) damagedFiles.set(options.file, described);
        throw described;
      }
    };
  const rejectReplaced = replacementCheck(options);
  type Method = (...parameters: unknown[]) => unknown;
  // Looks up the method on each call, so that a spy on the prototype works.
  const inherited =
    (owner: object, name: string): Method =>
    (...parameters) =>
      (Object.getPrototypeOf(owner) as Record<string, Method>)[name]?.apply(owner, parameters);
  const prepare = guard(inherited(database, 'prepare'));
  const exec = inherited(database, 'exec');
  const { runCommit = (commit: () => void): void => commit() } = options;
  return Object.assign(database, {
    exec: guard((sql: string) => (sql === 'COMMIT' ? runCommit(() => void exec(sql)) : exec(sql))),
    prepare: (sql: string) => {
      const statement = prepare(sql) as object;
      return Object.assign(statement, {
        all: guard(inherited(statement, 'all')),
        run: guard(inherited(statement, 'run')),
      });
    },
    close: () => {
      // The driver keeps the connection, and its lock, as long as one of its statements is reachable.
      if (database.open && database.inTransaction) database.exec('ROLLBACK');
      if (!options.queryOnly && database.open && !damagedFiles.has(options.file)) tryTruncateWal(database);
      Libsql.prototype.close.call(database);
    },
  });
};

/** If a reader or a full disk prevents it, the log is kept: nothing is lost, and the next start checks the file. */
const tryTruncateWal = (database: Database): void => {
  try {
    retryWhileBusySync(() => truncateWal(database), CLOSE_PATIENCE_MS);
  } catch {
    return;
  }
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
