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
 * Rows of the base below which exact search is used. Seconds for all pairs of n x 256, k = 21, by test/bench/crossover.ts on 2 cores with
 * AVX-512 VNNI, and seconds of processor time:
 *
 *         n       exact   approximate   recall
 *    20,000    1.7 (3.1)     2.7 (3.4)   0.9991
 *    40,000    4.5 (8.5)     6.6 (8.2)   0.9983
 *    60,000    7.7 (14.9)   10.8 (13.6)  0.9987
 *   100,000   20.4 (39.5)   23.2 (29.0)  0.9975
 */
export const EXACT_BELOW = 100_000;

/** HNSW's shape (Malkov & Yashunin 2018): links per node and how widely to look when adding and when searching. */
const CONNECTIVITY = 16;
const EXPANSION_ADD = 64;
const EXPANSION_SEARCH = 64;

/**
 * How the index stores vectors. Bytes build an index of unit vectors 3 times faster than float32, and the ranking in
 * double precision wins the recall back if there are candidates to choose from: 0.999 of 21 neighbors among 64
 * candidates, 0.990 among 32, 0.999 with float32 (8,000 photos). USearch scales a vector to unit length for it, which
 * Euclidean distance does not survive.
 */
const STORED_AS = { cosine: ScalarKind.I8, euclidean: ScalarKind.F32 } as const;

/** Vectors added, or queries answered, before the event loop gets a turn. Part of what makes an index reproducible. */
const BATCH = 512;

/** Candidates that the double-precision ranking chooses from: this many per neighbor wanted, and some more. */
const CANDIDATES_PER_NEIGHBOR = 2;
const SPARE_CANDIDATES = 11;

/** Part of an index's file name, to raise whenever the same vectors would give another index. */
const INDEX_VERSION = 1;

/** Queries whose approximate neighbors are compared with the exact ones. */
const RECALL_SAMPLE = 500;

/** Share of the progress that building takes when there is no cached index; only the look of the progress hangs on it. */
const BUILDING_SHARE = 0.6;

/** Where a built index is kept. It is a cache: a missing or damaged file is built anew. */
export interface IndexCache {
  readonly folder: string;
  /** Identifies the base, its order and the metric; letters, digits, `-` and `_`. */
  readonly key: string;
}

/**
 * Finds most of the k nearest rows of the base for each query by an HNSW graph of USearch, ranked in double precision,
 * and measures how many by searching exactly for a sample of the queries.
 *
 * The same arguments give the same result whatever the number of threads: only searching uses several. An index built
 * by more than one thread differs from run to run, since rows are linked to those that happen to be there already.
 *
 * @returns the neighbors and the share of the true ones found on the sample, in [0, 1].
 * @throws RangeError when sizes don't fit together or a number is not finite.
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
    keys.forEach((places, i) => {
      const { among } = search;
      const rows = among ? places.map((place) => among[place] ?? -1) : places;
      rerank(search, first + i, rows, neighbors);
    });
    onProgress?.(done + (1 - done) * ((first + count) / m));
  }
  return { neighbors, recall: await measureRecall(search, m, neighbors) };
}

/** @returns places among the rows searched, per query. */
function searchBatch(
  index: Index,
  vectors: Float32Array,
  count: number,
  wanted: number,
  threads: number,
): number[][] {
  // The types ask for a matrix to answer a batch, but one flat array is what the native call takes.
  const matches = index.search([vectors], wanted, threads) as
    | BatchMatches
    | { keys: BigUint64Array };
  if (!("counts" in matches)) return [Array.from(matches.keys, Number)];
  return Array.from({ length: count }, (_, i) => {
    const found = Number(matches.counts[i] ?? 0);
    return Array.from(matches.keys.subarray(i * wanted, i * wanted + found), Number);
  });
}

/** The index from the cache, or a new one that is then kept there. */
async function openIndex(
  search: NeighborSearch,
  n: number,
  cache: IndexCache | undefined,
): Promise<{ index: Index; built: boolean }> {
  // Even without a cache the index goes through a file: one that was built by one thread can be searched by several
  // only after it has been loaded.
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

/** Whether an index file is just as it was written. USearch takes the process down when it reads a damaged one. */
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

/** Hands a file to USearch, which on Windows opens only names in ASCII: there it gets the bare name in its folder. */
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

/** Share of true neighbors found for queries spread evenly over all; one as near as the last true one counts as true. */
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
