import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { OpenedFile, type Database, type RunCommit } from '@rewards/sqlite';
import { contentHash } from '../content-hash';
import type { DeliveredMessage, Message } from '../message-bus';
import { WrittenFile, isMissingTable, open } from './embedded-engine';
import type { Place } from './embedded-group';

/**
 * Keys and values are stored as bytes, because the driver truncates text at a NUL. A missing key or value is stored as the
 * number 0, because the columns are NOT NULL in files of the first version. SQLite keeps the type of each value.
 *
 * The headers of a message, if it has any, are JSON in a table of their own, which files of earlier versions do not have: their
 * producer adds it when it opens them.
 */
const schema = (partitions: number): string[] => [
  'CREATE TABLE IF NOT EXISTS topic (partitions INTEGER NOT NULL)',
  `INSERT INTO topic (partitions) SELECT ${partitions} WHERE NOT EXISTS (SELECT 1 FROM topic)`,
  'CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL)',
  'INSERT INTO identity (id) SELECT lower(hex(randomblob(16))) WHERE NOT EXISTS (SELECT 1 FROM identity)',
  `CREATE TABLE IF NOT EXISTS message (
     partition INTEGER NOT NULL, offset INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (partition, offset)
   ) WITHOUT ROWID`,
  `CREATE TABLE IF NOT EXISTS header (
     partition INTEGER NOT NULL, offset INTEGER NOT NULL, headers TEXT NOT NULL, PRIMARY KEY (partition, offset)
   ) WITHOUT ROWID`,
];
const MISSING = 0;

const partitionCount = (database: Database): number => {
  const [row] = database.prepare('SELECT partitions FROM topic').all([]) as { readonly partitions: number }[];
  return row?.partitions ?? 0;
};

/** @returns null for a file that its producer last opened before topics had ids */
const topicIdOf = (database: Database): string | null => {
  try {
    const [row] = database.prepare('SELECT id FROM identity').all([]) as { readonly id: string }[];
    return row?.id ?? null;
  } catch (error) {
    if (isMissingTable(error)) return null;
    throw error;
  }
};

const bytesOf = (part: Uint8Array | string | null): Buffer | null => (part === null ? null : Buffer.from(part as string));

/** @returns null if there are no headers. JSON escapes NUL, at which the driver would truncate the text. */
const jsonOf = (headers: Message['headers'] = {}): string | null =>
  Object.keys(headers).length === 0 ? null : JSON.stringify(headers);

/** Messages without a key share one partition. */
const partitionOf = (key: Buffer | null, partitions: number): number =>
  createHash('md5')
    .update(key ?? '')
    .digest()
    .readUInt32BE(0) % partitions;

/** The producer's side of a topic's file. */
export class TopicWriter {
  private readonly file: WrittenFile<ReturnType<typeof prepareToAppend>>;

  /** @param partitions for a new topic; an existing one keeps its number */
  constructor(file: string, partitions: number, runCommit?: RunCommit) {
    this.file = new WrittenFile({ file, schema: schema(partitions), ...(runCommit && { runCommit }) }, prepareToAppend);
  }

  async append(messages: readonly Message[]): Promise<void> {
    const rows = messages.map(({ key, value, headers }) => [bytesOf(key), bytesOf(value), jsonOf(headers)] as const);
    await this.file.write(({ partitions, insert, insertHeaders }) => {
      for (const [key, value, headers] of rows) {
        const partition = partitionOf(key, partitions);
        insert.run([partition, key ?? MISSING, value ?? MISSING]);
        if (headers !== null) insertHeaders.run([partition, headers]);
      }
    });
  }

  /** Reopens the file if it was deleted or replaced, and tests a write. @throws the engine's error if the write fails */
  probe(): Promise<void> {
    return this.file.probe();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

const prepareToAppend = (database: Database) => ({
  partitions: partitionCount(database),
  // Offsets have no gaps: the next one is read inside the transaction that writes it.
  insert: database.prepare(
    `INSERT INTO message (partition, offset, key, value)
     SELECT ?1, coalesce((SELECT max(offset) FROM message WHERE partition = ?1), -1) + 1, ?2, ?3`,
  ),
  /** For the message that was inserted last in the partition, in the same transaction. */
  insertHeaders: database.prepare(
    'INSERT INTO header (partition, offset, headers) SELECT ?1, max(offset), ?2 FROM message WHERE partition = ?1',
  ),
});

interface Row {
  readonly offset: number;
  readonly key: ArrayBuffer | number;
  readonly value: ArrayBuffer | number;
  readonly headers?: string | null;
}

const partOf = (stored: ArrayBuffer | number): Buffer | null => (typeof stored === 'number' ? null : Buffer.from(stored));

interface Connection {
  readonly database: Database;
  readonly statements: ReturnType<typeof prepareToRead>;
  readonly opened: OpenedFile;
  readonly topicId: string | null;
  /** Reads messages with their headers; null while the file has no table for them. */
  pageWithHeaders: Statement | null;
}

/** The consumers' side of a topic's file. The file may be created later, and may be deleted or replaced at any time. */
export class TopicReader {
  private connection: Connection | null = null;
  /** The file's `data_version` at the last call of `news`. */
  private version: number | null = null;
  private lastEnds: readonly number[] = [];
  private knownPartitions = 0;
  private timesOpened = 0;

  constructor(
    readonly name: string,
    private readonly file: string,
  ) {}

  /** Increases each time the file is reopened. */
  get generation(): number {
    return this.timesOpened;
  }

  /** Number of partitions; 0 while the topic does not exist. */
  partitions(): number {
    if (this.knownPartitions > 0) return this.knownPartitions;
    const connection = this.connect();
    this.knownPartitions = connection ? partitionCount(connection.database) : 0;
    return this.knownPartitions;
  }

  /**
   * @returns the partitions that may have new messages since the last call; all of them if the file was replaced. Cheap enough
   * for frequent polling.
   */
  changedPartitions(): readonly number[] {
    if (this.connection?.opened.isReplaced()) this.close();
    const connection = this.connect();
    if (!connection) return [];
    const [row] = connection.statements.version.all([]) as { readonly data_version: number }[];
    const version = row?.data_version ?? 0;
    if (version === this.version) return [];
    this.version = version;
    const before = this.lastEnds;
    this.lastEnds = this.ends();
    return this.lastEnds.flatMap((end, partition) => (end === before[partition] ? [] : [partition]));
  }

  read(partition: number, from: number, limit: number): DeliveredMessage[] {
    return this.rows(partition, from, limit).map(({ offset, key, value, headers }) => ({
      topic: this.name,
      partition,
      offset: String(offset),
      key: partOf(key),
      value: partOf(value),
      headers: headers ? (JSON.parse(headers) as DeliveredMessage['headers']) : {},
    }));
  }

  private rows(partition: number, from: number, limit: number): readonly Row[] {
    const connection = this.connect();
    if (!connection) return [];
    const range = [partition, from, limit];
    if (connection.pageWithHeaders) return connection.pageWithHeaders.all(range) as Row[];
    const rows = connection.statements.page.all(range) as Row[];
    // Its producer may have added the table since. If it is still missing after the read, none of these messages has headers.
    connection.pageWithHeaders = preparePageWithHeaders(connection.database);
    return connection.pageWithHeaders ? (connection.pageWithHeaders.all(range) as Row[]) : rows;
  }

  /** Id of the topic, created with its file; null if unknown. */
  id(): string | null {
    return this.connect()?.topicId ?? null;
  }

  /** @returns the messages after a place, or a sentence that says why the place does not match this topic */
  after(partition: number, { next, topicId, last }: Place, limit: number): DeliveredMessage[] | string {
    const connection = this.connect();
    if (!connection) return [];
    if (next === 0) return this.read(partition, 0, limit);
    if (topicId !== null && connection.topicId !== null && topicId !== connection.topicId) return 'The topic was recreated.';
    const [before, ...page] = this.read(partition, next - 1, limit + 1);
    if (before?.offset !== String(next - 1)) return 'The topic ends before the committed offset: an older copy was restored.';
    return last !== null && contentHash(before) !== last
      ? 'The topic has another message before the committed offset: an older copy was restored and has grown since.'
      : page;
  }

  /** @returns the offset of the next message of each partition */
  ends(): number[] {
    const partitions = Array.from({ length: this.partitions() }, (_, partition) => partition);
    const rows = (this.connect()?.statements.ends.all([JSON.stringify(partitions)]) ?? []) as { readonly next: number }[];
    return partitions.map((partition) => rows[partition]?.next ?? 0);
  }

  close(): void {
    const { connection } = this;
    this.connection = null;
    this.version = null;
    this.lastEnds = [];
    this.knownPartitions = 0;
    connection?.opened.removeLeftovers();
    connection?.database.close();
  }

  private connect(): Connection | null {
    if (this.connection || !existsSync(this.file)) return this.connection;
    const database = open({ file: this.file, queryOnly: true });
    try {
      const statements = prepareToRead(database);
      const [topicId, pageWithHeaders] = [topicIdOf(database), preparePageWithHeaders(database)];
      this.connection = { database, statements, opened: new OpenedFile(this.file), topicId, pageWithHeaders };
      this.timesOpened += 1;
    } catch (error) {
      database.close();
      if (!isMissingTable(error)) throw error;
    }
    return this.connection;
  }
}

const prepareToRead = (database: Database) => ({
  version: database.prepare('PRAGMA data_version'),
  page: database.prepare('SELECT offset, key, value FROM message WHERE partition = ? AND offset >= ? ORDER BY offset LIMIT ?'),
  ends: database.prepare(
    `SELECT coalesce((SELECT max(offset) FROM message WHERE partition = requested.value), -1) + 1 AS next
     FROM json_each(?) AS requested ORDER BY requested.key`,
  ),
});

type Statement = ReturnType<Database['prepare']>;

/** @returns null for a file that its producer last opened before messages had headers */
const preparePageWithHeaders = (database: Database): Statement | null => {
  try {
    return database.prepare(
      `SELECT offset, key, value, headers FROM message LEFT JOIN header USING (partition, offset)
       WHERE partition = ? AND offset >= ? ORDER BY offset LIMIT ?`,
    );
  } catch (error) {
    if (isMissingTable(error)) return null;
    throw error;
  }
};
