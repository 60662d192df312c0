import type { Pairs } from "../../data/pairs.ts";
import { UnionFind } from "./union-find.ts";

/** Clusters in columns, ordered by smallest node. Nodes and pairs ascend within each cluster. */
export interface Clusters {
  readonly count: number;
  /** Number of files per cluster, at least 2. */
  readonly files: Int32Array;
  /** Cluster `c` contains `nodes[nodeStart[c]]` up to but not including `nodes[nodeStart[c + 1]]`. */
  readonly nodeStart: Int32Array;
  readonly nodes: Int32Array;
  /** Cluster `c` consists of the accepted pairs `pairRows[pairStart[c]]` ..., rows of `Pairs`. */
  readonly pairStart: Int32Array;
  readonly pairRows: Int32Array;
  /** The cluster of every node, or -1. */
  readonly clusterOf: Int32Array;
}

/**
 * Clusters by transitive closure: the connected components of the accepted pairs that have at least two files.
 *
 * Runs at every slider move, so it makes one pass over all pairs, to list the accepted ones. The order of the pairs affects only
 * the order of `pairRows`.
 * @param accepted one byte per pair, 0 for a pair to ignore
 * @param copies number of files per node, each at least 1
 */
export function clusterPairs(
  pairs: Pick<Pairs, "count" | "a" | "b">,
  accepted: Uint8Array,
  copies: Int32Array,
): Clusters {
  const { a, b } = pairs;
  const rows = rowsOf(accepted);
  const sets = new UnionFind(copies.length);
  // Node indexes and rows are in range by the contract of `Pairs`, hence the casts from here on.
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    sets.union(a[row] as number, b[row] as number);
  }
  const roots = sets.roots();

  const filesOfRoot = new Int32Array(copies.length);
  for (let node = 0; node < roots.length; node++) {
    const root = roots[node] as number;
    filesOfRoot[root] = (filesOfRoot[root] as number) + (copies[node] as number);
  }

  // A root is the smallest node of its set, so it gets its number before the other nodes.
  const clusterOf = new Int32Array(copies.length).fill(-1);
  const files = new Int32Array(copies.length);
  let count = 0;
  for (let node = 0; node < roots.length; node++) {
    const root = roots[node] as number;
    if (root !== node) clusterOf[node] = clusterOf[root] as number;
    else if ((filesOfRoot[node] as number) >= 2) {
      files[count] = filesOfRoot[node] as number;
      clusterOf[node] = count++;
    }
  }

  const clusterOfRow = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++) {
    clusterOfRow[i] = clusterOf[a[rows[i] as number] as number] as number;
  }
  const [nodeStart, nodes] = groupByCluster(count, clusterOf);
  const [pairStart, pairRows] = groupByCluster(count, clusterOfRow);
  for (let i = 0; i < pairRows.length; i++) pairRows[i] = rows[pairRows[i] as number] as number;
  return { count, files: files.slice(0, count), nodeStart, nodes, pairStart, pairRows, clusterOf };
}

/** The accepted rows, ascending. */
function rowsOf(accepted: Uint8Array): Int32Array {
  const rows = new Int32Array(accepted.length);
  let count = 0;
  for (let row = 0; row < accepted.length; row++) if (accepted[row] !== 0) rows[count++] = row;
  return rows.slice(0, count);
}

/** Counting sort of the items 0 ... n - 1 by cluster, without those of cluster -1. */
function groupByCluster(
  clusters: number,
  clusterOf: Int32Array,
): [start: Int32Array, grouped: Int32Array] {
  const start = new Int32Array(clusters + 1);
  for (let item = 0; item < clusterOf.length; item++) {
    const cluster = clusterOf[item] as number;
    if (cluster >= 0) start[cluster + 1] = (start[cluster + 1] as number) + 1;
  }
  for (let cluster = 0; cluster < clusters; cluster++) {
    start[cluster + 1] = (start[cluster + 1] as number) + (start[cluster] as number);
  }
  const grouped = new Int32Array(start[clusters] as number);
  const next = start.slice();
  for (let item = 0; item < clusterOf.length; item++) {
    const cluster = clusterOf[item] as number;
    if (cluster < 0) continue;
    const index = next[cluster] as number;
    grouped[index] = item;
    next[cluster] = index + 1;
  }
  return [start, grouped];
}
