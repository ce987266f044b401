import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { GroupCommit, type Database } from '@rewards/sqlite';
import type { DeliveredMessage, Message } from '../message-bus';
import { isMissingTable, open, translate } from './embedded-engine';

/** Keys and values are bytes: the driver gives a text back only up to a NUL in it. */
const schema = (partitions: number): string[] => [
  'CREATE TABLE IF NOT EXISTS topic (partitions INTEGER NOT NULL)',
  `INSERT INTO topic (partitions) SELECT ${partitions} WHERE NOT EXISTS (SELECT 1 FROM topic)`,
  `CREATE TABLE IF NOT EXISTS message (
     partition INTEGER NOT NULL, offset INTEGER NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, PRIMARY KEY (partition, offset)
   ) WITHOUT ROWID`,
];

const partitionCount = (database: Database): number => {
  const [row] = database.prepare('SELECT partitions FROM topic').all([]) as { readonly partitions: number }[];
  return row?.partitions ?? 0;
};

const partitionOf = (key: Buffer, partitions: number): number =>
  createHash('md5').update(key).digest().readUInt32BE(0) % partitions;

/** The producer's side of a topic's file. */
export class TopicWriter {
  private readonly database: Database;
  private readonly commits: GroupCommit;
  private readonly insert: ReturnType<Database['prepare']>;
  private readonly partitions: number;

  /** @param partitions for a topic that is made now; one that is there keeps its own number */
  constructor(file: string, partitions: number) {
    this.database = open({ file, schema: schema(partitions) });
    this.commits = new GroupCommit(this.database);
    this.partitions = partitionCount(this.database);
    // Offsets have no gap: the next one is read where it is written, inside the transaction.
    this.insert = this.database.prepare(
      `INSERT INTO message (partition, offset, key, value)
       SELECT ?1, coalesce((SELECT max(offset) FROM message WHERE partition = ?1), -1) + 1, ?2, ?3`,
    );
  }

  async append(messages: readonly Message[]): Promise<void> {
    const rows = messages.map(({ key, value }) => [Buffer.from(key), Buffer.from(value)] as const);
    try {
      await this.commits.write(() => {
        for (const [key, value] of rows) this.insert.run([partitionOf(key, this.partitions), key, value]);
      });
    } catch (error) {
      throw translate(error);
    }
  }

  /** @throws what the engine throws when a write does not succeed now */
  probe(): Promise<void> {
    return this.commits.probe();
  }

  async close(): Promise<void> {
    await this.commits.close();
    this.database.close();
  }
}

interface Row {
  readonly offset: number;
  readonly key: ArrayBuffer;
  readonly value: ArrayBuffer;
}

/** The consumers' side of a topic's file. The file may come into being later. */
export class TopicReader {
  private connection: { readonly database: Database; readonly statements: ReturnType<typeof prepare> } | null = null;
  private version = 0;
  private partitionsSeen = 0;

  constructor(
    readonly name: string,
    private readonly file: string,
  ) {}

  /** 0 while the topic does not exist. */
  partitions(): number {
    if (this.partitionsSeen > 0) return this.partitionsSeen;
    const connection = this.connect();
    this.partitionsSeen = connection ? partitionCount(connection.database) : 0;
    return this.partitionsSeen;
  }

  /** Whether somebody may have published since this was asked last. Cheap enough to ask all the time. */
  hasNews(): boolean {
    const connection = this.connect();
    if (!connection) return false;
    const [row] = connection.statements.version.all([]) as { readonly data_version: number }[];
    const version = row?.data_version ?? 0;
    if (version === this.version) return false;
    this.version = version;
    return true;
  }

  read(partition: number, from: number, limit: number): DeliveredMessage[] {
    const rows = (this.connect()?.statements.page.all([partition, from, limit]) ?? []) as Row[];
    return rows.map(({ offset, key, value }) => ({
      topic: this.name,
      partition,
      offset: String(offset),
      key: Buffer.from(key).toString(),
      value: Buffer.from(value).toString(),
    }));
  }

  /** @returns for each partition the offset that its next message will have */
  ends(): number[] {
    const statements = this.connect()?.statements;
    return Array.from({ length: this.partitions() }, (_, partition) => {
      const [row] = (statements?.end.all([partition]) ?? []) as { readonly next: number }[];
      return row?.next ?? 0;
    });
  }

  close(): void {
    this.connection?.database.close();
    this.connection = null;
  }

  private connect(): typeof this.connection {
    if (this.connection || !existsSync(this.file)) return this.connection;
    const database = open({ file: this.file, queryOnly: true });
    try {
      this.connection = { database, statements: prepare(database) };
    } catch (error) {
      database.close();
      if (!isMissingTable(error)) throw error;
    }
    return this.connection;
  }
}

const prepare = (database: Database) => ({
  version: database.prepare('PRAGMA data_version'),
  page: database.prepare('SELECT offset, key, value FROM message WHERE partition = ? AND offset >= ? ORDER BY offset LIMIT ?'),
  end: database.prepare('SELECT coalesce(max(offset), -1) + 1 AS next FROM message WHERE partition = ?'),
});
