import type { Pairs } from "../neighbors/pairs.ts";
import { UnionFind } from "./union-find.ts";

/** Two nodes of a cluster; the same node twice stands for two of its copies. */
export interface Link {
  readonly a: number;
  readonly b: number;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
}

/**
 * The pair that holds a cluster together most weakly: the least similar edge of its maximum spanning tree (Kruskal
 * 1956). Raise the threshold over it and the cluster falls apart there first.
 *
 * Copies of one node are joined at similarity 1. Among equally similar edges the greatest `(a, b)` is the weakest.
 * @param nodes the cluster's nodes, ascending
 * @param rows rows of `pairs` that hold the cluster together; they must connect all of its nodes
 */
export function weakestLink(
  nodes: Int32Array,
  rows: Int32Array,
  pairs: Pick<Pairs, "a" | "b" | "similarity">,
): Link {
  // Rows and nodes are in range by the contract above, hence the casts.
  const linkAt = (row: number): Link => ({
    a: pairs.a[row] as number,
    b: pairs.b[row] as number,
    similarity: pairs.similarity[row] as number,
  });
  const strongestFirst = Array.from(rows, linkAt).sort(
    (x, y) => y.similarity - x.similarity || x.a - y.a || x.b - y.b,
  );
  const place = new Map(Array.from(nodes, (node, index) => [node, index]));
  const sets = new UnionFind(nodes.length);
  const first = nodes[0] as number;
  let weakest: Link = { a: first, b: first, similarity: 1 };
  for (const link of strongestFirst) {
    if (sets.union(place.get(link.a) as number, place.get(link.b) as number)) weakest = link;
  }
  return weakest;
}

/**
 * The two parts that a cluster falls into without its weakest link: the sides of the least similar edge of its maximum spanning
 * tree.
 * @param nodes as for {@link weakestLink}; at least two
 * @param rows as for {@link weakestLink}
 */
export function sidesOfWeakestLink(
  nodes: Int32Array,
  rows: Int32Array,
  pairs: Pick<Pairs, "a" | "b" | "similarity">,
): [Int32Array, Int32Array] {
  const { a, b, similarity } = pairs;
  // Rows and nodes are in range by the contract, hence the casts.
  const strongestFirst = rows
    .slice()
    .sort(
      (x, y) =>
        (similarity[y] as number) - (similarity[x] as number) ||
        (a[x] as number) - (a[y] as number) ||
        (b[x] as number) - (b[y] as number),
    );
  const place = new Map(Array.from(nodes, (node, index) => [node, index]));
  const sets = new UnionFind(nodes.length);
  let parts = nodes.length;
  for (const row of strongestFirst) {
    if (parts === 2) break;
    if (sets.union(place.get(a[row] as number) as number, place.get(b[row] as number) as number)) {
      parts--;
    }
  }
  const first = sets.find(0);
  const isFirst = (_: number, index: number) => sets.find(index) === first;
  return [nodes.filter(isFirst), nodes.filter((node, index) => !isFirst(node, index))];
}
