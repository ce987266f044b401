import type { CollectionSpec, Criterion, Index, Query, Scalar } from '../document-store';

/** A statement and the values for its question marks. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

/** What translation needs to know of a collection; field names are checked, so the type of the documents may be forgotten. */
export type AnySpec = Pick<CollectionSpec<object>, 'name'> & { readonly indexes: readonly AnyIndex[] };

interface AnyIndex {
  readonly fields: readonly string[];
  readonly shared?: Index<object>['shared'];
  readonly unique?: boolean;
  readonly where?: Readonly<Record<string, Scalar>>;
}

type AnyFilter = Readonly<Record<string, Criterion<Scalar> | undefined>>;

/** Forgets the type of the documents. */
export const anySpec = <T extends object>({ name, indexes }: CollectionSpec<T>): AnySpec => ({
  name,
  indexes: indexes as readonly Index<T>[] as readonly AnyIndex[],
});

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** Table of a collection. @throws TypeError for a name that is not letters, digits and `_` */
export const tableOf = ({ name }: Pick<AnySpec, 'name'>): string => {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name)) throw new TypeError('a collection is named by letters, digits and _');
  return identifier(name);
};

/** Field names become part of a statement, so nothing but letters and digits gets through. */
const extract = (field: string): string => {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(field)) throw new TypeError('a field is named by letters and digits');
  return `json_extract(document, '$.${field}')`;
};

/**
 * A scalar as `json_extract` gives it. Anything else is refused here: the driver ends the process when it is handed a boolean,
 * and an object may only have come from a client.
 */
const toValue = (value: Scalar): string | number | null => {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('a document is filtered by strings, finite numbers, booleans and null only');
};

const literal = (value: Scalar): string => {
  const known = toValue(value);
  if (known === null) return 'NULL';
  return typeof known === 'number' ? String(known) : `'${known.replaceAll("'", "''")}'`;
};

/** Condition of a partial index, with its values in the text. A query must repeat it to the letter for the index to serve it. */
const literalEquality = (field: string, value: Scalar): string =>
  value === null ? `${extract(field)} IS NULL` : `${extract(field)} = ${literal(value)}`;

const indexCondition = ({ where = {} }: AnyIndex): string[] =>
  Object.entries(where).map(([field, value]) => literalEquality(field, value));

const whereClause = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

/**
 * An index is named by its definition, so a changed one is a new one. Indexes that are not unique end with the id: lists are
 * sorted by a field and then the id, which makes their order the index's own.
 */
const createIndex = (spec: AnySpec, index: AnyIndex): string[] => {
  const fields = index.fields.map(extract);
  const conditions = indexCondition(index);
  const description = [`${spec.name} (${index.fields.join(', ')})`, ...(index.unique ? ['unique'] : []), ...conditions].join(' ');
  const create = (name: string, columns: readonly string[], where: readonly string[]): string =>
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${identifier(name)} ON ${tableOf(spec)} (${columns.join(', ')})${whereClause(where)}`;
  if (!index.unique) return [create(description, [...fields, 'id'], conditions)];
  // To SQLite no null equals another. To MongoDB null is a value, taken like any other; so it is here, by an index of the nulls.
  const someNull = `(${fields.map((field) => `${field} IS NULL`).join(' OR ')})`;
  const nulls = fields.map((field) => `ifnull(${field}, x'')`);
  return [create(description, fields, conditions), create(`${description} nulls`, nulls, [...conditions, someNull])];
};

/** Statements that make the table and its indexes where they are missing. Indexes of older definitions stay. */
export const createSql = (spec: AnySpec): string[] => [
  `CREATE TABLE IF NOT EXISTS ${tableOf(spec)} (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, position TEXT, document TEXT NOT NULL)`,
  ...[...spec.indexes].sort(fromManyToFew).flatMap((index) => createIndex(spec, index)),
];

const RANKS = { 'by most': 0, 'by many': 1, 'by few': 2 } as const;

/** Where several indexes would do, SQLite without statistics takes the one made last: that has to leave the fewest rows. */
const fromManyToFew = (one: AnyIndex, other: AnyIndex): number =>
  rankOf(one) - rankOf(other) || one.fields.length - other.fields.length || (one.fields.join() < other.fields.join() ? -1 : 1);

const rankOf = ({ shared = 'by many' }: AnyIndex): number => RANKS[shared];

const BOUNDS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

const all = (conditions: readonly Sql[]): Sql => ({
  text: conditions.map(({ text }) => text).join(' AND '),
  values: conditions.flatMap(({ values }) => values),
});

/** The list travels as one JSON value, so that its length does not change the statement. */
const memberOf = (field: string, list: readonly Scalar[], negated: boolean): Sql => {
  const values = list.map(toValue);
  const rest = values.filter((value) => value !== null);
  const member: Sql = {
    text: `${field} ${negated ? 'NOT IN' : 'IN'} (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(rest)],
  };
  const listsNull = rest.length < values.length;
  // Null is neither in nor out of a list to SQL; to a caller it is a value like others.
  if (negated)
    return { ...member, text: listsNull ? `(${field} IS NOT NULL AND ${member.text})` : `(${field} IS NULL OR ${member.text})` };
  return listsNull ? { ...member, text: `(${field} IS NULL OR ${member.text})` } : member;
};

const isScalar = (criterion: Criterion<Scalar>): criterion is Scalar => criterion === null || typeof criterion !== 'object';

const isDeclared = (spec: AnySpec, name: string, value: Scalar): boolean =>
  spec.indexes.some(({ where }) => where !== undefined && Object.hasOwn(where, name) && where[name] === value);

const equality = (spec: AnySpec, name: string, value: Scalar): Sql => {
  if (value === null || isDeclared(spec, name, value)) return { text: literalEquality(name, value), values: [] };
  return { text: `${extract(name)} = ?`, values: [toValue(value)] };
};

const condition = (spec: AnySpec, name: string, criterion: Criterion<Scalar>): Sql[] => {
  if (isScalar(criterion)) return [equality(spec, name, criterion)];
  return Object.entries(criterion)
    .filter(([, operand]) => operand !== undefined)
    .map(([operator, operand]: [string, Scalar | readonly Scalar[]]): Sql => {
      if ((operator === 'in' || operator === 'notIn') && Array.isArray(operand))
        return memberOf(extract(name), operand, operator === 'notIn');
      if (!Object.hasOwn(BOUNDS, operator)) throw new TypeError('a filter knows gt, gte, lt, lte, in and notIn');
      return { text: `${extract(name)} ${BOUNDS[operator as keyof typeof BOUNDS]} ?`, values: [toValue(operand as Scalar)] };
    });
};

const filterSql = (spec: AnySpec, where: AnyFilter): Sql => {
  const conditions = all(
    Object.entries(where).flatMap(([name, criterion]) => (criterion === undefined ? [] : condition(spec, name, criterion))),
  );
  return { ...conditions, text: conditions.text && ` WHERE ${conditions.text}` };
};

const naturalNumber = (value: number): number => {
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError('limit and offset are natural numbers');
  return value;
};

/** @returns the statement that finds the documents of a query, in its order */
export const findSql = <T extends object>(spec: AnySpec, { where = {}, orderBy, limit, offset = 0 }: Query<T>): Sql => {
  const filter = filterSql(spec, where as AnyFilter);
  const direction = orderBy?.direction === 'descending' ? 'DESC' : 'ASC';
  const order = orderBy ? ` ORDER BY ${extract(orderBy.field)} ${direction}, id ${direction}` : '';
  return {
    text: `SELECT id, version, position, document FROM ${tableOf(spec)}${filter.text}${order} LIMIT ? OFFSET ?`,
    values: [...filter.values, naturalNumber(limit), naturalNumber(offset)],
  };
};

/** @returns the statement that counts what a filter lets through, in its column `count` */
export const countSql = <T extends object>(spec: AnySpec, where: Query<T>['where'] = {}): Sql => {
  const filter = filterSql(spec, where as AnyFilter);
  return { ...filter, text: `SELECT count(*) AS count FROM ${tableOf(spec)}${filter.text}` };
};
