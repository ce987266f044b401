import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { OpenedFile, type Database, type RunCommit } from '@rewards/sqlite';
import { contentHash } from '../content-hash';
import type { DeliveredMessage, Message } from '../message-bus';
import { WrittenFile, isMissingTable, open } from './embedded-engine';
import type { Place } from './embedded-group';

/**
 * Keys and values are bytes: the driver returns a text only up to a NUL in it. SQLite keeps the type of each value, so a missing
 * key or value is the number 0: in files of the first version the columns are NOT NULL.
 */
const schema = (partitions: number): string[] => [
  'CREATE TABLE IF NOT EXISTS topic (partitions INTEGER NOT NULL)',
  `INSERT INTO topic (partitions) SELECT ${partitions} WHERE NOT EXISTS (SELECT 1 FROM topic)`,
  'CREATE TABLE IF NOT EXISTS identity (id TEXT NOT NULL)',
  'INSERT INTO identity (id) SELECT lower(hex(randomblob(16))) WHERE NOT EXISTS (SELECT 1 FROM identity)',
  `CREATE TABLE IF NOT EXISTS message (
     partition INTEGER NOT NULL, offset INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (partition, offset)
   ) WITHOUT ROWID`,
];
const MISSING = 0;

const partitionCount = (database: Database): number => {
  const [row] = database.prepare('SELECT partitions FROM topic').all([]) as { readonly partitions: number }[];
  return row?.partitions ?? 0;
};

/** @returns null for a file that its producer has not opened since topics have ids */
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

/** Messages without a key share one partition. */
const partitionOf = (key: Buffer | null, partitions: number): number =>
  createHash('md5')
    .update(key ?? '')
    .digest()
    .readUInt32BE(0) % partitions;

/** The producer's side of a topic's file. */
export class TopicWriter {
  private readonly file: WrittenFile<ReturnType<typeof prepareToAppend>>;

  /** @param partitions for a topic that is made now; an existing one keeps its own number */
  constructor(file: string, partitions: number, runCommit?: RunCommit) {
    this.file = new WrittenFile({ file, schema: schema(partitions), ...(runCommit && { runCommit }) }, prepareToAppend);
  }

  async append(messages: readonly Message[]): Promise<void> {
    const rows = messages.map(({ key, value }) => [bytesOf(key), bytesOf(value)] as const);
    await this.file.write(({ partitions, insert }) => {
      for (const [key, value] of rows) insert.run([partitionOf(key, partitions), key ?? MISSING, value ?? MISSING]);
    });
  }

  /** Opens the file again if it was deleted or replaced. @throws what the engine throws when a write does not succeed now */
  probe(): Promise<void> {
    return this.file.probe();
  }

  close(): Promise<void> {
    return this.file.close();
  }
}

const prepareToAppend = (database: Database) => ({
  partitions: partitionCount(database),
  // Offsets have no gap: the next one is read where it is written, inside the transaction.
  insert: database.prepare(
    `INSERT INTO message (partition, offset, key, value)
     SELECT ?1, coalesce((SELECT max(offset) FROM message WHERE partition = ?1), -1) + 1, ?2, ?3`,
  ),
});

interface Row {
  readonly offset: number;
  readonly key: ArrayBuffer | number;
  readonly value: ArrayBuffer | number;
}

const partOf = (stored: ArrayBuffer | number): Buffer | null => (typeof stored === 'number' ? null : Buffer.from(stored));

interface Connection {
  readonly database: Database;
  readonly statements: ReturnType<typeof prepareToRead>;
  readonly opened: OpenedFile;
  readonly topicId: string | null;
}

/** The consumers' side of a topic's file. The file may come into being later, and be deleted or replaced meanwhile. */
export class TopicReader {
  private connection: Connection | null = null;
  /** Of the file, as `news` saw it last. */
  private version: number | null = null;
  private endsSeen: readonly number[] = [];
  private partitionsSeen = 0;
  private timesOpened = 0;

  constructor(
    readonly name: string,
    private readonly file: string,
  ) {}

  /** Rises each time the file is opened again. */
  get generation(): number {
    return this.timesOpened;
  }

  /** 0 while the topic does not exist. */
  partitions(): number {
    if (this.partitionsSeen > 0) return this.partitionsSeen;
    const connection = this.connect();
    this.partitionsSeen = connection ? partitionCount(connection.database) : 0;
    return this.partitionsSeen;
  }

  /**
   * The partitions that may have new messages since the last call: all of them where the topic is another file. Cheap enough to call
   * all the time.
   */
  news(): readonly number[] {
    if (this.connection?.opened.isReplaced()) this.close();
    const connection = this.connect();
    if (!connection) return [];
    const [row] = connection.statements.version.all([]) as { readonly data_version: number }[];
    const version = row?.data_version ?? 0;
    if (version === this.version) return [];
    this.version = version;
    const before = this.endsSeen;
    this.endsSeen = this.ends();
    return this.endsSeen.flatMap((end, partition) => (end === before[partition] ? [] : [partition]));
  }

  read(partition: number, from: number, limit: number): DeliveredMessage[] {
    const rows = (this.connect()?.statements.page.all([partition, from, limit]) ?? []) as Row[];
    return rows.map(({ offset, key, value }) => ({
      topic: this.name,
      partition,
      offset: String(offset),
      key: partOf(key),
      value: partOf(value),
    }));
  }

  /** Made with the topic's file; null where it is not known. */
  id(): string | null {
    return this.connect()?.topicId ?? null;
  }

  /** @returns the messages that follow a place, or a sentence that says why the place does not fit this topic */
  after(partition: number, { next, topicId, last }: Place, limit: number): DeliveredMessage[] | string {
    const connection = this.connect();
    if (!connection) return [];
    if (next === 0) return this.read(partition, 0, limit);
    if (topicId !== null && connection.topicId !== null && topicId !== connection.topicId) return 'The topic was made again.';
    const [before, ...page] = this.read(partition, next - 1, limit + 1);
    if (before?.offset !== String(next - 1)) return 'The topic ends before the committed offset: it is an older copy.';
    return last !== null && contentHash(before) !== last
      ? 'The topic holds another message before the committed offset: it was an older copy that has grown since.'
      : page;
  }

  /** @returns for each partition the offset that its next message will have */
  ends(): number[] {
    const partitions = Array.from({ length: this.partitions() }, (_, partition) => partition);
    const rows = (this.connect()?.statements.ends.all([JSON.stringify(partitions)]) ?? []) as { readonly next: number }[];
    return partitions.map((partition) => rows[partition]?.next ?? 0);
  }

  close(): void {
    const { connection } = this;
    this.connection = null;
    this.version = null;
    this.endsSeen = [];
    this.partitionsSeen = 0;
    connection?.opened.removeLeftovers();
    connection?.database.close();
  }

  private connect(): Connection | null {
    if (this.connection || !existsSync(this.file)) return this.connection;
    const database = open({ file: this.file, queryOnly: true });
    try {
      const statements = prepareToRead(database);
      this.connection = { database, statements, opened: new OpenedFile(this.file), topicId: topicIdOf(database) };
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
    `SELECT coalesce((SELECT max(offset) FROM message WHERE partition = asked.value), -1) + 1 AS next
     FROM json_each(?) AS asked ORDER BY asked.key`,
  ),
});
