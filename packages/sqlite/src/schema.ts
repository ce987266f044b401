import Libsql from 'libsql';
import { damaged, type NamedFile } from './engine-error';

export interface SchemaOptions extends NamedFile {
  /** Idempotent statements that create the schema. A read-only file is only compared with them. */
  readonly schema?: readonly string[];
  /** Columns that every table of the file must have, for files whose tables are created later. */
  readonly columns?: readonly string[];
}

type Connection = InstanceType<typeof Libsql>;

/** A table that this package adds to the tables of the owner. */
export const PROBE_TABLE = '_probe';

type Tables = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Compares the tables of a file with the expected schema, to reject a file of another program, or one of our files under the wrong
 * name. A file without tables is new. Additional columns come from a newer version and are allowed.
 * @throws EngineDamaged if the file has none of the expected tables, or lacks a column
 */
export const checkSchema = (database: Connection, options: SchemaOptions): void => {
  const { schema = [], columns = [] } = options;
  if (schema.length === 0 && columns.length === 0) return;
  const actual = tablesOf(database);
  if (actual.size === 0) return;
  const expected = columns.length > 0 ? everyTable(actual, columns) : tablesCreatedBy(schema);
  const isOurs = [...expected.keys()].some((table) => actual.has(table));
  const missing = [...expected].flatMap(([table, names]) =>
    [...names].filter((name) => actual.has(table) && !actual.get(table)?.has(name)).map((name) => `${table}.${name}`),
  );
  if (isOurs && missing.length === 0) return;
  const why = isOurs ? `it lacks ${missing.join(', ')}` : `its tables are ${[...actual.keys()].join(', ')}`;
  throw damaged(options, `is not a file of this kind (${why.slice(0, 300)})`);
};

const everyTable = (tables: Tables, columns: readonly string[]): Tables =>
  new Map([...tables.keys()].map((table) => [table, new Set(columns)]));

const tablesCreatedBy = (schema: readonly string[]): Tables => {
  const database = new Libsql(':memory:');
  try {
    for (const statement of schema) database.exec(statement);
    return tablesOf(database);
  } finally {
    database.close();
  }
};

const tablesOf = (database: Connection): Tables => {
  const rows = database
    .prepare(
      `SELECT m.name AS "table", c.name AS "column" FROM sqlite_schema m JOIN pragma_table_info(m.name) c
       WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND m.name <> '${PROBE_TABLE}'`,
    )
    .all() as { readonly table: string; readonly column: string }[];
  const tables = new Map<string, Set<string>>();
  for (const { table, column } of rows) tables.set(table, (tables.get(table) ?? new Set()).add(column));
  return tables;
};
