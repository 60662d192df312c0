import { EVIDENCE_KINDS } from "../../../contract/evidence-kind.ts";
import type { Pairs } from "../../data/pairs.ts";
import { UnionFind } from "./union-find.ts";

/** Nodes that each side needs before a link whose pixels agree counts as unsupported. */
const LEAST_PICTURES = 3;
/** Files that each side needs where the pixels do not explain the match; two copies are enough. */
const LEAST_FILES = 2;
/** Smaller clusters have no unsupported links. */
export const LEAST_FILES_TO_PART = 2 * LEAST_FILES;

const SIMILAR = EVIDENCE_KINDS.indexOf("similar");
const NONE = new Int32Array();

export type LinkFigures = Pick<Pairs, "a" | "b" | "similarity" | "confidence" | "kind">;

/**
 * The pairs that join two groups of a cluster without other support: bridges of the graph. If such a pair were copies, other images
 * of the two groups would match, too.
 *
 * Groups grow along the pairs that are on a cycle, then along bridges, the most certain first. A bridge between two groups that are
 * large enough to be clusters is not followed. A chain of groups therefore yields all its links, and a star of copies none.
 * @param nodes the cluster's nodes, ascending
 * @param rows the cluster's rows of `pairs`; they must connect all of its nodes
 * @param copies number of files per node
 * @returns rows, ascending
 */
export function unsupportedLinks(
  nodes: Int32Array,
  rows: Int32Array,
  pairs: LinkFigures,
  copies: Int32Array,
): Int32Array {
  // Nodes, rows and what is found from them are in range by the contract above, hence the casts.
  let total = 0;
  for (let at = 0; at < nodes.length; at++) total += copies[nodes[at] as number] as number;
  if (total < LEAST_FILES_TO_PART) return NONE;
  if (indexOf.length < copies.length) indexOf = new Int32Array(copies.length);
  const files = new Int32Array(nodes.length);
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index] as number;
    files[index] = copies[node] as number;
    indexOf[node] = index;
  }
  const a = indexesOf(pairs.a, rows);
  const b = indexesOf(pairs.b, rows);
  const isBridge = bridges(nodes.length, a, b);

  const groups = new UnionFind(nodes.length);
  const pictures = new Int32Array(nodes.length).fill(1);
  const join = (one: number, other: number) => {
    if (one === other) return;
    const [pictureCount, fileCount] = [
      (pictures[one] as number) + (pictures[other] as number),
      (files[one] as number) + (files[other] as number),
    ];
    groups.union(one, other);
    const root = groups.find(one);
    pictures[root] = pictureCount;
    files[root] = fileCount;
  };
  const links: number[] = [];
  for (let link = 0; link < rows.length; link++) {
    if (isBridge[link]) links.push(link);
    else join(groups.find(a[link] as number), groups.find(b[link] as number));
  }
  const of = (column: Float64Array, link: number) => column[rows[link] as number] as number;
  links.sort(
    (x, y) =>
      of(pairs.confidence, y) - of(pairs.confidence, x) ||
      of(pairs.similarity, y) - of(pairs.similarity, x) ||
      (a[x] as number) - (a[y] as number) ||
      (b[x] as number) - (b[y] as number),
  );
  return Int32Array.from(
    links.filter((link) => {
      const sides = [groups.find(a[link] as number), groups.find(b[link] as number)] as const;
      const alike = pairs.kind[rows[link] as number] === SIMILAR;
      const [size, least] = alike ? [files, LEAST_FILES] : [pictures, LEAST_PICTURES];
      if (sides.every((side) => (size[side] as number) >= least)) return true;
      join(...sides);
      return false;
    }),
    (link) => rows[link] as number,
  ).sort();
}

/** Index of a node in the current cluster; other entries are stale. Allocated once, because a dragged slider runs this often. */
let indexOf = new Int32Array(0);

/** @returns the cluster's node index for each row of the column */
function indexesOf(column: Int32Array, rows: Int32Array): Int32Array {
  const indexes = new Int32Array(rows.length);
  for (let i = 0; i < rows.length; i++)
    indexes[i] = indexOf[column[rows[i] as number] as number] as number;
  return indexes;
}

/**
 * Which edges of a connected graph are bridges (Tarjan, "A note on finding the bridges of a graph", 1974), without recursion: a
 * cluster may be a chain of tens of thousands.
 * @param a and @param b the ends of each edge, in 0 ... count - 1
 * @returns one byte per edge, 1 for a bridge
 */
function bridges(count: number, a: Int32Array, b: Int32Array): Uint8Array {
  const [start, incident] = edgesByNode(count, a, b);
  /** Order in which nodes are first met, from 1. */
  const met = new Int32Array(count);
  /** The earliest met node that can be reached from a node and those after it, without the edge by which it was met. */
  const earliest = new Int32Array(count);
  /** The edge by which each node was met. */
  const by = new Int32Array(count).fill(-1);
  const next = start.slice();
  const path = new Int32Array(count);
  const isBridge = new Uint8Array(a.length);
  let depth = 0;
  let order = 1;
  met[0] = order;
  earliest[0] = order;
  while (depth >= 0) {
    const node = path[depth] as number;
    const at = next[node] as number;
    if (at < (start[node + 1] as number)) {
      next[node] = at + 1;
      const edge = incident[at] as number;
      if (edge === by[node]) continue;
      const other = (a[edge] as number) === node ? (b[edge] as number) : (a[edge] as number);
      if (met[other] === 0) {
        met[other] = ++order;
        earliest[other] = order;
        by[other] = edge;
        path[++depth] = other;
      } else {
        earliest[node] = Math.min(earliest[node] as number, met[other] as number);
      }
      continue;
    }
    depth--;
    if (depth < 0) break;
    const before = path[depth] as number;
    earliest[before] = Math.min(earliest[before] as number, earliest[node] as number);
    if ((earliest[node] as number) > (met[before] as number)) isBridge[by[node] as number] = 1;
  }
  return isBridge;
}

/** Node `n` has the edges `incident[start[n]]` up to, not including, `incident[start[n + 1]]`. */
function edgesByNode(
  count: number,
  a: Int32Array,
  b: Int32Array,
): [start: Int32Array, incident: Int32Array] {
  const start = new Int32Array(count + 1);
  for (const ends of [a, b]) {
    for (let edge = 0; edge < ends.length; edge++) {
      const node = ends[edge] as number;
      start[node + 1] = (start[node + 1] as number) + 1;
    }
  }
  for (let node = 0; node < count; node++) {
    start[node + 1] = (start[node + 1] as number) + (start[node] as number);
  }
  const incident = new Int32Array(2 * a.length);
  const next = start.slice();
  for (const ends of [a, b]) {
    for (let edge = 0; edge < ends.length; edge++) {
      const node = ends[edge] as number;
      const at = next[node] as number;
      incident[at] = edge;
      next[node] = at + 1;
    }
  }
  return [start, incident];
}
