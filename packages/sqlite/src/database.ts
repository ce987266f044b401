import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Libsql from 'libsql';
import { damaged, describeFault, EngineDamaged, EngineUnavailable, retryWhileBusySync, type NamedFile } from './engine-error';
import { IN_MEMORY, makePrivate } from './private-file';
import { OpenedFile } from './replaced-file';
import { checkSchema, type SchemaOptions } from './schema';

export type Database = InstanceType<typeof Libsql>;

/** Runs one commit. A test that wants commits to fail, or to be seen, passes its own. */
export type RunCommit = (commit: () => void) => void;

export interface OpenOptions extends SchemaOptions {
  /** Path of the file; its folder is made when missing. */
  readonly file: string;
  /** Opened for reading alone: the file belongs to another service. */
  readonly queryOnly?: boolean;
  /** Erased content is overwritten with zeroes (`secure_delete`). */
  readonly secureDelete?: boolean;
  /** Runs each commit; by default as it is. */
  readonly runCommit?: RunCommit;
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
/** The write-ahead log grows beyond this only while a reader holds it; the next checkpoint without one cuts it back. */
export const MAX_IDLE_WAL_BYTES = 64 * 1_024 * 1_024;
/** How often a connection that only reads looks whether its file is still the one at the path; a writer looks at every commit. */
const LOOK_EVERY_MS = 100;
/** How long a writer that closes its file waits for readers to let go of the write-ahead log. */
const CLOSE_PATIENCE_MS = 500;

/**
 * Opens a SQLite file in WAL mode with `synchronous=FULL`: a commit that returned survives a power cut.
 * libsql ignores `readonly`, so a reader is held back by `query_only`; it also makes the file when there is none yet.
 *
 * A writer that finds a write-ahead log left by an unclean stop runs `quick_check` first, which takes about a second per GB and
 * blocks the process. A writer that closes the file leaves an empty write-ahead log, so a copy of the file alone is complete.
 * Every later failure of the file is thrown as EngineUnavailable or EngineDamaged. After the latter this process does not use the
 * file again. While the path leads to another file, or to none, no commit succeeds: it would go to a file that nobody can open.
 * @throws EngineUnavailable when the file cannot be opened or stays locked
 * @throws EngineDamaged when the file is damaged or is not a file of this system
 */
export const openDatabase = (options: OpenOptions): Database => {
  refuseDamaged(options);
  try {
    mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 });
    makePrivate(options.file);
    // Of several processes that make one file at the same moment, SQLite turns some away without waiting (the switch to WAL).
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
  const database = watched(connect(options.file), options);
  try {
    database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    if (wasStoppedUncleanly) checkQuickly(database, options);
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
  if (schema.length > 0) makeSchema(database, schema);
};

const makeSchema = (database: Database, statements: readonly string[]): void => {
  database.exec('BEGIN IMMEDIATE');
  for (const statement of statements) database.exec(statement);
  database.exec('COMMIT');
};

const checkQuickly = (database: Database, named: NamedFile): void => {
  const [row] = database.prepare('PRAGMA quick_check(1)').all() as { readonly quick_check: string }[];
  if (row?.quick_check !== 'ok') throw damaged(named, `is damaged (quick_check: ${row?.quick_check ?? 'no answer'})`);
};

/** Brings the write-ahead log into the file and empties it. @throws SQLITE_BUSY while a reader holds it */
export const truncateWal = (database: Database): void => {
  const [outcome] = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all() as { readonly busy: number }[];
  if (outcome?.busy !== 0) throw Object.assign(new Error('a reader holds the write-ahead log'), { code: 'SQLITE_BUSY' });
};

/** The damaged files that this process has met, by their paths. */
const damagedFiles = new Map<string, EngineDamaged>();

/** @throws EngineDamaged for a file that was found damaged before: what looks right beside the damage is not the whole */
const refuseDamaged = ({ file }: NamedFile): void => {
  const damage = damagedFiles.get(file);
  if (damage) throw damage;
};

/**
 * @returns throws EngineUnavailable while the path leads to another file than the one that was opened, or to none. It looks at most
 * every 100 ms, unless it looks now.
 */
const replacementCheck = ({ file }: NamedFile): ((now: boolean) => void) => {
  if (file === IN_MEMORY) return () => undefined;
  const opened = new OpenedFile(file);
  let lookedAt = performance.now();
  let isReplaced = false;
  return (now) => {
    if (now || performance.now() - lookedAt >= LOOK_EVERY_MS) {
      isReplaced = opened.isReplaced();
      lookedAt = performance.now();
    }
    if (!isReplaced) return;
    const remedy = 'Move it back, or stop the services and follow Restore in docs/operations.md';
    throw new EngineUnavailable(`${file} was deleted or replaced while in use. ${remedy}`);
  };
};

/** Every failure of the file passes here, so no caller sees one that does not name the file. */
const watched = (database: Database, options: OpenOptions): Database => {
  const watch =
    <Parameters extends readonly unknown[], Result>(run: (...parameters: Parameters) => Result) =>
    (...parameters: Parameters): Result => {
      if (parameters[0] !== 'ROLLBACK') {
        refuseDamaged(options);
        refuseReplaced(parameters[0] === 'BEGIN IMMEDIATE');
      }
      try {
        const result = run(...parameters);
        // Not before the commit alone: the file may have been deleted during it, and then the commit is lost.
        if (parameters[0] === 'COMMIT') refuseReplaced(true);
        return result;
      } catch (error) {
        const described = describeFault(error, options);
        if (described instanceof EngineDamaged) damagedFiles.set(options.file, described);
        throw described;
      }
    };
  const refuseReplaced = replacementCheck(options);
  type Method = (...parameters: unknown[]) => unknown;
  // The method is looked up at each call, as it would be without this.
  const inherited =
    (owner: object, name: string): Method =>
    (...parameters) =>
      (Object.getPrototypeOf(owner) as Record<string, Method>)[name]?.apply(owner, parameters);
  const prepare = watch(inherited(database, 'prepare'));
  const exec = inherited(database, 'exec');
  const { runCommit = (commit: () => void): void => commit() } = options;
  return Object.assign(database, {
    exec: watch((sql: string) => (sql === 'COMMIT' ? runCommit(() => void exec(sql)) : exec(sql))),
    prepare: (sql: string) => {
      const statement = prepare(sql) as object;
      return Object.assign(statement, {
        all: watch(inherited(statement, 'all')),
        run: watch(inherited(statement, 'run')),
      });
    },
    close: () => {
      // The driver keeps the connection for as long as a statement of it can be reached, and with it a lock.
      if (database.open && database.inTransaction) database.exec('ROLLBACK');
      if (!options.queryOnly && database.open && !damagedFiles.has(options.file)) emptyWal(database);
      Libsql.prototype.close.call(database);
    },
  });
};

/** What a reader or a full disk keeps in the write-ahead log stays there: nothing is lost, and the next start checks the file. */
const emptyWal = (database: Database): void => {
  try {
    retryWhileBusySync(() => truncateWal(database), CLOSE_PATIENCE_MS);
  } catch {
    return;
  }
};

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
