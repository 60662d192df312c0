import type { Pairs } from "../neighbors/pairs.ts";
import type { Nodes } from "../store/nodes.ts";
import type { Project } from "../store/project.ts";

/** Nodes that a person said are not duplicates of each other, as `[a, b]` with `a < b`; in no order, maybe repeated. */
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

/** Rows of `pairs` that join rejected nodes. @param rejected as {@link rejectedNodes} gives them. */
export function rejectedRows(
  rejected: readonly (readonly [a: number, b: number])[],
  pairs: Pick<Pairs, "count" | "a" | "b">,
): Int32Array {
  return Int32Array.from(rejected.map(([a, b]) => rowOf(pairs, a, b)).filter((row) => row >= 0));
}

/** The row of a pair of nodes, `a < b`, or -1: pairs are sorted by them. */
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
