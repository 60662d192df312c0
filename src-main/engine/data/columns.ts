import type { Database } from "better-sqlite3";

/**
 * The result of a query as columns, in its order. Each column comes out of SQLite as one text: an object per row, and worse a buffer
 * per value, takes several times as long as finding them does.
 * @param query selects columns of these names; numbers or text, no blobs
 * @param values for the query's parameters
 */
export function readColumns<T extends Record<string, number | string | null>>(
  database: Database,
  query: string,
  names: readonly (keyof T & string)[],
  ...values: readonly (number | string)[]
): { [K in keyof T]: T[K][] } {
  // SQLite keeps the order of a subquery for an aggregate that may depend on it.
  const row = database
    .prepare<(number | string)[], string[]>(
      `SELECT ${names.map((name) => `json_group_array(${name})`).join(", ")} FROM (${query})`,
    )
    .raw()
    .get(...values);
  const columns = names.map((name, at) => [name, JSON.parse(row?.[at] ?? "[]")]);
  return Object.fromEntries(columns);
}
