import type { CollectionSpec, Criterion, Index, Query, Scalar } from '../document-store';

/** A statement and the values for its question marks. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number | null)[];
}

/** What translation needs of a collection, without the type of the documents: field names are validated at run time. */
export type AnySpec = Pick<CollectionSpec<object>, 'name'> & { readonly indexes: readonly AnyIndex[] };

interface AnyIndex {
  readonly fields: readonly string[];
  readonly shared?: Index<object>['shared'];
  readonly sparse?: boolean;
  readonly unique?: boolean;
  readonly where?: Readonly<Record<string, Scalar>>;
}

type AnyFilter = Readonly<Record<string, Criterion<Scalar> | undefined>>;

/** Drops the type of the documents. */
export const anySpec = <T extends object>({ name, indexes }: CollectionSpec<T>): AnySpec => ({
  name,
  indexes: indexes as readonly Index<T>[] as readonly AnyIndex[],
});

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** @returns the quoted table name of a collection @throws TypeError for an invalid collection name */
export const tableOf = ({ name }: Pick<AnySpec, 'name'>): string => {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    throw new TypeError('a collection name must start with a letter and contain only letters, digits and _');
  return identifier(name);
};

/** Field names become part of a statement, so only letters and digits are allowed. */
const extract = (field: string): string => {
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(field))
    throw new TypeError('a field name must start with a letter and contain only letters and digits');
  return `json_extract(document, '$.${field}')`;
};

/**
 * A scalar as `json_extract` returns it. Booleans are converted because the driver ends the process when it receives one.
 * Anything else is rejected: an object here can only come from a client.
 */
const toValue = (value: Scalar): string | number | null => {
  if (value === null || typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new TypeError('a filter value must be a string, a finite number, a boolean or null');
};

const literal = (value: Scalar): string => {
  const converted = toValue(value);
  if (converted === null) return 'NULL';
  return typeof converted === 'number' ? String(converted) : `'${converted.replaceAll("'", "''")}'`;
};

/** Condition of a partial index, with its values inlined. SQLite uses the index only for queries that repeat this exact text. */
const literalEquality = (field: string, value: Scalar): string =>
  value === null ? `${extract(field)} IS NULL` : `${extract(field)} = ${literal(value)}`;

const indexCondition = ({ fields, sparse = false, where = {} }: AnyIndex): string[] => [
  // SQLite knows that a field that equals a value is not null.
  ...(sparse ? fields.slice(0, 1).map((field) => `${extract(field)} IS NOT NULL`) : []),
  ...Object.entries(where).map(([field, value]) => literalEquality(field, value)),
];

const whereClause = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

/**
 * An index is named after its definition, so a changed definition creates a new index. Indexes that are not unique end with
 * the id: lists sort by a field and then by id, so the index already has their order.
 */
const createIndex = (spec: AnySpec, index: AnyIndex): string[] => {
  const fields = index.fields.map(extract);
  const conditions = indexCondition(index);
  const description = [`${spec.name} (${index.fields.join(', ')})`, ...(index.unique ? ['unique'] : []), ...conditions].join(' ');
  const create = (name: string, columns: readonly string[], where: readonly string[]): string =>
    `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${identifier(name)} ON ${tableOf(spec)} (${columns.join(', ')})${whereClause(where)}`;
  if (!index.unique) return [create(description, [...fields, 'id'], conditions)];
  // In SQLite, null never equals null. In MongoDB, it does; a second unique index over the nulls gives the same result here.
  const someNull = `(${fields.map((field) => `${field} IS NULL`).join(' OR ')})`;
  const nulls = fields.map((field) => `ifnull(${field}, x'')`);
  return [create(description, fields, conditions), create(`${description} nulls`, nulls, [...conditions, someNull])];
};

/** @returns the statements that create the table and its indexes if they are missing; indexes of older definitions stay */
export const createSql = (spec: AnySpec): string[] => [
  `CREATE TABLE IF NOT EXISTS ${tableOf(spec)} (id TEXT PRIMARY KEY NOT NULL, version INTEGER NOT NULL, position TEXT, document TEXT NOT NULL) WITHOUT ROWID`,
  ...[...spec.indexes].sort(leastSelectiveFirst).flatMap((index) => createIndex(spec, index)),
];

const RANKS = { 'by most': 0, 'by many': 1, 'by few': 2 } as const;

/** Without statistics, SQLite picks the index that was created last of several usable ones: it must be the most selective. */
const leastSelectiveFirst = (one: AnyIndex, other: AnyIndex): number =>
  rankOf(one) - rankOf(other) || one.fields.length - other.fields.length || (one.fields.join() < other.fields.join() ? -1 : 1);

const rankOf = ({ shared = 'by many' }: AnyIndex): number => RANKS[shared];

const BOUNDS = { gt: '>', gte: '>=', lt: '<', lte: '<=' } as const;

const all = (conditions: readonly Sql[]): Sql => ({
  text: conditions.map(({ text }) => text).join(' AND '),
  values: conditions.flatMap(({ values }) => values),
});

/** The list is bound as one JSON value, so that its length does not change the statement. */
const memberOf = (field: string, list: readonly Scalar[], negated: boolean): Sql => {
  const values = list.map(toValue);
  const rest = values.filter((value) => value !== null);
  const member: Sql = {
    text: `${field} ${negated ? 'NOT IN' : 'IN'} (SELECT value FROM json_each(?))`,
    values: [JSON.stringify(rest)],
  };
  const listsNull = rest.length < values.length;
  // In SQL, null is neither in a list nor outside it. For callers it is an ordinary value.
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
      if (operator === 'in' || operator === 'notIn') {
        if (!Array.isArray(operand)) throw new TypeError(`the filter ${operator} needs a list`);
        return memberOf(extract(name), operand, operator === 'notIn');
      }
      if (operator === 'contains') {
        if (typeof operand !== 'string') throw new TypeError('the filter contains needs a text');
        return { text: `instr(${extract(name)}, ?) > 0`, values: [operand] };
      }
      if (!Object.hasOwn(BOUNDS, operator))
        throw new TypeError(`a filter supports gt, gte, lt, lte, in, notIn and contains, not ${operator}`);
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
  if (!Number.isSafeInteger(value) || value < 0) throw new TypeError('limit and offset must be non-negative integers');
  return value;
};

/** @returns the statement that finds the documents of a query, in the query's order */
export const findSql = <T extends object>(spec: AnySpec, { where = {}, orderBy, limit, offset = 0 }: Query<T>): Sql => {
  const filter = filterSql(spec, where as AnyFilter);
  const direction = orderBy?.direction === 'descending' ? 'DESC' : 'ASC';
  const order = orderBy ? ` ORDER BY ${extract(orderBy.field)} ${direction}, id ${direction}` : '';
  return {
    text: `SELECT id, version, position, document FROM ${tableOf(spec)}${filter.text}${order} LIMIT ? OFFSET ?`,
    values: [...filter.values, naturalNumber(limit), naturalNumber(offset)],
  };
};

/** @returns the statement that counts the documents matching a filter, in its column `count` */
export const countSql = <T extends object>(spec: AnySpec, where: Query<T>['where'] = {}): Sql => {
  const filter = filterSql(spec, where as AnyFilter);
  return { ...filter, text: `SELECT count(*) AS count FROM ${tableOf(spec)}${filter.text}` };
};
