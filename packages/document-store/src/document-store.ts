import type { Position } from '@rewards/contracts';

/** What a document is made of: plain JSON. */
export type Scalar = string | number | boolean | null;

/** Fields of the document's first level that hold a scalar: only those can be indexed, filtered and sorted by. */
export type ScalarField<T> = { [Field in keyof T & string]: T[Field] extends Scalar ? Field : never }[keyof T & string];

export interface Index<T> {
  /** Filtered by, in this order; the last one may be the sort field of a list. */
  readonly fields: readonly ScalarField<T>[];
  /** How many documents share the values that are filtered by: `many` unless it says otherwise. */
  readonly shared?: 'by most' | 'by many' | 'by few';
  /** A second document with the same values is refused; null, or no such field, is a value like others. */
  readonly unique?: boolean;
  /** Only documents whose field has this value are in the index (and bound by its uniqueness). */
  readonly where?: Readonly<Partial<Record<ScalarField<T>, Scalar>>>;
}

export interface CollectionSpec<T extends object> {
  /** Letters, digits and `_`; unique in its database. */
  readonly name: string;
  /** In any order. */
  readonly indexes: readonly Index<T>[];
  /** Carries the type of the documents; never set. */
  readonly documents?: T;
}

export interface Stored<T> {
  readonly id: string;
  /** 1 for an inserted document, one more at each replacement. */
  readonly version: number;
  /** Of the last `writeNewer`; an inserted document has none. */
  readonly position?: Position;
  readonly document: T;
}

/** A document as of a place in the log. */
export interface Positioned<T> {
  readonly id: string;
  readonly position: Position;
  readonly document: T;
}

/** Value to be equal to (null also where the field is missing), or bounds (strings are compared by the order of their UTF-8 bytes). */
export type Criterion<Value> =
  | Value
  | {
      readonly gt?: NonNullable<Value>;
      readonly gte?: NonNullable<Value>;
      readonly lt?: NonNullable<Value>;
      readonly lte?: NonNullable<Value>;
    }
  | { readonly in: readonly Value[] }
  | { readonly notIn: readonly Value[] };

/** All of them hold. A field that is undefined asks for nothing. */
export type Filter<T> = { readonly [Field in ScalarField<T>]?: Criterion<T[Field]> };

export interface Query<T> {
  readonly where?: Filter<T>;
  /** Null sorts lowest; documents of the same value are sorted by their ids, in the same direction. Without it no order is promised. */
  readonly orderBy?: { readonly field: ScalarField<T>; readonly direction: 'ascending' | 'descending' };
  readonly limit: number;
  readonly offset?: number;
}

/**
 * One collection. Values of a filter are data: whatever a client sends in them is compared, never interpreted.
 * Every method throws DocumentStoreUnavailable when the engine does not answer, and DocumentStoreDamaged when no retry helps.
 */
export interface Collection<T extends object> {
  get(id: string): Promise<Stored<T> | null>;

  /** Loads many at once, in one read. Ids without a document are left out. */
  getMany(ids: readonly string[]): Promise<ReadonlyMap<string, Stored<T>>>;

  /**
   * Inserts one document, durably.
   * @returns false when the id, or a value of a unique index, is taken; nothing was written then
   */
  insert(id: string, document: T): Promise<boolean>;

  /**
   * Replaces the document if it still is at this version.
   * @returns false when it is not, is gone, or a value of a unique index is taken; nothing was written then
   */
  replace(id: string, version: number, document: T): Promise<boolean>;

  /** Deletes the document if it still is at this version. @returns false when it is not, or is gone */
  delete(id: string, version: number): Promise<boolean>;

  /**
   * Writes each document only over none or one of a lower position; the others are left as they are, silently. One that
   * `insert` wrote has no position and is left too: a collection is written either so or by version.
   * Not atomic as a whole: after a failure any of them may have been written, and the same call may be repeated.
   */
  writeNewer(documents: readonly Positioned<T>[]): Promise<void>;

  find(query: Query<T>): Promise<readonly Stored<T>[]>;

  /** The documents after an id, or from the first where it is null, in the order of their ids' UTF-8 bytes. */
  scan(after: string | null, limit: number): Promise<readonly Stored<T>[]>;

  count(where?: Filter<T>): Promise<number>;

  /** Removes the whole collection with its indexes. It reads as empty until it is opened, and so made, anew. */
  drop(): Promise<void>;
}

/** The port to the documents. It promises only what both MongoDB and the embedded adapter keep. */
export interface DocumentStore {
  /**
   * Opens a collection, and makes it and its indexes when it is missing and this store may write.
   * A collection that nobody has made yet reads as empty.
   */
  collection<T extends object>(spec: CollectionSpec<T>): Promise<Collection<T>>;

  /**
   * After an erasure: when it returns, what was replaced or deleted before is gone from the engine's files too, as far as the
   * engine can (the embedded one when it was opened for secure deletion; an engine that has no say in it does nothing).
   * @throws DocumentStoreUnavailable when that could not be done now; repeat it
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

/** No retry helps: the documents are damaged or are not ours. The message names the file and the remedy. */
export class DocumentStoreDamaged extends Error {
  override readonly name = 'DocumentStoreDamaged';
}
