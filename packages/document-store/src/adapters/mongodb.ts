import {
  MongoClient,
  type AnyBulkWriteOperation,
  type Collection as DriverCollection,
  type Db,
  type IndexDescription,
} from 'mongodb';
import { TIME_LIMITS, type Position } from '@rewards/contracts';
import {
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
import { isDuplicate, isNotImplemented, duplicateIdIndexes, translate } from './mongodb-errors';
import { fromStorable, toStorable } from './mongodb-names';
import { anySpec, filterOf, indexesOf, naturalNumber, outsideOf, sortOf, wholeIndexesOf, type AnySpec } from './mongodb-query';

export interface MongoDocumentStoreOptions {
  /** `mongodb://…`, with the user name and password if the server requires them. */
  readonly url: string;
  /** The database of one writing service; other services may read it. */
  readonly database: string;
  /** For a database of another service: the store creates and writes nothing, and missing collections read as empty. */
  readonly queryOnly?: boolean;
}

/** A stored document. The caller's part is nested, so that its field names cannot collide with ours. */
interface Row {
  readonly _id: string;
  readonly version: number;
  readonly position?: Position;
  readonly document: object;
  /** Only on a server without partial indexes; see `outsideOf`. */
  readonly outside?: Readonly<Record<string, string>>;
}

/**
 * Time limits for finding the primary, getting a connection and receiving a response. Electing a new primary takes a replica
 * set about ten seconds, so callers must retry.
 */
const LIMITS = {
  serverSelectionTimeoutMS: TIME_LIMITS.engineMs / 2,
  connectTimeoutMS: TIME_LIMITS.engineMs / 2,
  waitQueueTimeoutMS: TIME_LIMITS.engineMs / 2,
  socketTimeoutMS: TIME_LIMITS.engineMs,
} as const;

const MAX_FETCH = 1_000;
/** A server that syncs each write separately can acknowledge this many within the time limit. */
const MAX_BULK = 250;

/**
 * Opens documents in MongoDB. The store connects with the first operation and reconnects after an outage.
 * @throws MongoParseError if the URL is invalid
 */
export const openMongoDocumentStore = (options: MongoDocumentStoreOptions): DocumentStore => new MongoDocumentStore(options);

class MongoDocumentStore implements DocumentStore {
  readonly db: Db;
  private readonly client: MongoClient;
  private closed: Promise<void> | null = null;

  constructor(private readonly options: MongoDocumentStoreOptions) {
    this.client = new MongoClient(options.url, {
      ...LIMITS,
      readPreference: 'primary',
      writeConcern: { w: 'majority', journal: true },
      ignoreUndefined: true,
    });
    this.db = this.client.db(options.database);
  }

  async collection<T extends object>(spec: CollectionSpec<T>): Promise<Collection<T>> {
    const untyped = anySpec(spec);
    const rows = this.db.collection<Row>(untyped.name);
    const indexes = indexesOf(untyped);
    let hasPartialIndexes = true;
    if (!this.options.queryOnly && indexes.length > 0) {
      hasPartialIndexes = await this.run(async () => {
        try {
          await createEach(rows, indexes);
          return true;
        } catch (error) {
          if (!isNotImplemented(error)) throw error;
          await createEach(rows, wholeIndexesOf(untyped));
          return false;
        }
      });
    }
    return new MongoCollection<T>(this, untyped, rows, hasPartialIndexes);
  }

  /** Does nothing: MongoDB keeps deleted content until it reuses the space, and a client cannot change that. */
  async scrub(): Promise<void> {}

  async ping(): Promise<void> {
    await this.run(() => this.db.command({ ping: 1 }));
  }

  close(): Promise<void> {
    this.closed ??= this.client.close();
    return this.closed;
  }

  /** Runs an operation and translates its errors to the port's. */
  async run<R>(operation: () => Promise<R>): Promise<R> {
    // A closed client would reconnect.
    if (this.closed) throw new DocumentStoreUnavailable('the store is closed');
    try {
      return await operation();
    } catch (error) {
      throw translate(error);
    }
  }

  assertWritable(): void {
    if (this.options.queryOnly) throw new TypeError('the store is read-only (queryOnly)');
  }
}

/** One at a time: FerretDB 1.24 closes the connection on a command with two indexes that already exist. */
const createEach = async (rows: DriverCollection<Row>, indexes: readonly IndexDescription[]): Promise<void> => {
  for (const index of indexes) await rows.createIndexes([index]);
};

/** MongoDB could read an object in place of an id as an operator. */
const idOf = (id: string): string => {
  if (typeof id !== 'string') throw new TypeError('a document id must be a string');
  return id;
};

const toStored = <T>({ _id, version, position, document }: Row): Stored<T> => ({
  id: _id,
  version,
  ...(position !== undefined && { position }),
  document: fromStorable(document) as T,
});

class MongoCollection<T extends object> implements Collection<T> {
  private isDropped = false;

  constructor(
    private readonly store: MongoDocumentStore,
    private readonly spec: AnySpec,
    private readonly rows: DriverCollection<Row>,
    private readonly hasPartialIndexes: boolean,
  ) {}

  async get(id: string): Promise<Stored<T> | null> {
    const row = await this.read(() => this.rows.findOne({ _id: idOf(id) }));
    return row && toStored<T>(row);
  }

  async getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Stored<T>>> {
    if (ids.length === 0) return new Map();
    const rows = await this.read(() => this.rows.find({ _id: { $in: ids } }, { batchSize: MAX_FETCH }).toArray());
    return new Map(rows.map((row) => [row._id, toStored<T>(row)]));
  }

  async getTexts(ids: readonly string[]): Promise<ReadonlyMap<string, StoredText>> {
    const stored = await this.getMany(ids);
    return new Map(
      [...stored].map(([id, { document, position }]) => [id, { ...(position && { position }), text: JSON.stringify(document) }]),
    );
  }

  insert(id: string, document: T): Promise<boolean> {
    return this.writeUnlessDuplicate(async () => {
      await this.rows.insertOne({ _id: idOf(id), version: 1, ...this.content(id, document) });
      return true;
    });
  }

  async replace(id: string, version: number, document: T): Promise<boolean> {
    const change = { $set: { version: version + 1, ...this.content(id, document) } };
    return this.writeUnlessDuplicate(
      async () => (await this.rows.updateOne({ _id: idOf(id), version }, change)).matchedCount > 0,
    );
  }

  async delete(id: string, version: number): Promise<boolean> {
    const { deletedCount } = await this.write(() => this.rows.deleteOne({ _id: idOf(id), version }));
    return deletedCount > 0;
  }

  /**
   * If no stored document has a lower position, the upsert inserts, and fails if the id exists. The existing document is either
   * newer, or was just inserted by a concurrent writer and may be older. So the failed ones are retried without inserting.
   */
  async writeNewer(documents: readonly Positioned<T>[]): Promise<void> {
    for (let from = 0; from < documents.length; from += MAX_BULK) {
      const part = documents.slice(from, from + MAX_BULK);
      await this.write(async () => {
        const duplicates = await this.writeWhereLower(part, true);
        if (duplicates === null) for (const document of part) await this.writeOneNewer(document);
        else if (duplicates.length > 0) await this.writeWhereLower(duplicates, false);
      });
    }
  }

  async find(query: Query<T>): Promise<readonly Stored<T>[]> {
    const [filter, sort] = [filterOf<T>(query.where), sortOf(query)];
    const [limit, skip] = [naturalNumber(query.limit), naturalNumber(query.offset ?? 0)];
    // In MongoDB, a limit of 0 means no limit.
    if (limit === 0) return [];
    const rows = await this.read(() =>
      this.rows.find(filter, { sort, skip, limit, batchSize: Math.min(limit + 1, MAX_FETCH) }).toArray(),
    );
    return rows.map((row) => toStored<T>(row));
  }

  async scan(after: string | null, limit: number): Promise<readonly Stored<T>[]> {
    const filter = after === null ? {} : { _id: { $gt: idOf(after) } };
    const rows = await this.read(() => this.rows.find(filter, { sort: { _id: 1 }, limit }).toArray());
    return rows.map((row) => toStored<T>(row));
  }

  async count(where?: Filter<T>): Promise<number> {
    const filter = filterOf<T>(where);
    return this.read(() => this.rows.countDocuments(filter));
  }

  async drop(): Promise<void> {
    if (!this.isDropped) await this.write(() => this.rows.drop());
    this.isDropped = true;
  }

  private content(id: string, document: T): Pick<Row, 'document' | 'outside'> {
    const storable = toStorable(document);
    return this.hasPartialIndexes ? { document: storable } : { document: storable, outside: outsideOf(this.spec, id, document) };
  }

  private whereLower({ id, position, document }: Positioned<T>, upsert: boolean) {
    return {
      filter: { _id: idOf(id), position: { $lt: position } },
      update: { $set: { position, ...this.content(id, document) }, $inc: { version: 1 } },
      upsert,
    };
  }

  /** @returns the documents whose id already exists, or null if the server may have skipped some */
  private async writeWhereLower(documents: readonly Positioned<T>[], upsert: boolean): Promise<readonly Positioned<T>[] | null> {
    const operations = documents.map((each): AnyBulkWriteOperation<Row> => ({ updateOne: this.whereLower(each, upsert) }));
    try {
      await this.rows.bulkWrite(operations, { ordered: false });
      return [];
    } catch (error) {
      return duplicateIdIndexes(error, documents.length)?.map((index) => documents[index]!) ?? null;
    }
  }

  /** For a server that stops a bulk write at the first duplicate key (FerretDB 1.24). */
  private async writeOneNewer(positioned: Positioned<T>): Promise<void> {
    const attempt = async (upsert: boolean): Promise<void> => {
      const { filter, update } = this.whereLower(positioned, upsert);
      await this.rows.updateOne(filter, update, { upsert });
    };
    try {
      await attempt(true);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      await attempt(false);
    }
  }

  private read<R>(operation: () => Promise<R>): Promise<R> {
    return this.store.run(operation);
  }

  /** @returns the result of the operation, or false if the id or a value of a unique index is already in use */
  private async writeUnlessDuplicate(operation: () => Promise<boolean>): Promise<boolean> {
    try {
      return await this.write(operation);
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  private async write<R>(operation: () => Promise<R>): Promise<R> {
    this.store.assertWritable();
    // A write would create the collection again, without its indexes.
    if (this.isDropped) throw new TypeError('the collection was dropped; open it again before writing');
    return this.store.run(operation);
  }
}
