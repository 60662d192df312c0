import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeOnnx } from "./onnx-graph.ts";
import {
  dot,
  emptyNeighbors,
  type NeighborSearch,
  type Neighbors,
  rerank,
  squaredNorms,
} from "./rerank.ts";

/** Queries and rows of the base in a tile; its float32 scores take 64 MiB. Measured with 20,000 x 256: TopK gains from
 * long rows, MatMul from more than 256 queries. */
const TILE_QUERIES = 512;
const TILE_ROWS = 32_768;

/** Candidates taken beyond the neighbors wanted, so that rounding hardly ever leaves a true neighbor out. */
const SPARE_CANDIDATES = 10;
/** How many times as many candidates are taken for the queries where it might have. */
const MORE_CANDIDATES = 8;

/** Bounds the memory of candidates, of which masses of ties demand many: 16 bytes each, and as much while merging. */
const CANDIDATES_AT_ONCE = 2 ** 21;

/** Unit roundoff of float32. */
const FLOAT32_ROUNDOFF = 2 ** -24;

/**
 * Finds the true k nearest rows of the base for each query.
 *
 * A MatMul + TopK graph in ONNX Runtime picks candidates tile by tile with float32 scores; double precision ranks them.
 * A query is done only when the rounding error of a dot product can't have hidden a nearer row; else it goes round
 * again with more candidates. Memory beyond the arguments and the result stays under about 100 MB.
 *
 * @throws RangeError when sizes don't fit together or a number is not finite.
 */
export async function exactNeighbors(search: NeighborSearch): Promise<Neighbors> {
  const { queries, base, dimensions, k, signal, pass, onProgress } = search;
  const m = squaredNorms(queries, dimensions).length;
  const n = squaredNorms(base, dimensions).length;
  const neighbors = emptyNeighbors(m, k);
  if (m === 0 || n === 0 || k === 0) return neighbors;

  signal?.throwIfAborted();
  const scorer = await openScorer(search);
  try {
    for (let first = 0; first < m; first += TILE_QUERIES) {
      const block = Array.from({ length: Math.min(TILE_QUERIES, m - first) }, (_, i) => first + i);
      let uncertain = block;
      for (let wanted = k + 1 + SPARE_CANDIDATES; uncertain.length > 0; wanted *= MORE_CANDIDATES)
        uncertain = await searchAll(uncertain, Math.min(wanted, n));
      onProgress?.((first + block.length) / m);
    }
  } finally {
    await scorer.release();
  }
  return neighbors;

  /** @returns the queries for which `wanted` candidates may not have been enough. */
  async function searchAll(block: readonly number[], wanted: number): Promise<number[]> {
    const atOnce = Math.max(1, Math.floor(CANDIDATES_AT_ONCE / wanted));
    const uncertain: number[] = [];
    for (let first = 0; first < block.length; first += atOnce)
      uncertain.push(...(await searchBlock(block.slice(first, first + atOnce), wanted)));
    return uncertain;
  }

  async function searchBlock(block: readonly number[], wanted: number): Promise<number[]> {
    const candidates = new Candidates(block.length, wanted);
    const vectors = scorer.centered(block);
    for (let firstRow = 0; firstRow < n; firstRow += TILE_ROWS) {
      await pass?.();
      signal?.throwIfAborted();
      const rows = Math.min(TILE_ROWS, n - firstRow);
      candidates.merge(await scorer.run(vectors, firstRow, rows, Math.min(wanted, rows)), firstRow);
    }
    return block.filter((query, i) => {
      neighbors.rows.fill(-1, query * k, query * k + k);
      rerank(search, query, candidates.rowsOf(i), neighbors);
      return wanted < n && !isCertain(query, candidates.lastScoreOf(i));
    });
  }

  /**
   * Whether every row left out is farther than the last neighbor kept.
   * @param lastScore float32 score of the last candidate; no row left out has a larger one.
   */
  function isCertain(query: number, lastScore: number): boolean {
    const last = neighbors.scores[query * k + k - 1] ?? Number.NEGATIVE_INFINITY;
    return scorer.scoreOf(query, last) > lastScore + scorer.roundingError(query);
  }
}

/** The best candidates per query of a block over the tiles seen so far, by falling float32 score. */
class Candidates {
  private readonly wanted: number;
  private count = 0;
  private rows: Int32Array;
  private scores: Float32Array;

  constructor(queries: number, wanted: number) {
    this.wanted = wanted;
    this.rows = new Int32Array(queries * wanted);
    this.scores = new Float32Array(queries * wanted);
  }

  rowsOf(i: number): Int32Array {
    return this.rows.subarray(i * this.wanted, i * this.wanted + this.count);
  }

  lastScoreOf(i: number): number {
    return this.scores[i * this.wanted + this.count - 1] ?? Number.POSITIVE_INFINITY;
  }

  /** Takes in a tile: `[queries, count]`, each row by falling score, indexes counted from `firstRow`. */
  merge(tile: TileAnswer, firstRow: number): void {
    const merged = Math.min(this.wanted, this.count + tile.count);
    const rows = new Int32Array(this.rows.length);
    const scores = new Float32Array(this.scores.length);
    for (
      let start = 0, tileStart = 0;
      start < rows.length;
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
          rows[place] = this.rows[start + old++] ?? 0;
        } else {
          scores[place] = freshScore;
          rows[place] = firstRow + Number(tile.indexes[tileStart + fresh++] ?? 0);
        }
      }
    }
    [this.rows, this.scores, this.count] = [rows, scores, merged];
  }
}

interface TileAnswer {
  readonly count: number;
  readonly scores: Float32Array;
  readonly indexes: BigInt64Array;
}

/**
 * Opens the graph that scores a block of queries against a tile of the base and keeps the best.
 *
 * With `c` the mean of the base, `a' = a - c` and `b' = b - c`, the score of `a` and `b` is `a' . b' + offset(b)`:
 * - cosine: `a . b = a' . b' + c . b' + a . c`, of which the last term ranks nothing, so the offset is `c . b'`
 * - Euclidean: `|a - b|^2 = |a'|^2 - 2 (a' . b' - |b'|^2 / 2)`, so the offset is `-|b'|^2 / 2`
 *
 * Centering keeps rounding small beside the differences that it must not hide when all vectors point much the same way.
 */
async function openScorer({ queries, base, dimensions: d, metric, threads }: NeighborSearch) {
  const center = meanRow(base, d);
  const n = base.length / d;
  const offsets = new Float32Array(n);
  let [largestNorm, largestOffset] = [0, 0];
  for (let row = 0; row < n; row++) {
    let [squared, alongCenter] = [0, 0];
    for (let i = 0; i < d; i++) {
      const value = (base[row * d + i] ?? 0) - (center[i] ?? 0);
      squared += value * value;
      alongCenter += value * (center[i] ?? 0);
    }
    const offset = metric === "cosine" ? alongCenter : -squared / 2;
    offsets[row] = offset;
    largestNorm = Math.max(largestNorm, Math.sqrt(squared));
    largestOffset = Math.max(largestOffset, Math.abs(offset));
  }

  const session = await InferenceSession.create(scoringGraph(), {
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    logSeverityLevel: 3,
  });

  function squaredCenteredNorm(query: number): number {
    let squared = 0;
    for (let i = 0; i < d; i++) squared += ((queries[query * d + i] ?? 0) - (center[i] ?? 0)) ** 2;
    return squared;
  }

  return {
    /** The queries minus the center, row-major `[block.length, dimensions]`. */
    centered(block: readonly number[]): Float32Array {
      const vectors = new Float32Array(block.length * d);
      block.forEach((query, row) => {
        for (let i = 0; i < d; i++)
          vectors[row * d + i] = (queries[query * d + i] ?? 0) - (center[i] ?? 0);
      });
      return vectors;
    },

    /** @param vectors what {@link centered} gave. */
    async run(
      vectors: Float32Array,
      firstRow: number,
      rows: number,
      k: number,
    ): Promise<TileAnswer> {
      const tile = base.subarray(firstRow * d, (firstRow + rows) * d);
      // The runtime gives the event loop a turn before it computes, so that a person's clicks are heard between tiles.
      const { scores, indexes } = await session.run({
        queries: new Tensor("float32", vectors, [vectors.length / d, d]),
        base: new Tensor("float32", tile, [rows, d]),
        center: new Tensor("float32", center, [1, d]),
        offsets: new Tensor("float32", offsets.subarray(firstRow, firstRow + rows), [1, rows]),
        k: new Tensor("int64", BigInt64Array.of(BigInt(k)), [1]),
      });
      return {
        count: k,
        scores: scores?.data as Float32Array,
        indexes: indexes?.data as BigInt64Array,
      };
    },

    /** The score that a neighbor of the query has here, from the cosine or minus the distance that it has outside. */
    scoreOf: (query: number, neighborScore: number) =>
      metric === "cosine"
        ? neighborScore - dot(queries, query * d, center, 0, d)
        : (squaredCenteredNorm(query) - neighborScore ** 2) / 2,

    /**
     * Largest difference between a float32 score of the query and the true one, to first order: `terms * u *
     * sum |a_i b_i|` (Higham, Accuracy and Stability of Numerical Algorithms, 2002, 3.1), with the sum bounded by
     * `|a'| |b'|`, two terms more for the rounding of `a'` and `b'`, and the offset's own few roundings.
     */
    roundingError: (query: number) =>
      FLOAT32_ROUNDOFF *
      ((d + 4) * Math.sqrt(squaredCenteredNorm(query)) * largestNorm + 4 * largestOffset),

    release: () => session.release(),
  };
}

function scoringGraph(): Uint8Array {
  return encodeOnnx({
    inputs: [
      { name: "queries", type: "float32", shape: ["m", "d"] },
      { name: "base", type: "float32", shape: ["n", "d"] },
      { name: "center", type: "float32", shape: [1, "d"] },
      { name: "offsets", type: "float32", shape: [1, "n"] },
      { name: "k", type: "int64", shape: [1] },
    ],
    outputs: [
      { name: "scores", type: "float32", shape: ["m", "k"] },
      { name: "indexes", type: "int64", shape: ["m", "k"] },
    ],
    nodes: [
      { op: "Sub", inputs: ["base", "center"], outputs: ["centered"] },
      {
        op: "Gemm",
        inputs: ["queries", "centered", "offsets"],
        outputs: ["all"],
        attributes: { transB: { int: 1 } },
      },
      { op: "TopK", inputs: ["all", "k"], outputs: ["scores", "indexes"] },
    ],
  });
}

/** Mean of the rows of row-major `[n, dimensions]`, n > 0. */
function meanRow(vectors: Float32Array, dimensions: number): Float32Array {
  const sums = new Float64Array(dimensions);
  for (let i = 0; i < vectors.length; i++)
    sums[i % dimensions] = (sums[i % dimensions] ?? 0) + (vectors[i] ?? 0);
  return Float32Array.from(sums, (sum) => sum / (vectors.length / dimensions));
}
