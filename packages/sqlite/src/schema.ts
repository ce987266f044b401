import Libsql from 'libsql';
import { damaged, type NamedFile } from './engine-error';

export interface SchemaOptions extends NamedFile {
  /** Statements that make the schema, each safe to repeat. A file that is only read is only compared with them. */
  readonly schema?: readonly string[];
  /** Columns that every table of the file has, where the tables are made later. */
  readonly columns?: readonly string[];
}

type Connection = InstanceType<typeof Libsql>;

/** A table that this package keeps in a file beside those of its owner. */
export const PROBE_TABLE = '_probe';

type Tables = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Compares the tables of a file with those that its owner makes, so that a file of another program, or another file of ours
 * under the wrong name, is neither used nor added to. A file without tables is new. More columns than expected are of a newer
 * version, and allowed.
 * @throws EngineDamaged
 */
export const checkSchema = (database: Connection, options: SchemaOptions): void => {
  const { schema = [], columns = [] } = options;
  if (schema.length === 0 && columns.length === 0) return;
  const found = tablesOf(database);
  if (found.size === 0) return;
  const expected = columns.length > 0 ? everyTable(found, columns) : tablesMadeBy(schema);
  const isOurs = [...expected.keys()].some((table) => found.has(table));
  const missing = [...expected].flatMap(([table, names]) =>
    [...names].filter((name) => found.has(table) && !found.get(table)?.has(name)).map((name) => `${table}.${name}`),
  );
  if (isOurs && missing.length === 0) return;
  const why = isOurs ? `it lacks ${missing.join(', ')}` : `its tables are ${[...found.keys()].join(', ')}`;
  throw damaged(options, `is not a file of this kind (${why.slice(0, 300)})`);
};

const everyTable = (found: Tables, columns: readonly string[]): Tables =>
  new Map([...found.keys()].map((table) => [table, new Set(columns)]));

const tablesMadeBy = (schema: readonly string[]): Tables => {
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
