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

/** Candidates taken beyond the neighbors wanted, so that rounding hardly ever leaves a true neighbor out. */
const SPARE_CANDIDATES = 10;
/** How many times as many candidates are taken for the queries where it might have. */
const MORE_CANDIDATES = 8;
/**
 * Queries from which it is worth rounding all rows to bytes, and after which it is clear whether that leads anywhere: among frames of a film,
 * too many rows lie nearer to each other than bytes can tell.
 */
const QUERIES_WORTH_BYTES = 1024;
/** Share of queries left unsure from which products of float32 alone are about as fast: those of bytes take half their time. */
const MOST_UNSURE = 0.5;
/** Pairs of queries and rows from which it is worth starting threads, which takes 0.2 s, in a checkout 0.3. */
const PAIRS_WORTH_THREADS = 2e8;
/** Bounds the memory of rows as bytes, of which every thread has its own: 130,000 rows of 256 numbers on 16 threads. */
const BYTES_OF_ALL_THREADS = 2 ** 29;

/**
 * Finds the true k nearest rows of the base for each query.
 *
 * A graph in ONNX Runtime picks candidates with quick scores; double precision ranks them. A query is done only when the rounding of its
 * scores can't have hidden a nearer row. By cosine products of bytes come first; what they leave unsure, and all by Euclidean
 * distance, is scored in float32, again with more candidates while need be. Memory beyond the arguments and the result stays under
 * about 70 MB and, by cosine, some copies of the rows at a byte a number.
 *
 * @throws RangeError when sizes don't fit together or a number is not finite.
 */
export async function exactNeighbors(search: NeighborSearch): Promise<Neighbors> {
  const { queries, base, dimensions, metric, k } = search;
  const m = squaredNorms(queries, dimensions).length;
  squaredNorms(base, dimensions);
  const n = countSearched(search);
  const neighbors = emptyNeighbors(m, k);
  if (m === 0 || n === 0 || k === 0) return neighbors;

  search.signal?.throwIfAborted();
  let told = 0;
  const tell = (sure: number) => {
    if (sure <= told) return;
    told = sure;
    search.onProgress?.(sure / m);
  };
  const threads = search.threads ?? 1;
  const isWorthBytes =
    metric === "cosine" &&
    m >= QUERIES_WORTH_BYTES &&
    base.length * threads <= BYTES_OF_ALL_THREADS;
  let unsure = isWorthBytes
    ? await searchByBytes({ ...search, threads }, neighbors, tell)
    : Array.from({ length: m }, (_, query) => query);
  if (unsure.length === 0) return neighbors;
  const floats = await FloatSearch.open(search);
  try {
    for (let wanted = k + 1 + SPARE_CANDIDATES; unsure.length > 0; wanted *= MORE_CANDIDATES) {
      const sure = m - unsure.length;
      unsure = await floats.searchFor(unsure, wanted, neighbors, (done) => tell(sure + done));
    }
  } finally {
    await floats.release();
  }
  return neighbors;
}

/** @returns the queries whose neighbors are not sure, ascending */
async function searchByBytes(
  {
    signal,
    checkpoint,
    onProgress: _,
    threads,
    ...search
  }: NeighborSearch & { readonly threads: number },
  neighbors: Neighbors,
  tell: (sure: number) => void,
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

  /** The first queries of the blocks, as long as it is worth it. */
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
        unsure.push(...left); // at most a block
        done += Math.min(ofBlock, m - first);
        tell(done - unsure.length);
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
  return unsure.sort((a, b) => a - b); // Blocks come back in any order.
}
