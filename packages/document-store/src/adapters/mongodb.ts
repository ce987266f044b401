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
} from '../document-store';
import { isDuplicate, isNotImplemented, takenIds, translate } from './mongodb-errors';
import { anySpec, filterOf, indexesOf, naturalNumber, outsideOf, sortOf, wholeIndexesOf, type AnySpec } from './mongodb-query';

export interface MongoDocumentStoreOptions {
  /** `mongodb://…`, with the name and password if the server asks for them. */
  readonly url: string;
  /** Of one writing service; other services may read it. */
  readonly database: string;
  /** The database belongs to another service: nothing is made or written, and what is not there yet reads as empty. */
  readonly queryOnly?: boolean;
}

/** A document as the engine has it. The caller's part stands apart, so that no name in it can meet one of ours. */
interface Row {
  readonly _id: string;
  readonly version: number;
  readonly position?: Position;
  readonly document: object;
  /** Only where the server has no partial indexes: see `outsideOf`. */
  readonly outside?: Readonly<Record<string, string>>;
}

/**
 * How long each part of an operation may take: to find the primary, to get a connection, to receive an answer. A replica set
 * elects a new primary in about ten seconds; callers retry.
 */
const LIMITS = {
  serverSelectionTimeoutMS: TIME_LIMITS.engineMs / 2,
  connectTimeoutMS: TIME_LIMITS.engineMs / 2,
  waitQueueTimeoutMS: TIME_LIMITS.engineMs / 2,
  socketTimeoutMS: TIME_LIMITS.engineMs,
} as const;

const MAX_FETCH = 1_000;
/** So many are answered for in time by a server that makes each of them durable for itself. */
const MAX_BULK = 250;

/**
 * Opens documents in MongoDB. It connects with the first operation, and again after the server was away.
 * @throws MongoParseError for a wrong url
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

  /** MongoDB's files keep what was deleted until their space is used again; the client has no say in it. */
  async scrub(): Promise<void> {}

  async ping(): Promise<void> {
    await this.run(() => this.db.command({ ping: 1 }));
  }

  close(): Promise<void> {
    this.closed ??= this.client.close();
    return this.closed;
  }

  /** Runs an operation; its errors become the port's. */
  async run<R>(operation: () => Promise<R>): Promise<R> {
    // A client that was closed would connect again.
    if (this.closed) throw new DocumentStoreUnavailable('the store is closed');
    try {
      return await operation();
    } catch (error) {
      throw translate(error);
    }
  }

  assertWritable(): void {
    if (this.options.queryOnly) throw new TypeError('the store was opened for reading alone');
  }
}

/** One at a time: a command that names two which are there already makes FerretDB 1.24 hang up. */
const createEach = async (rows: DriverCollection<Row>, indexes: readonly IndexDescription[]): Promise<void> => {
  for (const index of indexes) await rows.createIndexes([index]);
};

/** An object in the place of an id might be read as an operator. */
const idOf = (id: string): string => {
  if (typeof id !== 'string') throw new TypeError('an id is a string');
  return id;
};

const toStored = <T>({ _id, version, position, document }: Row): Stored<T> => ({
  id: _id,
  version,
  ...(position !== undefined && { position }),
  document: document as T,
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
    const found = await this.read(() => this.rows.find({ _id: { $in: ids } }, { batchSize: MAX_FETCH }).toArray());
    return new Map(found.map((row) => [row._id, toStored<T>(row)]));
  }

  insert(id: string, document: T): Promise<boolean> {
    return this.writeUnlessTaken(async () => {
      await this.rows.insertOne({ _id: idOf(id), version: 1, ...this.content(id, document) });
      return true;
    });
  }

  async replace(id: string, version: number, document: T): Promise<boolean> {
    const change = { $set: { version: version + 1, ...this.content(id, document) } };
    return this.writeUnlessTaken(async () => (await this.rows.updateOne({ _id: idOf(id), version }, change)).matchedCount > 0);
  }

  async delete(id: string, version: number): Promise<boolean> {
    const { deletedCount } = await this.write(() => this.rows.deleteOne({ _id: idOf(id), version }));
    return deletedCount > 0;
  }

  /**
   * An upsert that finds none of a lower position inserts, and meets the id where there is one. That one is newer, or has been
   * inserted meanwhile by another writer and may be older: so those are tried again, without inserting.
   */
  async writeNewer(documents: readonly Positioned<T>[]): Promise<void> {
    for (let from = 0; from < documents.length; from += MAX_BULK) {
      const part = documents.slice(from, from + MAX_BULK);
      await this.write(async () => {
        const taken = await this.writeWhereLower(part, true);
        if (taken === null) for (const document of part) await this.writeOneNewer(document);
        else if (taken.length > 0) await this.writeWhereLower(taken, false);
      });
    }
  }

  async find(query: Query<T>): Promise<readonly Stored<T>[]> {
    const [filter, sort] = [filterOf<T>(query.where), sortOf(query)];
    const [limit, skip] = [naturalNumber(query.limit), naturalNumber(query.offset ?? 0)];
    // To MongoDB a limit of 0 is none.
    if (limit === 0) return [];
    const found = await this.read(() =>
      this.rows.find(filter, { sort, skip, limit, batchSize: Math.min(limit + 1, MAX_FETCH) }).toArray(),
    );
    return found.map((row) => toStored<T>(row));
  }

  async scan(after: string | null, limit: number): Promise<readonly Stored<T>[]> {
    const filter = after === null ? {} : { _id: { $gt: idOf(after) } };
    const found = await this.read(() => this.rows.find(filter, { sort: { _id: 1 }, limit }).toArray());
    return found.map((row) => toStored<T>(row));
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
    return this.hasPartialIndexes ? { document } : { document, outside: outsideOf(this.spec, id, document) };
  }

  private whereLower({ id, position, document }: Positioned<T>, upsert: boolean) {
    return {
      filter: { _id: idOf(id), position: { $lt: position } },
      update: { $set: { position, ...this.content(id, document) }, $inc: { version: 1 } },
      upsert,
    };
  }

  /** @returns the documents whose id was taken, or null when any of them may not have been tried */
  private async writeWhereLower(documents: readonly Positioned<T>[], upsert: boolean): Promise<readonly Positioned<T>[] | null> {
    const operations = documents.map((each): AnyBulkWriteOperation<Row> => ({ updateOne: this.whereLower(each, upsert) }));
    try {
      await this.rows.bulkWrite(operations, { ordered: false });
      return [];
    } catch (error) {
      return takenIds(error, documents.length)?.map((index) => documents[index]!) ?? null;
    }
  }

  /** For a server that ends a bulk at the first duplicate key (FerretDB 1.24). */
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

  /** @returns what was written, or false where the id or a value of a unique index is taken */
  private async writeUnlessTaken(operation: () => Promise<boolean>): Promise<boolean> {
    try {
      return await this.write(operation);
    } catch (error) {
      if (isDuplicate(error)) return false;
      throw error;
    }
  }

  private async write<R>(operation: () => Promise<R>): Promise<R> {
    this.store.assertWritable();
    // A write would make the collection again, without its indexes.
    if (this.isDropped) throw new TypeError('the collection was dropped');
    return this.store.run(operation);
  }
}
