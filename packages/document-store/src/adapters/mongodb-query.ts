import type { Document, IndexDescription, Sort } from 'mongodb';
import type { CollectionSpec, Criterion, Index, Query, Scalar } from '../document-store';

/** What translation needs to know of a collection; field names are checked, so the type of the documents may be forgotten. */
export type AnySpec = Pick<CollectionSpec<object>, 'name'> & { readonly indexes: readonly AnyIndex[] };

export interface AnyIndex {
  readonly fields: readonly string[];
  readonly unique?: boolean;
  readonly where?: Readonly<Record<string, Scalar>>;
}

type AnyFilter = Readonly<Record<string, Criterion<Scalar> | undefined>>;

/** Forgets the type of the documents. @throws TypeError for a name that is not letters, digits and `_` */
export const anySpec = <T extends object>({ name, indexes }: CollectionSpec<T>): AnySpec => {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) throw new TypeError('a collection is named by letters, digits and _');
  return { name, indexes: indexes as readonly Index<T>[] as readonly AnyIndex[] };
};

/** Field names become paths, so nothing but letters and digits gets through. */
const pathOf = (field: string): string => {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(field)) throw new TypeError('a field is named by letters and digits');
  return `document.${field}`;
};

/** An object may only have come from a client, and might be read as an operator. */
const toScalar = (value: unknown): Scalar => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('a document is filtered by strings, finite numbers, booleans and null only');
};

const OPERATORS = new Map([
  ['gt', '$gt'],
  ['gte', '$gte'],
  ['lt', '$lt'],
  ['lte', '$lte'],
  ['in', '$in'],
  ['notIn', '$nin'],
]);
const LISTS: ReadonlySet<string> = new Set(['in', 'notIn']);

const operatorsOf = (criterion: Criterion<Scalar>): Document => {
  if (criterion === null || typeof criterion !== 'object') return { $eq: toScalar(criterion) };
  const operators: Document = {};
  for (const [name, operand] of Object.entries(criterion) as [string, unknown][]) {
    const operator = OPERATORS.get(name);
    if (!operator || (LISTS.has(name) && !Array.isArray(operand)))
      throw new TypeError('a filter knows gt, gte, lt, lte, in and notIn');
    if (operand === undefined) continue;
    operators[operator] = LISTS.has(name) ? (operand as readonly unknown[]).map(toScalar) : toScalar(operand);
  }
  return operators;
};

/** @returns the filter of the documents that a query asks for */
export const filterOf = <T extends object>(where: Query<T>['where'] = {}): Document => {
  const filter: Document = {};
  for (const [field, criterion] of Object.entries(where as AnyFilter)) {
    const path = pathOf(field);
    if (criterion === undefined) continue;
    const operators = operatorsOf(criterion);
    if (Object.keys(operators).length > 0) filter[path] = operators;
  }
  return filter;
};

/** @returns the order of a query's documents; ties are sorted by id */
export const sortOf = <T extends object>({ orderBy }: Query<T>): Sort => {
  if (!orderBy) return {};
  const direction = orderBy.direction === 'descending' ? -1 : 1;
  return { [pathOf(orderBy.field)]: direction, _id: direction };
};

/** @throws TypeError for what is no natural number */
export const naturalNumber = (value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError('limit and offset are natural numbers');
  return value;
};

const conditionOf = ({ where = {} }: AnyIndex): Document => filterOf(where);

/** Another definition has another name, so that indexes of older versions do not stand in the way. */
const nameOf = (index: AnyIndex): string => {
  const conditions = Object.entries(index.where ?? {}).map(([field, value]) => `${field}=${JSON.stringify(value)}`);
  return [index.fields.join(' '), ...(index.unique ? ['unique'] : []), ...conditions].join(' ');
};

/** Ends with the id, so that it also serves the order of ties; a unique one must not. */
const keyOf = ({ fields, unique }: AnyIndex): Record<string, 1> =>
  Object.fromEntries([...fields.map(pathOf), ...(unique ? [] : ['_id'])].map((path) => [path, 1]));

/** @returns the indexes of a collection */
export const indexesOf = ({ indexes }: AnySpec): IndexDescription[] =>
  indexes.map((index) => ({
    name: nameOf(index),
    key: keyOf(index),
    ...(index.unique && { unique: true }),
    ...(index.where && { partialFilterExpression: conditionOf(index) }),
  }));

const isPartialUnique = ({ unique, where }: AnyIndex): boolean => unique === true && where !== undefined;

/**
 * The same for a server without partial indexes (FerretDB 1.24): all documents are in the index, and those outside of a unique
 * one are told apart by `outside`.
 */
export const wholeIndexesOf = ({ indexes }: AnySpec): IndexDescription[] => {
  const described = indexes.map((index, n) => ({
    name: isPartialUnique(index) ? `${keyName(index)} outside ${n}` : keyName(index),
    key: isPartialUnique(index) ? { ...keyOf(index), [`outside.${n}`]: 1 as const } : keyOf(index),
    ...(index.unique && { unique: true }),
  }));
  return [...new Map(described.map((each) => [each.name, each])).values()];
};

/** Partial indexes of the same fields fall together when they are whole. */
const keyName = ({ fields, unique }: AnyIndex): string => nameOf({ fields, unique });

/** @returns for each partial unique index the id of a document that is not in it */
export const outsideOf = ({ indexes }: AnySpec, id: string, document: object): Readonly<Record<string, string>> => {
  const values = document as Readonly<Record<string, unknown>>;
  const isInside = ({ where = {} }: AnyIndex): boolean =>
    Object.entries(where).every(([field, value]) => (values[field] ?? null) === value);
  return Object.fromEntries(
    indexes.flatMap((index, n) => (isPartialUnique(index) ? [[String(n), isInside(index) ? '' : `${id} `]] : [])),
  );
};
