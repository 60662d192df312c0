import { createHash } from "node:crypto";
import {
  createReadStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { type BatchMatches, Index, MetricKind, ScalarKind } from "usearch";
import type { Metric } from "../../vectors/float32.ts";
import { exactNeighbors } from "./exact.ts";
import {
  copySearched,
  countSearched,
  emptyNeighbors,
  type NeighborSearch,
  type Neighbors,
  rerank,
  squaredNorms,
} from "./rerank.ts";

/**
 * Number of rows in the base from which approximate search is used. At 100,000 rows exact search takes 20 s and approximate
 * search 23 s (test/bench/crossover.ts, 2 cores).
 */
export const EXACT_BELOW = 100_000;

/** HNSW parameters (Malkov & Yashunin 2018): links per node, and search breadth when adding and when searching. */
const CONNECTIVITY = 16;
const EXPANSION_ADD = 64;
const EXPANSION_SEARCH = 64;

/**
 * How the index stores vectors. Bytes build it 3 times faster than float32, and ranking in double precision restores the
 * recall to 0.999 (21 neighbors of 64 candidates, 8,000 photos). USearch normalizes vectors for bytes, which rules them
 * out for Euclidean distance.
 */
const STORED_AS = { cosine: ScalarKind.I8, euclidean: ScalarKind.F32 } as const;

/** Vectors added or queries answered between two turns of the event loop. Changing it changes the index. */
const BATCH = 512;

/** Candidates for the ranking in double precision: a multiple of the neighbors wanted plus a constant. */
const CANDIDATES_PER_NEIGHBOR = 2;
const SPARE_CANDIDATES = 11;

/** Part of an index's file name. Raise it when the same vectors produce a different index. */
const INDEX_VERSION = 1;

/** Queries whose approximate neighbors are compared with the exact ones. */
const RECALL_SAMPLE = 500;

/** Share of the progress bar for building the index when none is cached. */
const BUILDING_SHARE = 0.6;

/** Where a built index is cached. A missing or damaged file is rebuilt. */
export interface IndexCache {
  readonly folder: string;
  /** Identifies the base, its order and the metric. Letters, digits, `-` and `_`. */
  readonly key: string;
}

/**
 * Finds most of the k nearest rows of the base for each query with a USearch HNSW graph, ranks them in double precision,
 * and measures the recall by exact search for a sample of the queries.
 *
 * The result does not depend on the number of threads. Only the search uses several; an index built by several threads
 * differs from run to run.
 *
 * @returns the neighbors and the recall on the sample, in [0, 1]
 * @throws RangeError when the sizes do not match or a number is not finite
 */
export async function approximateNeighbors(
  search: NeighborSearch,
  cache?: IndexCache,
): Promise<{ neighbors: Neighbors; recall: number }> {
  const { queries, base, dimensions, k, signal, checkpoint, onProgress } = search;
  const m = squaredNorms(queries, dimensions).length;
  squaredNorms(base, dimensions);
  const n = countSearched(search);
  const neighbors = emptyNeighbors(m, k);
  if (m === 0 || n === 0 || k === 0) return { neighbors, recall: 1 };

  signal?.throwIfAborted();
  const { index, built } = await openIndex(search, n, cache);
  const done = built ? BUILDING_SHARE : 0;
  const wanted = Math.min(n, CANDIDATES_PER_NEIGHBOR * k + SPARE_CANDIDATES);
  const threads = Math.min(search.threads ?? Number.POSITIVE_INFINITY, os.availableParallelism());
  for (let first = 0; first < m; first += BATCH) {
    await nextTurn();
    await checkpoint?.();
    signal?.throwIfAborted();
    const count = Math.min(BATCH, m - first);
    const keys = searchBatch(
      index,
      queries.slice(first * dimensions, (first + count) * dimensions),
      count,
      wanted,
      threads,
    );
    keys.forEach((indexes, i) => {
      const { among } = search;
      const rows = among ? indexes.map((index) => among[index] ?? -1) : indexes;
      rerank(search, first + i, rows, neighbors);
    });
    onProgress?.(done + (1 - done) * ((first + count) / m));
  }
  return { neighbors, recall: await measureRecall(search, m, neighbors) };
}

/** @returns per query, indexes among the searched rows */
function searchBatch(
  index: Index,
  vectors: Float32Array,
  count: number,
  wanted: number,
  threads: number,
): number[][] {
  // The typings expect a matrix, but the native call takes one flat array.
  const matches = index.search([vectors], wanted, threads) as
    | BatchMatches
    | { keys: BigUint64Array };
  if (!("counts" in matches)) return [Array.from(matches.keys, Number)];
  return Array.from({ length: count }, (_, i) => {
    const found = Number(matches.counts[i] ?? 0);
    return Array.from(matches.keys.subarray(i * wanted, i * wanted + found), Number);
  });
}

/** Loads the index from the cache, or builds and caches it. */
async function openIndex(
  search: NeighborSearch,
  n: number,
  cache: IndexCache | undefined,
): Promise<{ index: Index; built: boolean }> {
  // Even without a cache the index goes through a file: only a loaded index can be searched by several threads.
  const folder = cache?.folder ?? mkdtempSync(path.join(os.tmpdir(), "twinlens-index-"));
  const name = `${cache?.key ?? "index"}.v${INDEX_VERSION}.usearch`;
  try {
    if (await isIntact(path.join(folder, name))) {
      const cached = load(folder, name, search);
      if (cached.size() === n) return { index: cached, built: false };
    }
    const fresh = await build(search, n);
    mkdirSync(folder, { recursive: true });
    const partial = `${name}.${process.pid}.partial`;
    inFolder(folder, partial, (file) => fresh.save(file));
    const digest = await digestOf(path.join(folder, partial));
    renameSync(path.join(folder, partial), path.join(folder, name));
    writeFileSync(digestFile(path.join(folder, name)), digest);
    return { index: load(folder, name, search), built: true };
  } finally {
    if (!cache) rmSync(folder, { recursive: true, force: true });
  }
}

const digestFile = (file: string) => `${file}.sha256`;

/** Whether an index file matches its digest. USearch crashes the process when it reads a damaged file. */
async function isIntact(file: string): Promise<boolean> {
  try {
    return readFileSync(digestFile(file), "utf8") === (await digestOf(file));
  } catch {
    return false;
  }
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

async function build(search: NeighborSearch, n: number): Promise<Index> {
  const { dimensions, metric, signal, checkpoint, onProgress } = search;
  const index = newIndex(dimensions, metric);
  for (let first = 0; first < n; first += BATCH) {
    await nextTurn();
    await checkpoint?.();
    signal?.throwIfAborted();
    const count = Math.min(BATCH, n - first);
    const keys = BigUint64Array.from({ length: count }, (_, i) => BigInt(first + i));
    const vectors = new Float32Array(count * dimensions);
    copySearched(search, first, vectors);
    index.add(keys, vectors, 1);
    onProgress?.(BUILDING_SHARE * ((first + count) / n));
  }
  return index;
}

function load(folder: string, name: string, { dimensions, metric }: NeighborSearch): Index {
  const index = newIndex(dimensions, metric);
  inFolder(folder, name, (file) => index.load(file));
  return index;
}

function newIndex(dimensions: number, metric: Metric): Index {
  return new Index({
    dimensions,
    metric: metric === "cosine" ? MetricKind.IP : MetricKind.L2sq,
    quantization: STORED_AS[metric],
    connectivity: CONNECTIVITY,
    expansion_add: EXPANSION_ADD,
    expansion_search: EXPANSION_SEARCH,
    multi: false,
  });
}

/** Passes a file to USearch. On Windows it opens only ASCII paths, so it gets the bare name, relative to the folder. */
function inFolder(folder: string, name: string, action: (file: string) => void): void {
  if (process.platform !== "win32") {
    action(path.join(folder, name));
    return;
  }
  const before = process.cwd();
  process.chdir(folder);
  try {
    action(name);
  } finally {
    process.chdir(before);
  }
}

/** Recall for an evenly spread sample of the queries. A neighbor as near as the last true one counts as true. */
async function measureRecall(
  search: NeighborSearch,
  m: number,
  { k, scores }: Neighbors,
): Promise<number> {
  const { queries, dimensions, selfOf, onProgress: _, ...rest } = search;
  const count = Math.min(m, RECALL_SAMPLE);
  const sample = Array.from({ length: count }, (_, i) => Math.floor((i * m) / count));
  const vectors = new Float32Array(count * dimensions);
  sample.forEach((query, i) => {
    vectors.set(queries.subarray(query * dimensions, (query + 1) * dimensions), i * dimensions);
  });
  const exact = await exactNeighbors({
    ...rest,
    queries: vectors,
    dimensions,
    ...(selfOf ? { selfOf: Int32Array.from(sample, (query) => selfOf[query] ?? -1) } : {}),
  });
  let [found, real] = [0, 0];
  sample.forEach((query, i) => {
    const truth = exact.scores.subarray(i * k, (i + 1) * k).filter(Number.isFinite);
    const last = truth.at(-1) ?? Number.POSITIVE_INFINITY;
    real += truth.length;
    found += scores.subarray(query * k, (query + 1) * k).filter((score) => score >= last).length;
  });
  return real === 0 ? 1 : found / real;
}
