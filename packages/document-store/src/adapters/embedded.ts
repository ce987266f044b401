import type { Position } from '@rewards/contracts';
import { existsSync } from 'node:fs';
import {
  EngineDamaged,
  GroupCommit,
  isEngineFault,
  openDatabase,
  retryWhileBusy,
  Scrubber,
  truncateWal,
  type Database,
  type RunCommit,
} from '@rewards/sqlite';
import {
  DocumentStoreDamaged,
  DocumentStoreUnavailable,
  type Collection,
  type CollectionSpec,
  type DocumentStore,
  type Filter,
  type Positioned,
  type Query,
  type Stored,
  type StoredText,
} from '../document-store';
import { anySpec, countSql, createSql, findSql, tableOf, type AnySpec, type Sql } from './embedded-sql';

export interface EmbeddedDocumentStoreOptions {
  /** Path of the SQLite file, which one service writes. */
  readonly file: string;
  /** For a file of another service: the store creates and writes nothing, and missing collections read as empty. */
  readonly queryOnly?: boolean;
  /** Overwrites replaced and deleted content with zeroes in the file. `scrub` empties the write-ahead log too. */
  readonly secureDelete?: boolean;
  /** How to repair a damaged file, as an imperative clause; by default, to restore it from a backup. */
  readonly remedy?: string;
  /** Wraps each commit; by default, the commit runs directly. */
  readonly runCommit?: RunCommit;
}

/** Columns of every collection's table. */
const COLUMNS = ['id', 'version', 'document'];

interface Row {
  readonly id: string;
  readonly version: number;
  readonly position: Position | null;
  readonly document: string;
}

type Statement = ReturnType<Database['prepare']>;

/** There is one statement for each shape of a filter, so there are few. The limit bounds memory in any case. */
const MAX_STATEMENTS = 500;

/** Pages (4 KiB each) in the write-ahead log of a scrubbed file before SQLite checkpoints it. */
const SCRUBBED_CHECKPOINT_PAGES = 1_000;

/** Opens documents in a SQLite file. If the file cannot be opened now, later operations try again. */
export const openEmbeddedDocumentStore = (options: EmbeddedDocumentStoreOptions): DocumentStore =>
  new EmbeddedDocumentStore(options);

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? '';
const isDuplicate = (error: unknown): boolean => /^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(codeOf(error));
const isMissingTable = (error: unknown): boolean => codeOf(error) === 'SQLITE_ERROR' && /no such table/.test(String(error));
const translate = (error: unknown): unknown => {
  if (!isEngineFault(error)) return error;
  const PortError = error instanceof EngineDamaged ? DocumentStoreDamaged : DocumentStoreUnavailable;
  return new PortError((error as Error).message, { cause: error });
};

class EmbeddedDocumentStore implements DocumentStore {
  private connection: Connection | null = null;
  private closed = false;

  constructor(private readonly options: EmbeddedDocumentStoreOptions) {
    if (options.queryOnly) return;
    try {
      this.connect();
    } catch (error) {
      // The next operation tries to open the file again.
      if (!(error instanceof DocumentStoreUnavailable || error instanceof DocumentStoreDamaged)) throw error;
    }
  }

  async collection<T extends object>(spec: CollectionSpec<T>): Promise<Collection<T>> {
    const untyped = anySpec(spec);
    const statements = createSql(untyped);
    if (!this.options.queryOnly) {
      await this.write((connection) => {
        for (const statement of statements) connection.database.exec(statement);
      });
    }
    return new EmbeddedCollection<T>(this, untyped);
  }

  async ping(): Promise<void> {
    await this.read({ text: 'SELECT count(*) FROM sqlite_schema', values: [] });
    if (this.options.queryOnly) return;
    await this.writable()
      .writes.probe()
      .catch((error: unknown) => {
        throw translate(error);
      });
  }

  async scrub(): Promise<void> {
    const { database, scrubber } = this.writable();
    await scrubber?.scrub().catch((error: unknown) => {
      throw translate(error);
    });
    await this.retrying(() => truncateWal(database));
  }

  async close(): Promise<void> {
    this.closed = true;
    const { connection } = this;
    this.connection = null;
    await connection?.close();
  }

  /** Reads all rows of one statement without leaving a read transaction open. A missing file or table reads as empty. */
  read<R>({ text, values }: Sql): Promise<R[]> {
    return this.retrying(() => {
      try {
        return (this.readable()?.prepare(text).all(values) ?? []) as R[];
      } catch (error) {
        if (isMissingTable(error)) return [];
        throw error;
      }
    });
  }

  /** Runs a write in a transaction that concurrent writes share. */
  async write<R>(run: (connection: Connection) => R): Promise<R> {
    const connection = this.writable();
    try {
      return await connection.writes.write(() => run(connection));
    } catch (error) {
      throw isDuplicate(error) ? error : translate(error);
    }
  }

  private connect(): Connection {
    if (this.closed) throw new DocumentStoreUnavailable('the store is closed');
    try {
      if (this.connection) return this.connection;
      const database = openDatabase({ ...this.options, columns: COLUMNS });
      // Each scrub checkpoints the whole write-ahead log, so the log must stay short.
      if (this.options.secureDelete) database.exec(`PRAGMA wal_autocheckpoint = ${SCRUBBED_CHECKPOINT_PAGES}`);
      return (this.connection = new Connection(
        database,
        this.options.secureDelete && !this.options.queryOnly ? this.options.file : null,
      ));
    } catch (error) {
      throw translate(error);
    }
  }

  private readable(): Connection | null {
    if (!this.connection && !this.closed && !existsSync(this.options.file)) return null;
    return this.connect();
  }

  private writable(): Connection {
    if (this.options.queryOnly) throw new TypeError('the store is read-only (queryOnly)');
    return this.connect();
  }

  /** Retries while another connection locks the file. */
  private async retrying<R>(attempt: () => R): Promise<R> {
    try {
      return await retryWhileBusy(attempt);
    } catch (error) {
      throw translate(error);
    }
  }
}

class Connection {
  readonly writes: GroupCommit;
  readonly scrubber: Scrubber | null;
  private readonly statements = new Map<string, Statement>();

  /** @param scrubbedFile path of the file if deleted content in it is overwritten, else null */
  constructor(
    readonly database: Database,
    scrubbedFile: string | null,
  ) {
    this.writes = new GroupCommit(database, () => this.scrubber?.committed());
    this.scrubber = scrubbedFile === null ? null : new Scrubber(scrubbedFile, database, this.writes);
  }

  prepare(text: string): Statement {
    const cached = this.statements.get(text);
    if (cached) return cached;
    if (this.statements.size >= MAX_STATEMENTS) this.statements.clear();
    const statement = this.database.prepare(text);
    this.statements.set(text, statement);
    return statement;
  }

  async close(): Promise<void> {
    await this.scrubber?.close();
    await this.writes.close();
    this.database.close();
  }
}

/** The driver truncates text at a NUL. Documents are not affected, because JSON escapes it. */
const checkId = (id: string): string => {
  if (id.includes('\0')) throw new TypeError('a document id must not contain a NUL character');
  return id;
};

const toStored = <T>({ id, version, position, document }: Row): Stored<T> => ({
  id,
  version,
  ...(position !== null && { position }),
  document: JSON.parse(document) as T,
});

class EmbeddedCollection<T extends object> implements Collection<T> {
  private readonly table: string;

  constructor(
    private readonly store: EmbeddedDocumentStore,
    private readonly spec: AnySpec,
  ) {
    this.table = tableOf(spec);
  }

  async get(id: string): Promise<Stored<T> | null> {
    const [row] = await this.store.read<Row>({
      text: `SELECT id, version, position, document FROM ${this.table} WHERE id = ?`,
      values: [id],
    });
    return row ? toStored<T>(row) : null;
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Stored<T>>> {
    return new Map((await this.rowsOf(ids)).map((row) => [row.id, toStored<T>(row)]));
  }

  async getTexts(ids: readonly string[]): Promise<ReadonlyMap<string, StoredText>> {
    const rows = await this.rowsOf(ids);
    return new Map(rows.map(({ id, position, document }) => [id, { ...(position !== null && { position }), text: document }]));
  }

  async insert(id: string, document: T): Promise<boolean> {
    const text = `INSERT INTO ${this.table} (id, version, document) VALUES (?, 1, ?)`;
    return (await this.change(text, [checkId(id), JSON.stringify(document)])) > 0;
  }

  async replace(id: string, version: number, document: T): Promise<boolean> {
    const text = `UPDATE ${this.table} SET version = version + 1, document = ? WHERE id = ? AND version = ?`;
    return (await this.change(text, [JSON.stringify(document), id, version])) > 0;
  }

  async delete(id: string, version: number): Promise<boolean> {
    return (await this.change(`DELETE FROM ${this.table} WHERE id = ? AND version = ?`, [id, version])) > 0;
  }

  /** Skips documents that `insert` wrote: they have no position, and a comparison with null is never true. */
  async writeNewer(documents: readonly Positioned<T>[]): Promise<void> {
    if (documents.length === 0) return;
    const rows = documents.map(({ id, position, document }) => [checkId(id), position, JSON.stringify(document)]);
    const text =
      `INSERT INTO ${this.table} (id, version, position, document) VALUES (?, 1, ?, ?) ON CONFLICT (id) DO UPDATE ` +
      `SET version = version + 1, position = excluded.position, document = excluded.document WHERE excluded.position > position`;
    await this.store.write((connection) => {
      const upsert = connection.prepare(text);
      for (const row of rows) upsert.run(row);
    });
  }

  async find(query: Query<T>): Promise<readonly Stored<T>[]> {
    const rows = await this.store.read<Row>(findSql(this.spec, query));
    return rows.map((row) => toStored<T>(row));
  }

  async scan(after: string | null, limit: number): Promise<readonly Stored<T>[]> {
    const rows = await this.store.read<Row>({
      text: `SELECT id, version, position, document FROM ${this.table} WHERE ? OR id > ? ORDER BY id LIMIT ?`,
      values: [after === null ? 1 : 0, after ?? '', limit],
    });
    return rows.map((row) => toStored<T>(row));
  }

  async count(where?: Filter<T>): Promise<number> {
    const [row] = await this.store.read<{ readonly count: number }>(countSql<T>(this.spec, where));
    return row?.count ?? 0;
  }

  async drop(): Promise<void> {
    await this.store.write(({ database }) => database.exec(`DROP TABLE IF EXISTS ${this.table}`));
  }

  private rowsOf(ids: readonly string[]): Promise<Row[]> {
    const text = `SELECT id, version, position, document FROM ${this.table} WHERE id IN (SELECT value FROM json_each(?))`;
    return this.store.read<Row>({ text, values: [JSON.stringify(ids)] });
  }

  /** @returns the number of changed documents; 0 if the id or a value of a unique index is already in use */
  private async change(text: string, values: readonly (string | number)[]): Promise<number> {
    try {
      return await this.store.write((connection) => connection.prepare(text).run(values).changes);
    } catch (error) {
      if (isDuplicate(error)) return 0;
      throw error;
    }
  }
}
