import type { Position } from '@rewards/contracts';

/** A JSON scalar. */
export type Scalar = string | number | boolean | null;

/** Top-level fields that hold a scalar, or may be missing: only these can be indexed, filtered and sorted by. */
export type ScalarField<T> = {
  [Field in keyof T & string]-?: Exclude<T[Field], undefined> extends Scalar ? Field : never;
}[keyof T & string];

export interface Index<T> {
  /** Fields that queries filter by, in this order. The last one may be the sort field of a list. */
  readonly fields: readonly ScalarField<T>[];
  /** How many documents share the values that queries filter by; `by many` by default. */
  readonly shared?: 'by most' | 'by many' | 'by few';
  /**
   * Lets the engine leave out documents whose first field is null or missing, so that a field of few documents costs little. The
   * index then serves no query for null.
   */
  readonly sparse?: boolean;
  /** Rejects a second document with the same values. Null and a missing field count as values. */
  readonly unique?: boolean;
  /** Limits the index, and its uniqueness, to documents whose fields have these values. */
  readonly where?: Readonly<Partial<Record<ScalarField<T>, Scalar>>>;
}

export interface CollectionSpec<T extends object> {
  /** Letters, digits and `_`; unique in its database. */
  readonly name: string;
  readonly indexes: readonly Index<T>[];
  /** Never set; exists for the type of the documents. */
  readonly documents?: T;
}

export interface Stored<T> {
  readonly id: string;
  /** 1 for an inserted document, incremented by each replacement. */
  readonly version: number;
  /** Position of the last `writeNewer`; missing on an inserted document. */
  readonly position?: Position;
  readonly document: T;
}

/** A stored document that is not parsed. */
export interface StoredText {
  /** Position of the last `writeNewer`; missing on an inserted document. */
  readonly position?: Position;
  readonly text: string;
}

/** A document as of a position in the log. */
export interface Positioned<T> {
  readonly id: string;
  readonly position: Position;
  readonly document: T;
}

/** A value to equal, bounds, a list, or a part of a text. Null matches a missing field too; strings compare by their UTF-8 bytes. */
export type Criterion<Value> =
  | Value
  | {
      readonly gt?: NonNullable<Value>;
      readonly gte?: NonNullable<Value>;
      readonly lt?: NonNullable<Value>;
      readonly lte?: NonNullable<Value>;
    }
  | { readonly in: readonly Value[] }
  | { readonly notIn: readonly Value[] }
  /** Matches texts that contain this one, exactly as it is; no index helps. */
  | { readonly contains: string };

/** Criteria that must all hold. An undefined criterion is ignored. */
export type Filter<T> = { readonly [Field in ScalarField<T>]?: Criterion<Exclude<T[Field], undefined>> };

export interface Query<T> {
  readonly where?: Filter<T>;
  /** Null sorts lowest; ties sort by id, in the same direction. Without `orderBy`, the order is undefined. */
  readonly orderBy?: { readonly field: ScalarField<T>; readonly direction: 'ascending' | 'descending' };
  readonly limit: number;
  readonly offset?: number;
}

/**
 * A collection of documents. Filter values are data: the engine compares them and never interprets them.
 * Every method throws DocumentStoreUnavailable when the engine does not answer, and DocumentStoreDamaged when no retry helps.
 */
export interface Collection<T extends object> {
  get(id: string): Promise<Stored<T> | null>;

  /** Loads several documents in one read. The result omits ids without a document. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Stored<T>>>;

  /** Loads several documents as JSON text, for comparisons that parse nothing. The fields have the order in which they were written. */
  getTexts(ids: readonly string[]): Promise<ReadonlyMap<string, StoredText>>;

  /**
   * Inserts one document durably.
   * @returns false if the id or a value of a unique index is already in use; nothing is written then
   */
  insert(id: string, document: T): Promise<boolean>;

  /**
   * Replaces the document if it is still at this version.
   * @returns false if it has another version, does not exist, or a value of a unique index is already in use; nothing is
   * written then
   */
  replace(id: string, version: number, document: T): Promise<boolean>;

  /** Deletes the document if it is still at this version. @returns false if it has another version or does not exist */
  delete(id: string, version: number): Promise<boolean>;

  /**
   * Writes each document whose id is new or whose stored position is lower, and silently skips the others. It also skips
   * documents that `insert` wrote, because they have no position: write a collection either by position or by version.
   * Not atomic: after a failure, any of the documents may have been written. Retrying the same call is safe.
   */
  writeNewer(documents: readonly Positioned<T>[]): Promise<void>;

  find(query: Query<T>): Promise<readonly Stored<T>[]>;

  /** Returns the documents after an id (null: from the first), in the byte order of their UTF-8 ids. */
  scan(after: string | null, limit: number): Promise<readonly Stored<T>[]>;

  count(where?: Filter<T>): Promise<number>;

  /** Removes the collection with its indexes. It reads as empty until `DocumentStore.collection` creates it again. */
  drop(): Promise<void>;
}

/** The port to the documents. It guarantees only what both MongoDB and the embedded adapter provide. */
export interface DocumentStore {
  /**
   * Opens a collection. A store that may write creates the collection and its indexes if they are missing.
   * A collection that does not exist yet reads as empty.
   */
  collection<T extends object>(spec: CollectionSpec<T>): Promise<Collection<T>>;

  /**
   * Removes replaced and deleted content from the engine's files; call it after an erasure. The embedded engine does so if it
   * was opened for secure deletion. An engine without control over its files does nothing.
   * @throws DocumentStoreUnavailable if the scrub did not complete; retry it
   */
  scrub(): Promise<void>;

  /** @throws DocumentStoreUnavailable when the engine does not answer now */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/** The engine is unavailable or did not answer in time. A write may or may not have happened: read, or retry the same write. */
export class DocumentStoreUnavailable extends Error {
  override readonly name = 'DocumentStoreUnavailable';
}

/** The documents are damaged or belong to another owner, so no retry helps. The message names the file and the remedy. */
export class DocumentStoreDamaged extends Error {
  override readonly name = 'DocumentStoreDamaged';
}
