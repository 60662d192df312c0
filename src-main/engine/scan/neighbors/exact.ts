import { WorkerPool } from "../../threads/worker-pool.ts";
import { ByteSearch, type ByteSearchTask, queriesOfBlock, roundRows } from "./byte-search.ts";
import { FloatSearch } from "./float-search.ts";
import {
  countSearched,
  emptyNeighbors,
  type NeighborSearch,
  type Neighbors,
  squaredNorms,
} from "./rerank.ts";

/** Candidates beyond the neighbors wanted. With these, rounding rarely hides a true neighbor. */
const SPARE_CANDIDATES = 10;
/** Factor by which the number of candidates grows for queries that remain unsure. */
const MORE_CANDIDATES = 8;
/**
 * Number of queries from which quantizing all rows pays off, and after which the share of unsure queries is known. Bytes
 * cannot separate frames of one film, for example.
 */
const QUERIES_WORTH_BYTES = 1024;
/** Share of unsure queries above which float32 alone is as fast. */
const MOST_UNSURE = 0.5;
/** Number of query-row pairs from which starting threads pays off, which takes 0.2 s. */
const PAIRS_WORTH_THREADS = 2e8;
/** Bounds the memory of quantized rows, which each thread copies: 130,000 rows of 256 numbers on 16 threads. */
const BYTES_OF_ALL_THREADS = 2 ** 29;

/**
 * Finds the true k nearest rows of the base for each query.
 *
 * An ONNX Runtime graph picks candidates by fast scores and double precision ranks them. A query is done only when
 * rounding cannot have hidden a nearer row. Cosine search starts with products of bytes. Unsure queries, and all queries
 * by Euclidean distance, use float32 with a growing number of candidates. Memory beyond arguments and result: about
 * 70 MB and, for cosine, one byte per number of the base and thread.
 *
 * @throws RangeError when the sizes do not match or a number is not finite
 */
export async function exactNeighbors(search: NeighborSearch): Promise<Neighbors> {
  const { queries, base, dimensions, metric, k } = search;
  const m = squaredNorms(queries, dimensions).length;
  squaredNorms(base, dimensions);
  const n = countSearched(search);
  const neighbors = emptyNeighbors(m, k);
  if (m === 0 || n === 0 || k === 0) return neighbors;

  search.signal?.throwIfAborted();
  let reported = 0;
  const report = (sure: number) => {
    if (sure <= reported) return;
    reported = sure;
    search.onProgress?.(sure / m);
  };
  const threads = search.threads ?? 1;
  const isWorthBytes =
    metric === "cosine" &&
    m >= QUERIES_WORTH_BYTES &&
    base.length * threads <= BYTES_OF_ALL_THREADS;
  let unsure = isWorthBytes
    ? await searchByBytes({ ...search, threads }, neighbors, report)
    : Array.from({ length: m }, (_, query) => query);
  if (unsure.length === 0) return neighbors;
  const floats = await FloatSearch.open(search);
  try {
    for (let wanted = k + 1 + SPARE_CANDIDATES; unsure.length > 0; wanted *= MORE_CANDIDATES) {
      const sure = m - unsure.length;
      unsure = await floats.searchFor(unsure, wanted, neighbors, (done) => report(sure + done));
    }
  } finally {
    await floats.release();
  }
  return neighbors;
}

/** @returns queries whose neighbors are not certain, ascending */
async function searchByBytes(
  {
    signal,
    checkpoint,
    onProgress: _,
    threads,
    ...search
  }: NeighborSearch & { readonly threads: number },
  neighbors: Neighbors,
  report: (sure: number) => void,
): Promise<number[]> {
  const m = search.queries.length / search.dimensions;
  const task: ByteSearchTask = { search, rows: roundRows(search), neighbors };
  const isShared = [search.queries, search.base].every(
    ({ buffer }) => buffer instanceof SharedArrayBuffer,
  );
  const worthThreads = isShared && m * countSearched(search) >= PAIRS_WORTH_THREADS;
  const here = worthThreads ? null : await ByteSearch.open(task, threads);
  await using pool = new WorkerPool<number, number[]>({
    caller: import.meta,
    name: "byte-search-worker",
    workerData: task,
    threads: worthThreads ? threads : 0,
    inline: async (first) => (await here?.searchBlock(first)) ?? [],
  });
  const ofBlock = queriesOfBlock(task);
  const unsure: number[] = [];
  let next = 0;
  let done = 0;

  /** First query of each block, until too many queries remain unsure. */
  function* blocks(): Generator<number, void> {
    for (; next < m; next += ofBlock) {
      if (done >= QUERIES_WORTH_BYTES && unsure.length > MOST_UNSURE * done) return;
      yield next;
    }
  }

  try {
    await pool.runAll(
      blocks(),
      (first, left) => {
        unsure.push(...left); // at most one block
        done += Math.min(ofBlock, m - first);
        report(done - unsure.length);
      },
      async () => {
        await checkpoint?.();
        signal?.throwIfAborted();
      },
    );
  } finally {
    await here?.release();
  }
  for (let query = next; query < m; query++) unsure.push(query);
  return unsure.sort((a, b) => a - b); // Blocks finish in any order.
}
