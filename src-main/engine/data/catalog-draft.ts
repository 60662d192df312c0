import type { Project } from "./project-file.ts";
import { SCHEMA } from "./schema.ts";

/** The tables that say which files the data set has. */
const CATALOG = ["splits", "files", "walk_problems", "skipped_folders"] as const;
type CatalogTable = (typeof CATALOG)[number];

/**
 * Copies the catalog into temporary tables. From then on, this connection reads and writes the copies, which hide the tables of the same
 * names; every other connection keeps the catalog of the last complete scan. The copies vanish with the connection.
 */
export function draftCatalog({ database }: Project): void {
  database.transaction(() => {
    for (const table of CATALOG) {
      database.prepare(temporary(table)).run();
      const columns = columnsOf({ database }, table).join(", ");
      database.exec(`INSERT INTO temp.${table} (${columns}) SELECT ${columns} FROM main.${table}`);
    }
    // New files get ids that no file of the project ever had.
    database.exec(
      `DELETE FROM temp.sqlite_sequence WHERE name = 'files';
       INSERT INTO temp.sqlite_sequence (name, seq) SELECT name, seq FROM main.sqlite_sequence WHERE name = 'files'`,
    );
  })();
}

/** Replaces the catalog with this connection's draft, if there is one, and drops the draft. Call it in a transaction. */
export function publishCatalog({ database }: Project): void {
  if (!hasDraft({ database })) return;
  for (const table of ["splits", "files"] as const) {
    const columns = columnsOf({ database }, table);
    const updates = columns
      .filter((name) => name !== "id")
      .map((name) => `${name} = excluded.${name}`);
    database.exec(
      `INSERT INTO main.${table} (${columns.join(", ")}) SELECT ${columns.join(", ")} FROM temp.${table} WHERE true
       ON CONFLICT (id) DO UPDATE SET ${updates.join(", ")}`,
    );
  }
  for (const table of ["walk_problems", "skipped_folders"] as const) {
    const columns = columnsOf({ database }, table).join(", ");
    database.exec(
      `DELETE FROM main.${table};
       INSERT INTO main.${table} (${columns}) SELECT ${columns} FROM temp.${table}`,
    );
  }
  for (const table of CATALOG.toReversed()) database.exec(`DROP TABLE temp.${table}`);
}

function hasDraft({ database }: Pick<Project, "database">): boolean {
  return (
    database.prepare("SELECT 1 FROM sqlite_temp_master WHERE name = 'files'").get() !== undefined
  );
}

function columnsOf({ database }: Pick<Project, "database">, table: CatalogTable): string[] {
  return database
    .prepare<[string], string>("SELECT name FROM pragma_table_info(?, 'main')")
    .pluck()
    .all(table);
}

/** The statement that creates a table of the schema as a temporary one. A temporary table cannot refer to others. */
function temporary(table: CatalogTable): string {
  const statement = new RegExp(`CREATE TABLE ${table} \\([\\s\\S]*?\\n\\)[^;]*;`).exec(SCHEMA)?.[0];
  if (!statement) throw new Error(`The schema has no table ${table}`);
  return statement
    .replace("CREATE TABLE", "CREATE TEMP TABLE")
    .replaceAll(/ REFERENCES \w+ \(\w+\)/g, "");
}
