import { UnionFind } from "./union-find.ts";
import { type LinkFigures, unsupportedLinks } from "./unsupported-links.ts";

/** Two nodes of a cluster; the same node twice means two of its copies. */
export interface Link {
  readonly a: number;
  readonly b: number;
  /** Cosine, in [-1, 1]. */
  readonly similarity: number;
}

/**
 * The pair at which a cluster falls apart first: an unsupported link, else the least similar edge of its maximum spanning tree
 * (Kruskal 1956).
 *
 * Copies of one node have similarity 1. Among equally similar edges, the greatest `(a, b)` is the weakest.
 * @param nodes the cluster's nodes, ascending
 * @param rows the cluster's rows of `pairs`; they must connect all of its nodes
 * @param copies number of files per node
 */
export function weakestLink(
  nodes: Int32Array,
  rows: Int32Array,
  pairs: LinkFigures,
  copies: Int32Array,
): Link {
  // Rows and nodes are in range by the contract above, hence the casts.
  const first = nodes[0] as number;
  const row = joiningRows(nodes, rows, pairs, copies).at(-1);
  if (row === undefined) return { a: first, b: first, similarity: 1 };
  return {
    a: pairs.a[row] as number,
    b: pairs.b[row] as number,
    similarity: pairs.similarity[row] as number,
  };
}

/** The two parts of a cluster of at least two nodes without its weakest link. Parameters as for {@link weakestLink}. */
export function sidesOfWeakestLink(
  nodes: Int32Array,
  rows: Int32Array,
  pairs: LinkFigures,
  copies: Int32Array,
): [Int32Array, Int32Array] {
  const indexes = indexesOf(nodes);
  const sets = new UnionFind(nodes.length);
  for (const row of joiningRows(nodes, rows, pairs, copies).slice(0, -1)) {
    sets.union(
      indexes.get(pairs.a[row] as number) as number,
      indexes.get(pairs.b[row] as number) as number,
    );
  }
  const first = sets.find(0);
  const isFirst = (_: number, index: number) => sets.find(index) === first;
  return [nodes.filter(isFirst), nodes.filter((node, index) => !isFirst(node, index))];
}

/** The rows of a spanning tree, strongest link first. */
function joiningRows(
  nodes: Int32Array,
  rows: Int32Array,
  pairs: LinkFigures,
  copies: Int32Array,
): Int32Array {
  const { a, b, similarity } = pairs;
  const alone = new Set(unsupportedLinks(nodes, rows, pairs, copies));
  const strongestFirst = rows
    .slice()
    .sort(
      (x, y) =>
        Number(alone.has(x)) - Number(alone.has(y)) ||
        (similarity[y] as number) - (similarity[x] as number) ||
        (a[x] as number) - (a[y] as number) ||
        (b[x] as number) - (b[y] as number),
    );
  if (rows.length < nodes.length) return strongestFirst; // A tree already.
  const indexes = indexesOf(nodes);
  const sets = new UnionFind(nodes.length);
  return strongestFirst.filter((row) =>
    sets.union(indexes.get(a[row] as number) as number, indexes.get(b[row] as number) as number),
  );
}

function indexesOf(nodes: Int32Array): Map<number, number> {
  return new Map(Array.from(nodes, (node, index) => [node, index]));
}
