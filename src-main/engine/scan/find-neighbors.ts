import { createHash } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Nodes } from "../data/nodes.ts";
import { rowDot, type Space } from "../vectors/space.ts";
import { LAST_DENSITY_RANK, localDensity } from "./confidence/confidence.ts";
import { approximateNeighbors } from "./neighbors/approximate.ts";
import { exactNeighbors } from "./neighbors/exact.ts";
import {
  copySearched,
  countSearched,
  type NeighborSearch,
  type Neighbors,
} from "./neighbors/rerank.ts";
import type { CatalogSplit } from "./walk-splits.ts";

/** The nearest nodes of every node within one split. */
export interface SplitNeighbors {
  readonly split: CatalogSplit;
  /** Node indices, row-major `[nodes, k]`, nearest first; -1 fills unused entries. */
  readonly nearest: Int32Array;
  readonly k: number;
}

export interface FoundNeighbors {
  readonly bySplit: readonly SplitNeighbors[];
  /** Per node, as a cosine of embeddings. */
  readonly density: Float64Array;
  readonly method: "exact" | "approximate";
  /** Lowest share of true neighbors found in any split; 1 when exact. */
  readonly recall: number;
}

export interface FindNeighborsOptions {
  readonly nodes: Nodes;
  readonly splits: readonly CatalogSplit[];
  readonly space: Space;
  /** Unit vectors, row-major `[nodes, dimensions]`. */
  readonly embeddings: Float32Array;
  readonly dimensions: number;
  readonly k: number;
  /** Number of nodes from which a split is searched approximately. */
  readonly approximateFrom: number;
  /** Density assumed for data sets that are too small to measure one. */
  readonly typicalDensity: number;
  /** Folder of the search indexes, which are kept between scans. */
  readonly indexFolder: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  /** Awaited regularly; the search may pause there. */
  readonly checkpoint?: () => Promise<void>;
  /** @param done share of the work done, in [0, 1]. */
  readonly onProgress: (done: number) => void;
}

/** Finds every node's k nearest neighbors in each split, so every test image's best match in train is always among them. */
export async function findNeighbors(options: FindNeighborsOptions): Promise<FoundNeighbors> {
  const { nodes, splits, space, k } = options;
  // Density needs more neighbors than the person asked for.
  const reach = Math.max(k, LAST_DENSITY_RANK);
  const nearestOfAll = new DensityLists(options);
  const everyNode = Int32Array.from({ length: nodes.count }, (_, node) => node);
  const bySplit: SplitNeighbors[] = [];
  const usedIndexes = new Set<string>();
  let method: FoundNeighbors["method"] = "exact";
  let recall = 1;
  let searched = 0;

  for (const split of splits) {
    const members = nodesOfSplit(nodes, split.id);
    const share = members.length / Math.max(1, nodes.count);
    const before = searched;
    const search: NeighborSearch = {
      queries: space.vectors,
      base: space.vectors,
      // A split with every node needs no list.
      ...(members.length === nodes.count ? {} : { among: members }),
      dimensions: space.dimensions,
      metric: space.metric,
      k: reach,
      selfOf: everyNode,
      threads: options.threads,
      signal: options.signal,
      ...(options.checkpoint && { checkpoint: options.checkpoint }),
      onProgress: (done) => options.onProgress(Math.min(1, before + done * share)),
    };
    let found: Neighbors;
    if (members.length < options.approximateFrom) found = await exactNeighbors(search);
    else {
      const key = indexKey(split, search);
      const approximate = await approximateNeighbors(search, { folder: options.indexFolder, key });
      usedIndexes.add(key);
      found = approximate.neighbors;
      recall = Math.min(recall, approximate.recall);
      method = "approximate";
    }
    searched += share;
    nearestOfAll.add(found, members);
    bySplit.push({ split, k, nearest: keepNearest(found, k) });
  }
  deleteOtherIndexes(options.indexFolder, usedIndexes);
  return { bySplit, density: nearestOfAll.densities(), method, recall };
}

/** Nodes with a file in the split, ascending. */
function nodesOfSplit(nodes: Nodes, split: number): Int32Array {
  const members: number[] = [];
  nodes.files.forEach((files, node) => {
    if (files.some((file) => file.split === split)) members.push(node);
  });
  return Int32Array.from(members);
}

function keepNearest(found: Neighbors, k: number): Int32Array {
  const queries = found.rows.length / found.k;
  const nearest = new Int32Array(queries * k).fill(-1);
  for (let query = 0; query < queries; query++) {
    for (let rank = 0; rank < k; rank++) {
      nearest[query * k + rank] = found.rows[query * found.k + rank] ?? -1;
    }
  }
  return nearest;
}

/** Collects the similarities of each node's nearest neighbors in all splits. */
class DensityLists {
  readonly #options: FindNeighborsOptions;
  /** Row-major `[nodes, LAST_DENSITY_RANK]`, descending; -2 fills unused entries. */
  readonly #best: Float32Array;
  /** Per node, 1 when a split that contains it has been added. */
  readonly #added: Uint8Array;

  constructor(options: FindNeighborsOptions) {
    this.#options = options;
    this.#best = new Float32Array(options.nodes.count * LAST_DENSITY_RANK).fill(NO_SIMILARITY);
    this.#added = new Uint8Array(options.nodes.count);
  }

  /** Counts a node that is in several splits only once. @param members nodes of the split */
  add(found: Neighbors, members: Int32Array): void {
    const { nodes, space, embeddings, dimensions } = this.#options;
    const isCosine = space.vectors === embeddings;
    for (let query = 0; query < nodes.count; query++) {
      const list = this.#best.subarray(query * LAST_DENSITY_RANK, (query + 1) * LAST_DENSITY_RANK);
      for (let rank = 0; rank < found.k; rank++) {
        const node = found.rows[query * found.k + rank] ?? -1;
        if (node < 0) break;
        if (this.#added[node] === 1) continue;
        insertDescending(
          list,
          isCosine
            ? (found.scores[query * found.k + rank] ?? 0)
            : rowDot(embeddings, dimensions, query, node),
        );
      }
    }
    for (const node of members) this.#added[node] = 1;
  }

  densities(): Float64Array {
    return Float64Array.from({ length: this.#options.nodes.count }, (_, node) => {
      const start = node * LAST_DENSITY_RANK;
      const known = this.#best
        .subarray(start, start + LAST_DENSITY_RANK)
        .filter((similarity) => similarity > NO_SIMILARITY);
      return localDensity([...known], this.#options.typicalDensity);
    });
  }
}

const NO_SIMILARITY = -2;

function insertDescending(list: Float32Array, value: number): void {
  let index = list.length - 1;
  if (value <= (list[index] ?? 0)) return;
  for (; index > 0 && value > (list[index - 1] ?? 0); index--) list[index] = list[index - 1] ?? 0;
  list[index] = value;
}

/** Depends only on the vectors and their order. */
function indexKey(split: CatalogSplit, search: NeighborSearch): string {
  const { dimensions, metric } = search;
  const digest = createHash("sha256").update(`${metric}:${dimensions}:`);
  const row = new Float32Array(dimensions);
  for (let index = 0; index < countSearched(search); index++) {
    copySearched(search, index, row);
    digest.update(row);
  }
  return `split-${split.id}-${digest.digest("hex").slice(0, 32)}`;
}

/** Deletes the indexes of vectors that no longer exist. */
function deleteOtherIndexes(folder: string, used: ReadonlySet<string>): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return; // the folder does not exist yet
  }
  for (const name of names) {
    if (![...used].some((key) => name.startsWith(key))) rmSync(join(folder, name), { force: true });
  }
}
