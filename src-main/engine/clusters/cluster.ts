import type { Pairs } from "../neighbors/pairs.ts";
import { UnionFind } from "./union-find.ts";

/** Clusters in columns. They are ordered by their smallest node; nodes and pairs ascend within each. */
export interface Clusters {
  readonly count: number;
  /** Cluster `c` holds the nodes `nodes[nodeStart[c]]` up to, not including, `nodes[nodeStart[c + 1]]`. */
  readonly nodeStart: Int32Array;
  readonly nodes: Int32Array;
  /** Cluster `c` is held together by the accepted pairs `pairRows[pairStart[c]]` ..., rows of `Pairs`. */
  readonly pairStart: Int32Array;
  readonly pairRows: Int32Array;
  /** The cluster of every node, or -1. */
  readonly clusterOf: Int32Array;
}

/**
 * Clusters by transitive closure: the connected components of the accepted pairs that stand for two files or more.
 *
 * The order in which the pairs come changes only the order of `pairRows`. 100,000 nodes and 1,000,000 pairs take
 * 50 to 70 ms on a busy 2-core machine.
 * @param accepted one byte per pair, 0 for a pair that doesn't count
 * @param copies number of files of every node, each at least 1
 */
export function clusterPairs(
  pairs: Pick<Pairs, "count" | "a" | "b">,
  accepted: Uint8Array,
  copies: Int32Array,
): Clusters {
  const { a, b } = pairs;
  const sets = new UnionFind(copies.length);
  // Node indexes and rows are in range by the contract of `Pairs`, hence the casts from here on.
  for (let row = 0; row < pairs.count; row++) {
    if (accepted[row]) sets.union(a[row] as number, b[row] as number);
  }

  const files = new Int32Array(copies.length);
  for (let node = 0; node < copies.length; node++) {
    const root = sets.find(node);
    files[root] = (files[root] as number) + (copies[node] as number);
  }

  // A root is the smallest node of its set, so it is numbered before its other nodes come by.
  const clusterOf = new Int32Array(copies.length).fill(-1);
  let count = 0;
  for (let node = 0; node < copies.length; node++) {
    const root = sets.find(node);
    if (root !== node) clusterOf[node] = clusterOf[root] as number;
    else if ((files[node] as number) >= 2) clusterOf[node] = count++;
  }

  const clusterOfRow = new Int32Array(pairs.count);
  for (let row = 0; row < pairs.count; row++) {
    clusterOfRow[row] = accepted[row] ? (clusterOf[a[row] as number] as number) : -1;
  }
  const [nodeStart, nodes] = groupByCluster(count, clusterOf);
  const [pairStart, pairRows] = groupByCluster(count, clusterOfRow);
  return { count, nodeStart, nodes, pairStart, pairRows, clusterOf };
}

/** Counting sort of the items 0 ... by their cluster, leaving out those of cluster -1. */
function groupByCluster(
  clusters: number,
  clusterOf: Int32Array,
): [start: Int32Array, grouped: Int32Array] {
  const start = new Int32Array(clusters + 1);
  for (const cluster of clusterOf) {
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
    const place = next[cluster] as number;
    grouped[place] = item;
    next[cluster] = place + 1;
  }
  return [start, grouped];
}
