import { InferenceSession, Tensor } from "onnxruntime-node";
import { dot, type Metric } from "../../vectors/float32.ts";
import { encodeOnnx } from "../../vectors/onnx-graph.ts";
import {
  type Candidates,
  copyCentered,
  countSearched,
  FLOAT32_ROUNDOFF,
  meanSearched,
  type NeighborSearch,
  type Neighbors,
  rankCandidates,
} from "./rerank.ts";

/**
 * Queries and searched rows per tile. At 256 dimensions the float32 scores take 16 MiB and the rows 8. Twice the rows
 * save 12 % of the processor time and cost 32 MB.
 */
const TILE_QUERIES = 512;
const TILE_ROWS = 8192;

/** Bounds the memory of candidates, 8 bytes each. Data with many ties needs many. */
const CANDIDATES_AT_ONCE = 2 ** 21;

/**
 * Finds the nearest rows by float32 products: a MatMul + TopK graph in ONNX Runtime picks candidates tile by tile. Memory
 * beyond arguments and result stays under about 70 MB.
 */
export class FloatSearch {
  readonly #search: NeighborSearch;
  readonly #scorer: Scorer;

  private constructor(search: NeighborSearch, scorer: Scorer) {
    this.#search = search;
    this.#scorer = scorer;
  }

  static async open(search: NeighborSearch): Promise<FloatSearch> {
    return new FloatSearch(search, await openScorer(search));
  }

  /**
   * @param wanted candidates per query
   * @param neighbors receives the results
   * @param onDone called with the work done so far, in queries
   * @returns queries that may need more candidates
   */
  async searchFor(
    queries: readonly number[],
    wanted: number,
    neighbors: Neighbors,
    onDone?: (queries: number) => void,
  ): Promise<number[]> {
    const count = Math.min(wanted, countSearched(this.#search));
    const atOnce = Math.max(1, Math.floor(CANDIDATES_AT_ONCE / count));
    const unsure: number[][] = [];
    for (let start = 0; start < queries.length; start += atOnce) {
      const some = queries.slice(start, start + atOnce);
      unsure.push(
        await this.#searchAtOnce(some, count, neighbors, (done) => onDone?.(start + done)),
      );
    }
    return unsure.flat();
  }

  async #searchAtOnce(
    some: readonly number[],
    wanted: number,
    neighbors: Neighbors,
    onDone: (queries: number) => void,
  ): Promise<number[]> {
    const { signal, checkpoint } = this.#search;
    const n = countSearched(this.#search);
    const blocks: { queries: readonly number[]; best: BlockCandidates }[] = [];
    for (let start = 0; start < some.length; start += TILE_QUERIES) {
      const queries = some.slice(start, start + TILE_QUERIES);
      blocks.push({ queries, best: new BlockCandidates(queries.length, wanted) });
    }
    // The outer loop runs over tiles to copy and center each tile only once.
    for (let start = 0; start < n; start += TILE_ROWS) {
      const tile = this.#scorer.tile(start, Math.min(TILE_ROWS, n - start));
      let done = 0;
      for (const { queries, best } of blocks) {
        await checkpoint?.();
        signal?.throwIfAborted();
        best.merge(await this.#scorer.run(queries, tile, Math.min(wanted, tile.rows)), start);
        done += queries.length;
        onDone((start * some.length + done * tile.rows) / n);
      }
    }
    return blocks.flatMap(({ queries, best }) =>
      queries.filter((query, i) => {
        const lowestScore = this.#scorer.lowestScore(query);
        return !rankCandidates(this.#search, query, best.of(i), lowestScore, neighbors);
      }),
    );
  }

  async release(): Promise<void> {
    await this.#scorer.release();
  }
}

type Scorer = Awaited<ReturnType<typeof openScorer>>;

/** The best candidates per query of a block over the tiles seen so far, by descending float32 score. */
class BlockCandidates {
  private readonly wanted: number;
  private count = 0;
  private indexes: Int32Array;
  private scores: Float32Array;

  constructor(queries: number, wanted: number) {
    this.wanted = wanted;
    this.indexes = new Int32Array(queries * wanted);
    this.scores = new Float32Array(queries * wanted);
  }

  of(i: number): Candidates {
    const [start, end] = [i * this.wanted, i * this.wanted + this.count];
    return { indexes: this.indexes.subarray(start, end), scores: this.scores.subarray(start, end) };
  }

  /** Merges a tile's results, `[queries, count]`, each row by descending score, with indexes relative to `firstIndex`. */
  merge(tile: TileResult, firstIndex: number): void {
    const merged = Math.min(this.wanted, this.count + tile.count);
    const indexes = new Int32Array(this.indexes.length);
    const scores = new Float32Array(this.scores.length);
    for (
      let start = 0, tileStart = 0;
      start < indexes.length;
      start += this.wanted, tileStart += tile.count
    ) {
      let [old, fresh] = [0, 0];
      for (let slot = start; slot < start + merged; slot++) {
        const oldScore =
          old < this.count ? (this.scores[start + old] ?? 0) : Number.NEGATIVE_INFINITY;
        const freshScore =
          fresh < tile.count ? (tile.scores[tileStart + fresh] ?? 0) : Number.NEGATIVE_INFINITY;
        if (old < this.count && oldScore >= freshScore) {
          scores[slot] = oldScore;
          indexes[slot] = this.indexes[start + old++] ?? 0;
        } else {
          scores[slot] = freshScore;
          indexes[slot] = firstIndex + Number(tile.indexes[tileStart + fresh++] ?? 0);
        }
      }
    }
    [this.indexes, this.scores, this.count] = [indexes, scores, merged];
  }
}

/** Centered rows, row-major `[rows, dimensions]`, and for Euclidean distance the offset that each adds to a score. */
interface Tile {
  readonly rows: number;
  readonly vectors: Float32Array;
  readonly offsets: Float32Array | null;
}

interface TileResult {
  readonly count: number;
  readonly scores: Float32Array;
  readonly indexes: BigInt64Array;
}

/**
 * Opens the graph that scores a block of queries against a tile of the base and keeps the best.
 *
 * Let `c` be the mean of the base, `a' = a - c` and `b' = b - c`. The score of `a` and `b` is
 * - for cosine, `a . b'`, which is `a . b` minus the constant `a . c`
 * - for Euclidean distance, `a . b' + offset(b)` with `offset(b) = -c . b' - |b'|^2 / 2`, which is `(|a'|^2 - |a - b|^2) / 2`
 *
 * Centering keeps rounding errors small relative to the differences when all vectors point in a similar direction.
 */
async function openScorer(search: NeighborSearch) {
  const { queries, dimensions: d, metric, threads } = search;
  const n = countSearched(search);
  const center = meanSearched(search);
  const buffer = new Float32Array(Math.min(n, TILE_ROWS) * d);
  let [largestNorm, largestOffset] = [0, 0];
  for (let start = 0; start < n; start += TILE_ROWS) {
    const { rows, vectors, offsets } = centeredTile(start, Math.min(TILE_ROWS, n - start));
    for (let row = 0; row < rows; row++) {
      const norm = Math.sqrt(dot(vectors, row * d, vectors, row * d, d));
      largestNorm = Math.max(largestNorm, norm);
      largestOffset = Math.max(largestOffset, Math.abs(offsets?.[row] ?? 0));
    }
  }

  const session = await InferenceSession.create(scoringGraph(metric), {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    logSeverityLevel: 3,
  });

  /** The result is valid until the next call. */
  function centeredTile(start: number, rows: number): Tile {
    const vectors = buffer.subarray(0, rows * d);
    copyCentered(search, start, center, vectors);
    if (metric === "cosine") return { rows, vectors, offsets: null };
    const offsets = Float32Array.from({ length: rows }, (_, row) => {
      const along = dot(center, 0, vectors, row * d, d);
      return -along - dot(vectors, row * d, vectors, row * d, d) / 2;
    });
    return { rows, vectors, offsets };
  }

  /** Row-major `[block.length, dimensions]`. */
  function gather(block: readonly number[]): Float32Array {
    const vectors = new Float32Array(block.length * d);
    block.forEach((query, row) => {
      vectors.set(queries.subarray(query * d, (query + 1) * d), row * d);
    });
    return vectors;
  }

  return {
    tile: centeredTile,

    async run(block: readonly number[], tile: Tile, k: number): Promise<TileResult> {
      // ONNX Runtime yields to the event loop before it computes, which keeps the engine responsive between tiles.
      const { scores, indexes } = await session.run({
        queries: new Tensor("float32", gather(block), [block.length, d]),
        rows: new Tensor("float32", tile.vectors, [tile.rows, d]),
        ...(tile.offsets && { offsets: new Tensor("float32", tile.offsets, [1, tile.rows]) }),
        k: new Tensor("int64", BigInt64Array.of(BigInt(k)), [1]),
      });
      return {
        count: k,
        scores: scores?.data as Float32Array,
        indexes: indexes?.data as BigInt64Array,
      };
    },

    /**
     * Maps a neighbor's cosine or negative distance to the lowest float32 score that an equally near row can have.
     *
     * A float32 score is off by at most `terms * u * sum |a_i b_i|` (Higham, Accuracy and Stability of Numerical
     * Algorithms, 2002, 3.1, to first order). The sum is bounded by `|a| |b'|`; a few more terms cover the rounding of
     * `b'` and of the offset.
     */
    lowestScore(query: number): (neighborScore: number) => number {
      const squared = dot(queries, query * d, queries, query * d, d);
      const alongCenter = dot(queries, query * d, center, 0, d);
      const error =
        FLOAT32_ROUNDOFF * ((d + 4) * Math.sqrt(squared) * largestNorm + 4 * largestOffset);
      if (metric === "cosine") return (cosine) => cosine - alongCenter - error;
      const squaredCentered = squared - 2 * alongCenter + dot(center, 0, center, 0, d);
      return (minusDistance) => (squaredCentered - minusDistance ** 2) / 2 - error;
    },

    release: () => session.release(),
  };
}

function scoringGraph(metric: Metric): Uint8Array {
  const hasOffsets = metric === "euclidean";
  return encodeOnnx({
    inputs: [
      { name: "queries", type: "float32", shape: ["m", "d"] },
      { name: "rows", type: "float32", shape: ["n", "d"] },
      ...(hasOffsets ? [{ name: "offsets", type: "float32" as const, shape: [1, "n"] }] : []),
      { name: "k", type: "int64", shape: [1] },
    ],
    outputs: [
      { name: "scores", type: "float32", shape: ["m", "k"] },
      { name: "indexes", type: "int64", shape: ["m", "k"] },
    ],
    nodes: [
      {
        op: "Gemm",
        inputs: ["queries", "rows", ...(hasOffsets ? ["offsets"] : [])],
        outputs: ["all"],
        attributes: { transB: { int: 1 } },
      },
      { op: "TopK", inputs: ["all", "k"], outputs: ["scores", "indexes"] },
    ],
  });
}
