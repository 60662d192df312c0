import type { Database } from "better-sqlite3";

/**
 * Reads the result of a query as columns. SQLite returns each column as one JSON text, which is several times faster than one object
 * per row.
 * @param query selects columns with these names: numbers or text, no blobs
 * @param values of the query's parameters
 */
export function readColumns<T extends Record<string, number | string | null>>(
  database: Database,
  query: string,
  names: readonly (keyof T & string)[],
  ...values: readonly (number | string)[]
): { [K in keyof T]: T[K][] } {
  // Aggregates see the rows in the subquery's order.
  const row = database
    .prepare<(number | string)[], string[]>(
      `SELECT ${names.map((name) => `json_group_array(${name})`).join(", ")} FROM (${query})`,
    )
    .raw()
    .get(...values);
  const columns = names.map((name, at) => [name, JSON.parse(row?.[at] ?? "[]")]);
  return Object.fromEntries(columns);
}
