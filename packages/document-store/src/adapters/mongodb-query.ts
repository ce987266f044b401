import type { Document, IndexDescription, Sort } from 'mongodb';
import type { CollectionSpec, Criterion, Index, Query, Scalar } from '../document-store';

/** What translation needs of a collection, without the type of the documents: field names are validated at run time. */
export type AnySpec = Pick<CollectionSpec<object>, 'name'> & { readonly indexes: readonly AnyIndex[] };

export interface AnyIndex {
  readonly fields: readonly string[];
  readonly unique?: boolean;
  readonly where?: Readonly<Record<string, Scalar>>;
}

type AnyFilter = Readonly<Record<string, Criterion<Scalar> | undefined>>;

/** Drops the type of the documents. @throws TypeError for an invalid collection name */
export const anySpec = <T extends object>({ name, indexes }: CollectionSpec<T>): AnySpec => {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    throw new TypeError('a collection name must start with a letter and contain only letters, digits and _');
  return { name, indexes: indexes as readonly Index<T>[] as readonly AnyIndex[] };
};

/** Field names become paths, so only letters and digits are allowed. */
const pathOf = (field: string): string => {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(field))
    throw new TypeError('a field name must start with a letter and contain only letters and digits');
  return `document.${field}`;
};

/** Rejects objects: they can only come from a client, and MongoDB could read them as operators. */
const toScalar = (value: unknown): Scalar => {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('a filter value must be a string, a finite number, a boolean or null');
};

const OPERATORS = new Map([
  ['gt', '$gt'],
  ['gte', '$gte'],
  ['lt', '$lt'],
  ['lte', '$lte'],
  ['in', '$in'],
  ['notIn', '$nin'],
  ['contains', '$regex'],
]);
const LISTS: ReadonlySet<string> = new Set(['in', 'notIn']);

/** A regular expression that matches exactly this text. MongoDB accepts no NUL in one. */
const literalPattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replaceAll('\0', '\\x00');

const operatorsOf = (criterion: Criterion<Scalar>): Document => {
  if (criterion === null || typeof criterion !== 'object') return { $eq: toScalar(criterion) };
  const operators: Document = {};
  for (const [name, operand] of Object.entries(criterion) as [string, unknown][]) {
    const operator = OPERATORS.get(name);
    if (!operator) throw new TypeError(`a filter supports gt, gte, lt, lte, in, notIn and contains, not ${name}`);
    if (name === 'contains' && operand !== undefined && typeof operand !== 'string')
      throw new TypeError('the filter contains needs a text');
    if (LISTS.has(name) && !Array.isArray(operand)) throw new TypeError(`the filter ${name} needs a list`);
    if (operand === undefined) continue;
    if (name === 'contains') operators[operator] = literalPattern(operand as string);
    else operators[operator] = LISTS.has(name) ? (operand as readonly unknown[]).map(toScalar) : toScalar(operand);
  }
  return operators;
};

/** @returns the MongoDB filter of a query */
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

/** @returns the MongoDB sort of a query; ties sort by id */
export const sortOf = <T extends object>({ orderBy }: Query<T>): Sort => {
  if (!orderBy) return {};
  const direction = orderBy.direction === 'descending' ? -1 : 1;
  return { [pathOf(orderBy.field)]: direction, _id: direction };
};

/** @throws TypeError unless the value is a non-negative integer */
export const naturalNumber = (value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError('limit and offset must be non-negative integers');
  return value;
};

const conditionOf = ({ where = {} }: AnyIndex): Document => filterOf(where);

/** An index is named after its definition, so that it does not conflict with indexes of older versions. */
const nameOf = (index: AnyIndex): string => {
  const conditions = Object.entries(index.where ?? {}).map(([field, value]) => `${field}=${JSON.stringify(value)}`);
  return [index.fields.join(' '), ...(index.unique ? ['unique'] : []), ...conditions].join(' ');
};

/** Ends with the id, so that the index covers the order of ties. A unique index must not. */
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
 * The indexes for a server without partial indexes (FerretDB 1.24). Every document is in each index; the field `outside` makes
 * the documents distinct that a partial unique index would leave out.
 * @returns the indexes of a collection, without partial ones
 */
export const wholeIndexesOf = ({ indexes }: AnySpec): IndexDescription[] => {
  const described = indexes.map((index, n) => ({
    name: isPartialUnique(index) ? `${keyName(index)} outside ${n}` : keyName(index),
    key: isPartialUnique(index) ? { ...keyOf(index), [`outside.${n}`]: 1 as const } : keyOf(index),
    ...(index.unique && { unique: true }),
  }));
  return [...new Map(described.map((each) => [each.name, each])).values()];
};

/** Name without the condition: partial indexes on the same fields become one whole index. */
const keyName = ({ fields, unique }: AnyIndex): string => nameOf({ fields, unique });

/** @returns an entry for each partial unique index: unique to the document if the index leaves it out, else empty */
export const outsideOf = ({ indexes }: AnySpec, id: string, document: object): Readonly<Record<string, string>> => {
  const values = document as Readonly<Record<string, unknown>>;
  const isInside = ({ where = {} }: AnyIndex): boolean =>
    Object.entries(where).every(([field, value]) => (values[field] ?? null) === value);
  return Object.fromEntries(
    indexes.flatMap((index, n) => (isPartialUnique(index) ? [[String(n), isInside(index) ? '' : `${id} `]] : [])),
  );
};
