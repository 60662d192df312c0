import { JobThreads } from "../job-threads.ts";
import { ByteSearch, type ByteSearchTask, queriesOfBlock, roundRows } from "./byte-search.ts";
import { FloatSearch } from "./float-search.ts";
import {
  countSearched,
  emptyNeighbors,
  type NeighborSearch,
  type Neighbors,
  squaredNorms,
} from "./rerank.ts";

/** Candidates taken beyond the neighbors wanted, so that rounding hardly ever leaves a true neighbor out. */
const SPARE_CANDIDATES = 10;
/** How many times as many candidates are taken for the queries where it might have. */
const MORE_CANDIDATES = 8;
/** Queries from which it is worth rounding all rows to bytes first. */
const QUERIES_WORTH_BYTES = 1024;
/** Pairs of queries and rows from which it is worth starting threads, which takes 0.2 s, in a checkout 0.3. */
const PAIRS_WORTH_THREADS = 2e8;

/**
 * Finds the true k nearest rows of the base for each query.
 *
 * A graph in ONNX Runtime picks candidates with quick scores; double precision ranks them. A query is done only when the rounding of its
 * scores can't have hidden a nearer row. By cosine products of bytes come first; what they leave unsure, and all by Euclidean
 * distance, is scored in float32, again with more candidates while need be. Memory beyond the arguments and the result stays under
 * about 70 MB and, by cosine, a byte for each number searched and a byte more in every thread.
 *
 * @throws RangeError when sizes don't fit together or a number is not finite.
 */
export async function exactNeighbors(search: NeighborSearch): Promise<Neighbors> {
  const { queries, base, dimensions, metric, k, onProgress } = search;
  const m = squaredNorms(queries, dimensions).length;
  squaredNorms(base, dimensions);
  const n = countSearched(search);
  const neighbors = emptyNeighbors(m, k);
  if (m === 0 || n === 0 || k === 0) return neighbors;

  search.signal?.throwIfAborted();
  const byBytes = metric === "cosine" && m >= QUERIES_WORTH_BYTES;
  let unsure = byBytes
    ? await searchByBytes(search, neighbors)
    : Array.from({ length: m }, (_, query) => query);
  if (unsure.length === 0) return neighbors;
  const floats = await FloatSearch.open(search);
  try {
    for (let wanted = k + 1 + SPARE_CANDIDATES; unsure.length > 0; wanted *= MORE_CANDIDATES) {
      // What is searched for again was told of before.
      const onDone = unsure.length === m ? (done: number) => onProgress?.(done / m) : undefined;
      unsure = await floats.searchFor(unsure, wanted, neighbors, onDone);
    }
  } finally {
    await floats.release();
  }
  return neighbors;
}

/** @returns the queries whose neighbors are not sure */
async function searchByBytes(all: NeighborSearch, neighbors: Neighbors): Promise<number[]> {
  const { signal, pass, onProgress, threads = 1, ...search } = all;
  const m = search.queries.length / search.dimensions;
  const task: ByteSearchTask = { search, rows: roundRows(all), neighbors };
  const isShared = [search.queries, search.base].every(
    ({ buffer }) => buffer instanceof SharedArrayBuffer,
  );
  const worthThreads = isShared && m * countSearched(all) >= PAIRS_WORTH_THREADS;
  const here = worthThreads ? null : await ByteSearch.open(task, threads);
  await using jobs = new JobThreads<number, number[]>({
    caller: import.meta,
    name: "byte-search-worker",
    workerData: task,
    threads: worthThreads ? threads : 0,
    here: async (first) => (await here?.searchBlock(first)) ?? [],
  });
  const ofBlock = queriesOfBlock(task);
  const unsure: number[] = [];
  let done = 0;
  try {
    await jobs.run(
      blocksOf(m, ofBlock),
      (_, left) => {
        unsure.push(...left); // at most a block
        done += ofBlock;
        onProgress?.(Math.min(1, done / m));
      },
      async () => {
        await pass?.();
        signal?.throwIfAborted();
      },
    );
  } finally {
    await here?.release();
  }
  return unsure.sort((a, b) => a - b); // Blocks come back in any order.
}

/** The first queries of all blocks. */
function* blocksOf(queries: number, ofBlock: number): Generator<number, void> {
  for (let first = 0; first < queries; first += ofBlock) yield first;
}
