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
 * Queries and searched rows in a tile; at 256 dimensions its float32 scores take 16 MiB, and the rows 8. Twice the rows
 * spared 12 % of the processor time of 60,000 x 50,000 and cost 32 MB, half as many with twice the queries were slower.
 */
const TILE_QUERIES = 512;
const TILE_ROWS = 8192;

/** Bounds the memory of candidates, of which masses of ties demand many: 8 bytes each. */
const CANDIDATES_AT_ONCE = 2 ** 21;

/**
 * Finds the nearest rows by products of float32: a MatMul + TopK graph in ONNX Runtime picks candidates tile by tile. Memory beyond the
 * arguments and the result stays under about 70 MB.
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
   * @param neighbors where the answers are written
   * @param onDone told how many of the queries the work done so far stands for
   * @returns the queries for which these candidates may not have been enough
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
    // Tile by tile: each is copied and centered once.
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
        const leastOfAsNear = this.#scorer.leastOfAsNear(query);
        return !rankCandidates(this.#search, query, best.of(i), leastOfAsNear, neighbors);
      }),
    );
  }

  async release(): Promise<void> {
    await this.#scorer.release();
  }
}

type Scorer = Awaited<ReturnType<typeof openScorer>>;

/** The best candidates per query of a block over the tiles seen so far, by falling float32 score. */
class BlockCandidates {
  private readonly wanted: number;
  private count = 0;
  private places: Int32Array;
  private scores: Float32Array;

  constructor(queries: number, wanted: number) {
    this.wanted = wanted;
    this.places = new Int32Array(queries * wanted);
    this.scores = new Float32Array(queries * wanted);
  }

  of(i: number): Candidates {
    const [start, end] = [i * this.wanted, i * this.wanted + this.count];
    return { places: this.places.subarray(start, end), scores: this.scores.subarray(start, end) };
  }

  /** Takes in a tile: `[queries, count]`, each row by falling score, indexes counted from `firstPlace`. */
  merge(tile: TileAnswer, firstPlace: number): void {
    const merged = Math.min(this.wanted, this.count + tile.count);
    const places = new Int32Array(this.places.length);
    const scores = new Float32Array(this.scores.length);
    for (
      let start = 0, tileStart = 0;
      start < places.length;
      start += this.wanted, tileStart += tile.count
    ) {
      let [old, fresh] = [0, 0];
      for (let place = start; place < start + merged; place++) {
        const oldScore =
          old < this.count ? (this.scores[start + old] ?? 0) : Number.NEGATIVE_INFINITY;
        const freshScore =
          fresh < tile.count ? (tile.scores[tileStart + fresh] ?? 0) : Number.NEGATIVE_INFINITY;
        if (old < this.count && oldScore >= freshScore) {
          scores[place] = oldScore;
          places[place] = this.places[start + old++] ?? 0;
        } else {
          scores[place] = freshScore;
          places[place] = firstPlace + Number(tile.indexes[tileStart + fresh++] ?? 0);
        }
      }
    }
    [this.places, this.scores, this.count] = [places, scores, merged];
  }
}

/** Centered rows, row-major `[rows, dimensions]`, and by Euclidean distance what each adds to a score. */
interface Tile {
  readonly rows: number;
  readonly vectors: Float32Array;
  readonly offsets: Float32Array | null;
}

interface TileAnswer {
  readonly count: number;
  readonly scores: Float32Array;
  readonly indexes: BigInt64Array;
}

/**
 * Opens the graph that scores a block of queries against a tile of the base and keeps the best.
 *
 * With `c` the mean of the base, `a' = a - c` and `b' = b - c`, `a` and `b` are scored
 * - by cosine `a . b'`: with `a . c`, which ranks nothing, it is `a . b`
 * - by Euclidean distance `a . b' + offset(b)` with the offset `-c . b' - |b'|^2 / 2`: it is `(|a'|^2 - |a - b|^2) / 2`
 *
 * Centering keeps rounding small beside the differences that it must not hide when all vectors point much the same way.
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

  /** @returns what is valid until the next call. */
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

    async run(block: readonly number[], tile: Tile, k: number): Promise<TileAnswer> {
      // The runtime gives the event loop a turn before it computes, so that a person's clicks are heard between tiles.
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
     * @returns what tells, of the cosine or minus the distance that a neighbor of the query has, the float32 score that
     *   every row as near reaches here at least.
     *
     * Of a true score it may fall short by `terms * u * sum |a_i b_i|` (Higham, Accuracy and Stability of Numerical
     * Algorithms, 2002, 3.1, to first order), with the sum bounded by `|a| |b'|`, a few terms more for the rounding of
     * `b'`, and the offset's own few roundings.
     */
    leastOfAsNear(query: number): (neighborScore: number) => number {
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
