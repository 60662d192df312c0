import { readColumns } from "../columns.ts";
import type { Nodes } from "../nodes.ts";
import type { Pairs } from "../pairs.ts";
import type { Project } from "../project-file.ts";
import type { Rejection } from "./decision-log.ts";

/** Rejected pairs of nodes, as `[a, b]` with `a < b`; unordered, may contain repeats. */
export function rejectedNodes(project: Project, nodes: Nodes): [a: number, b: number][] {
  const contents = project.database
    .prepare<[], [number, number]>(
      `SELECT ca.id, cb.id FROM not_duplicates n
       JOIN contents ca ON ca.sha256 = n.a JOIN contents cb ON cb.sha256 = n.b`,
    )
    .raw()
    .all();
  if (contents.length === 0) return [];
  const nodeOf = new Map<number, number>();
  nodes.files.forEach((files, node) => {
    for (const { content } of files) nodeOf.set(content, node);
  });
  return contents.flatMap(([first, second]): [number, number][] => {
    const [a, b] = [nodeOf.get(first), nodeOf.get(second)];
    if (a === undefined || b === undefined || a === b) return [];
    return [a < b ? [a, b] : [b, a]];
  });
}

/** The pairs of contents, by id, that were not rejected before. */
export function newRejections(project: Project, pairs: readonly Rejection[]): Rejection[] {
  const { one, other } = readColumns<{ one: number; other: number }>(
    project.database,
    `SELECT x.id AS one, y.id AS other
     FROM json_each(?) pair CROSS JOIN contents x ON x.id = pair.value ->> 0
     JOIN contents y ON y.id = pair.value ->> 1
     WHERE NOT EXISTS (SELECT 1 FROM not_duplicates n
       WHERE n.a = min(x.sha256, y.sha256) AND n.b = max(x.sha256, y.sha256))`,
    ["one", "other"],
    JSON.stringify(pairs),
  );
  return one.map((content, row) => [content, other[row] as number]); // all columns have the same length
}

/** Reads the rejected pairs of a content, each pair from the content with the lower SHA-256. */
export interface RejectionReader {
  /** Whether any pair was rejected at all. */
  readonly hasRejections: boolean;
  /** The other contents' SHA-256, and the highest file id when each was rejected. */
  readonly of: (sha256: Buffer) => { b: Buffer; seen: number }[];
}

export function rejectionReader({ database }: Project): RejectionReader {
  const select = database.prepare<[Buffer], { b: Buffer; seen: number }>(
    "SELECT b, seen FROM not_duplicates WHERE a = ?",
  );
  return {
    hasRejections: database.prepare("SELECT 1 FROM not_duplicates LIMIT 1").get() !== undefined,
    of: (sha256) => select.all(sha256),
  };
}

/** Rows of `pairs` whose nodes were rejected. @param rejected as returned by {@link rejectedNodes} */
export function rejectedRows(
  rejected: readonly (readonly [a: number, b: number])[],
  pairs: Pick<Pairs, "count" | "a" | "b">,
): Int32Array {
  return Int32Array.from(rejected.map(([a, b]) => rowOf(pairs, a, b)).filter((row) => row >= 0));
}

/** The row of a pair of nodes with `a < b`, or -1. Binary search. */
export function rowOf(pairs: Pick<Pairs, "count" | "a" | "b">, a: number, b: number): number {
  let [low, high] = [0, pairs.count - 1];
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = (pairs.a[middle] as number) - a || (pairs.b[middle] as number) - b;
    if (order === 0) return middle;
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
