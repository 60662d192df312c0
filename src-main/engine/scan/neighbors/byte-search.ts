import { InferenceSession, Tensor } from "onnxruntime-node";
import { dot } from "../../vectors/float32.ts";
import { encodeOnnx } from "../../vectors/onnx-graph.ts";
import {
  copyCentered,
  countSearched,
  FLOAT32_ROUNDOFF,
  meanSearched,
  type NeighborSearch,
  type Neighbors,
  rankCandidates,
} from "./rerank.ts";

/** Whole numbers from minus this to this stand for the numbers of a row. */
const ROW_LEVELS = 127;
/**
 * The same for a query: 7 bits only, as processors without AVX-512 VNNI or its like add two products of an unsigned and a signed byte in 16
 * bits, which hold `2 * 127 * 127` and not `2 * 255 * 127`.
 */
const QUERY_LEVELS = 63;
/** What stands for 0 in a query's bytes, which must be unsigned. */
const QUERY_ZERO = 64;
/** Makes a number positive before its fraction is cut off, which rounds it. */
const POSITIVE = 256;
/** Rows that are rounded and turned into columns at once, so that reads and writes stay in the cache. */
const ROWS_AT_ONCE = 64;
/** Bounds the memory of a block's scores, 4 bytes each. Twice as many were a twelfth faster, for 10 MB. */
const SCORES_AT_ONCE = 2 ** 20;
/** Bounds a block where few rows are searched: a cancel is heard between two. */
const QUERIES_AT_ONCE = 512;
/**
 * Candidates per neighbor wanted. Of 60,000 images of 32x32, the bundled model's embeddings need 46 on average to be sure of 20
 * neighbors, and 77 for 99 in 100.
 */
const CANDIDATES_PER_NEIGHBOR = 4;

/** What threads need to search; all that is large lies in memory that they share. */
export interface ByteSearchTask {
  readonly search: Pick<
    NeighborSearch,
    "queries" | "base" | "among" | "dimensions" | "metric" | "k" | "selfOf"
  >;
  readonly rows: RoundedRows;
  /** Where the answers are written. */
  readonly neighbors: Neighbors;
}

/** The rows searched, less their mean, each rounded to multiples of a step of its own. */
export interface RoundedRows {
  /** The graph that scores queries against them, as the bytes of an `.onnx` file: it holds the multiples and the steps. */
  readonly graph: Uint8Array;
  /** The mean. */
  readonly center: Float32Array;
  /** Length of the longest row, less the mean. */
  readonly largestNorm: number;
  /** Length of the most that rounding took from a row. */
  readonly largestError: number;
}

/** @param search there is at least one row */
export function roundRows(search: NeighborSearch): RoundedRows {
  const { dimensions: d } = search;
  const n = countSearched(search);
  const center = meanSearched(search);
  const columns = new Int8Array(d * n);
  const steps = new Float32Array(n);
  const buffer = new Float32Array(ROWS_AT_ONCE * d);
  let [largestNorm, largestError] = [0, 0];
  for (let first = 0; first < n; first += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, n - first);
    const vectors = buffer.subarray(0, rows * d);
    copyCentered(search, first, center, vectors);
    for (let row = 0; row < rows; row++) {
      const step = stepOf(vectors, row * d, d, ROW_LEVELS);
      const { norm, error } = roundingOf(vectors, row * d, d, step);
      largestNorm = Math.max(largestNorm, norm);
      largestError = Math.max(largestError, error);
      steps[first + row] = step;
    }
    for (let column = 0; column < d; column++) {
      // Every index stays below the length of its array.
      for (let row = 0, from = column; row < rows; row++, from += d)
        columns[column * n + first + row] = multipleOf(
          steps[first + row] as number,
          vectors[from] as number,
        );
    }
  }
  const graph = scoringGraph(columns, steps);
  const shared = new Uint8Array(new SharedArrayBuffer(graph.length));
  shared.set(graph);
  return { graph: shared, center, largestNorm, largestError };
}

/** Queries that are searched for at once. */
export function queriesOfBlock({ search }: Pick<ByteSearchTask, "search">): number {
  const fit = Math.floor(SCORES_AT_ONCE / countSearched(search));
  return Math.max(1, Math.min(QUERIES_AT_ONCE, fit));
}

/**
 * Finds the nearest rows by cosine with products of bytes, which take a third of the time of those of float32. How far a score is off is
 * bounded by how far rounding moved the vectors, so that nothing as near is missed without notice.
 */
export class ByteSearch {
  readonly #task: ByteSearchTask;
  readonly #session: InferenceSession;

  private constructor(task: ByteSearchTask, session: InferenceSession) {
    this.#task = task;
    this.#session = session;
  }

  /** @param threads that one search may use */
  static async open(task: ByteSearchTask, threads: number): Promise<ByteSearch> {
    const options = { intraOpNumThreads: threads, logSeverityLevel: 3 } as const;
    const graph = new Uint8Array(task.rows.graph); // The runtime takes no shared memory.
    return new ByteSearch(task, await InferenceSession.create(graph, options));
  }

  /**
   * Searches for {@link queriesOfBlock} queries from `first` on, or as many as are left.
   * @returns those whose neighbors are not sure
   */
  async searchBlock(first: number): Promise<number[]> {
    const { search, neighbors } = this.#task;
    const { queries, dimensions: d } = search;
    const count = Math.min(queriesOfBlock(this.#task), queries.length / d - first);
    const steps = new Float64Array(count);
    const bytes = new Uint8Array(count * d);
    for (let i = 0, at = 0, from = first * d; i < count; i++) {
      const step = stepOf(queries, from, d, QUERY_LEVELS);
      steps[i] = step;
      // Both indexes stay below the lengths of their arrays.
      for (const end = at + d; at < end; at++, from++)
        bytes[at] = multipleOf(step, queries[from] as number) + QUERY_ZERO;
    }
    const wanted = Math.min(countSearched(search), CANDIDATES_PER_NEIGHBOR * (neighbors.k + 1));
    const answer = await this.#session.run({
      queries: new Tensor("uint8", bytes, [count, d]),
      k: new Tensor("int64", BigInt64Array.of(BigInt(wanted)), [1]),
    });
    const places = Int32Array.from(answer.indexes?.data as BigInt64Array, Number);
    const scores = answer.scores?.data as Float32Array;
    const unsure: number[] = [];
    for (let i = 0; i < count; i++) {
      const candidates = {
        places: places.subarray(i * wanted, (i + 1) * wanted),
        scores: scores.subarray(i * wanted, (i + 1) * wanted),
      };
      const leastOfAsNear = this.#leastOfAsNear(first + i, steps[i] as number);
      if (!rankCandidates(search, first + i, candidates, leastOfAsNear, neighbors))
        unsure.push(first + i);
    }
    return unsure;
  }

  /** Must be awaited before the thread ends. */
  async release(): Promise<void> {
    await this.#session.release();
  }

  /**
   * With the query `a` rounded to `p`, `c` the rows' mean and a row `b' = b - c` rounded to `q`, a score is `p . q` in the query's steps, and
   * `a . b - p . q = a . c + (a - p) . b' + p . (b' - q)`, of which the last two are at most `|a - p| |b'| + |p| |b' - q|`. The
   * sum of products is exact; float32 rounds it once, and its product with the row's step, and `b'`.
   */
  #leastOfAsNear(query: number, step: number): (cosine: number) => number {
    const { search, rows } = this.#task;
    const { queries, dimensions: d } = search;
    const { norm, error } = roundingOf(queries, query * d, d, step);
    const { largestNorm, largestError, center } = rows;
    const alongCenter = dot(queries, query * d, center, 0, d);
    const roundedNorm = norm + error;
    const missed =
      error * largestNorm +
      roundedNorm * largestError +
      4 * FLOAT32_ROUNDOFF * roundedNorm * (largestNorm + largestError);
    return (cosine) => (cosine - alongCenter - missed) / step;
  }
}

/** The step whose multiples a vector's numbers are rounded to, at most `levels` of it; 1 for a vector of zeros. */
function stepOf(vectors: Float32Array, start: number, dimensions: number, levels: number): number {
  let largest = 0;
  for (let at = start; at < start + dimensions; at++)
    largest = Math.max(largest, Math.abs(vectors[at] as number));
  return largest > 0 ? Math.fround(largest / levels) : 1;
}

/** The multiple of `step` that is nearest to `value`, fewer than `POSITIVE` of them. `Math.round` takes five times as long. */
function multipleOf(step: number, value: number): number {
  return ((value / step + (POSITIVE + 0.5)) | 0) - POSITIVE;
}

/** @returns the length of a vector, and that of what rounding to multiples of `step` takes from it */
function roundingOf(
  vectors: Float32Array,
  start: number,
  dimensions: number,
  step: number,
): { norm: number; error: number } {
  let [squares, errors] = [0, 0];
  for (let at = start; at < start + dimensions; at++) {
    const value = vectors[at] as number;
    const error = value - step * multipleOf(step, value);
    squares += value * value;
    errors += error * error;
  }
  return { norm: Math.sqrt(squares), error: Math.sqrt(errors) };
}

/**
 * Scores queries against rows, and keeps the best. As part of the graph the rows are brought into the order that the processor wants once.
 * @param columns multiples of the rows' steps, row-major `[dimensions, rows]`
 */
function scoringGraph(columns: Int8Array, steps: Float32Array): Uint8Array {
  const rows = steps.length;
  return encodeOnnx({
    inputs: [
      { name: "queries", type: "uint8", shape: ["m", columns.length / rows] },
      { name: "k", type: "int64", shape: [1] },
    ],
    outputs: [
      { name: "scores", type: "float32", shape: ["m", "k"] },
      { name: "indexes", type: "int64", shape: ["m", "k"] },
    ],
    initializers: [
      { name: "columns", shape: [columns.length / rows, rows], data: columns },
      { name: "steps", shape: [rows], data: steps },
      { name: "one", shape: [], data: Float32Array.of(1) },
      { name: "zero", shape: [], data: Uint8Array.of(QUERY_ZERO) },
    ],
    nodes: [
      {
        op: "MatMulIntegerToFloat",
        domain: "com.microsoft",
        inputs: ["queries", "columns", "one", "steps", "zero"],
        outputs: ["all"],
      },
      { op: "TopK", inputs: ["all", "k"], outputs: ["scores", "indexes"] },
    ],
  });
}
