import Database from "better-sqlite3";
import { SCHEMA } from "./schema.ts";

type Columns = Readonly<Record<string, string>>;

/** Tables of a current project, each with its columns' types. */
let own: ReadonlyMap<string, Columns> | undefined;

/** Tables and indexes of SQLite itself: `sqlite_sequence`, indexes of keys, and statistics. */
const OF_SQLITE = /^sqlite_(sequence|autoindex_\w+|stat\d)$/;
const OWN_INDEX = "files_by_content";

/** A schema's entry. */
interface Entry {
  readonly type: string;
  readonly name: string;
  readonly sql: string | null;
}

/** Whether a database has only tables that a project can have: triggers, views and virtual tables would run a stranger's statements. */
export function hasOnlyOwnTables(database: Database.Database): boolean {
  own ??= ownTables();
  const entries = database.prepare<[], Entry>("SELECT type, name, sql FROM sqlite_schema").all();
  return entries.every(({ type, name, sql }) => {
    if (typeof name !== "string") return false;
    if (type === "index") return OF_SQLITE.test(name) || name === OWN_INDEX;
    if (type !== "table" || /^\s*CREATE\s+VIRTUAL/i.test(sql ?? "")) return false;
    return OF_SQLITE.test(name) || own?.has(name);
  });
}

/** Whether a database of the current version has every table with its columns, strictly typed. */
export function hasCurrentTables(database: Database.Database): boolean {
  own ??= ownTables();
  const there = tablesOf(database);
  return Array.from(own).every(([name, columns]) => {
    const found = there.get(name);
    if (!found) return false;
    const names = Object.keys(columns);
    return (
      names.length === Object.keys(found).length &&
      names.every((column) => columns[column] === found[column])
    );
  });
}

function ownTables(): ReadonlyMap<string, Columns> {
  using database = closing(new Database(":memory:"));
  database.exec(SCHEMA);
  return tablesOf(database);
}

/** Strict tables with their columns. Other tables hold values of any type. */
function tablesOf(database: Database.Database): ReadonlyMap<string, Columns> {
  const rows = database
    .prepare<[], { table: string; name: string; type: string; notnull: number; pk: number }>(
      `SELECT t.name AS "table", c.name, c.type, c."notnull", c.pk
       FROM pragma_table_list t JOIN pragma_table_xinfo(t.name) c
       WHERE t.schema = 'main' AND t.type = 'table' AND t.strict = 1`,
    )
    .all();
  const tables = new Map<string, Record<string, string>>();
  for (const { table, name, type, notnull, pk } of rows) {
    const columns = tables.get(table) ?? Object.create(null);
    columns[name] = `${type.toUpperCase()} ${notnull} ${pk}`;
    tables.set(table, columns);
  }
  return tables;
}

function closing(database: Database.Database): Database.Database & Disposable {
  return Object.assign(database, { [Symbol.dispose]: () => void database.close() });
}
