import { InferenceSession, Tensor } from "onnxruntime-node";
import { encodeOnnx } from "./onnx-graph.ts";
import {
  copySearched,
  countSearched,
  dot,
  emptyNeighbors,
  type Metric,
  type NeighborSearch,
  type Neighbors,
  rerank,
  squaredNorms,
} from "./rerank.ts";

/**
 * Queries and searched rows in a tile; at 256 dimensions its float32 scores take 16 MiB, and the rows 8. Twice the rows
 * spared 12 % of the processor time of 60,000 x 50,000 and cost 32 MB, half as many with twice the queries were slower.
 */
const TILE_QUERIES = 512;
const TILE_ROWS = 8192;

/** Candidates taken beyond the neighbors wanted, so that rounding hardly ever leaves a true neighbor out. */
const SPARE_CANDIDATES = 10;
/** How many times as many candidates are taken for the queries where it might have. */
const MORE_CANDIDATES = 8;

/** Bounds the memory of candidates, of which masses of ties demand many: 8 bytes each. */
const CANDIDATES_AT_ONCE = 2 ** 21;

/** Unit roundoff of float32. */
const FLOAT32_ROUNDOFF = 2 ** -24;

/**
 * Finds the true k nearest rows of the base for each query.
 *
 * A MatMul + TopK graph in ONNX Runtime picks candidates tile by tile with float32 scores; double precision ranks them.
 * A query is done only when the rounding error of a dot product can't have hidden a nearer row; else it goes round
 * again with more candidates. Memory beyond the arguments and the result stays under about 70 MB.
 *
 * @throws RangeError when sizes don't fit together or a number is not finite.
 */
export async function exactNeighbors(search: NeighborSearch): Promise<Neighbors> {
  const { queries, base, dimensions, k, signal, pass, onProgress } = search;
  const m = squaredNorms(queries, dimensions).length;
  squaredNorms(base, dimensions);
  const n = countSearched(search);
  const neighbors = emptyNeighbors(m, k);
  if (m === 0 || n === 0 || k === 0) return neighbors;

  signal?.throwIfAborted();
  const scorer = await openScorer(search);
  try {
    const first = Math.min(n, k + 1 + SPARE_CANDIDATES);
    const atOnce = mostAtOnce(first);
    for (let start = 0; start < m; start += atOnce) {
      const some = Array.from({ length: Math.min(atOnce, m - start) }, (_, i) => start + i);
      let uncertain = await searchAll(some, first, (done) =>
        onProgress?.((start + done * some.length) / m),
      );
      for (let wanted = first * MORE_CANDIDATES; uncertain.length > 0; wanted *= MORE_CANDIDATES)
        uncertain = await searchInTurn(uncertain, Math.min(wanted, n));
    }
  } finally {
    await scorer.release();
  }
  return neighbors;

  async function searchInTurn(some: readonly number[], wanted: number): Promise<number[]> {
    const atOnce = mostAtOnce(wanted);
    const uncertain: number[] = [];
    for (let start = 0; start < some.length; start += atOnce)
      uncertain.push(...(await searchAll(some.slice(start, start + atOnce), wanted)));
    return uncertain;
  }

  /** @returns the queries for which `wanted` candidates may not have been enough. */
  async function searchAll(
    some: readonly number[],
    wanted: number,
    onShare?: (done: number) => void,
  ): Promise<number[]> {
    const blocks: { queries: readonly number[]; candidates: Candidates }[] = [];
    for (let start = 0; start < some.length; start += TILE_QUERIES) {
      const block = some.slice(start, start + TILE_QUERIES);
      blocks.push({ queries: block, candidates: new Candidates(block.length, wanted) });
    }
    // Tile by tile: each is copied and centered once.
    for (let start = 0; start < n; start += TILE_ROWS) {
      const tile = scorer.tile(start, Math.min(TILE_ROWS, n - start));
      let done = 0;
      for (const { queries: block, candidates } of blocks) {
        await pass?.();
        signal?.throwIfAborted();
        const answer = await scorer.run(block, tile, Math.min(wanted, tile.rows));
        candidates.merge(answer, start);
        done += block.length;
        onShare?.((start + (done / some.length) * tile.rows) / n);
      }
    }
    return blocks.flatMap(({ queries: block, candidates }) =>
      block.filter((query, i) => {
        neighbors.rows.fill(-1, query * k, query * k + k);
        const places = candidates.placesOf(i);
        const scores = candidates.scoresOf(i);
        const leastOfAsNear = scorer.leastOfAsNear(query);
        const isFartherFrom = (place: number, last: number) =>
          (scores[place] as number) < leastOfAsNear(last); // `place` is below the candidates' number
        const rows = search.among ? rowsAt(search.among, places) : places;
        rerank(search, query, rows, neighbors, isFartherFrom);
        const last = neighbors.scores[query * k + k - 1] as number; // k is above 0
        // No row left out has a larger score than the last candidate.
        return wanted < n && !isFartherFrom(places.length - 1, last);
      }),
    );
  }
}

function mostAtOnce(wanted: number): number {
  return Math.max(1, Math.floor(CANDIDATES_AT_ONCE / wanted));
}

function rowsAt(among: Int32Array, places: Int32Array): Int32Array {
  return places.map((place) => among[place] as number); // places are below the number of rows searched
}

/** The best candidates per query of a block over the tiles seen so far, by falling float32 score. */
class Candidates {
  private readonly wanted: number;
  private count = 0;
  private places: Int32Array;
  private scores: Float32Array;

  constructor(queries: number, wanted: number) {
    this.wanted = wanted;
    this.places = new Int32Array(queries * wanted);
    this.scores = new Float32Array(queries * wanted);
  }

  /** Places among the rows searched. */
  placesOf(i: number): Int32Array {
    return this.places.subarray(i * this.wanted, i * this.wanted + this.count);
  }

  /** Falling float32 scores. */
  scoresOf(i: number): Float32Array {
    return this.scores.subarray(i * this.wanted, i * this.wanted + this.count);
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
    copySearched(search, start, vectors);
    for (let row = 0, at = 0; row < rows; row++) {
      // `i` is below `d`, and `at` below the length of `vectors`.
      for (let i = 0; i < d; i++, at++)
        vectors[at] = (vectors[at] as number) - (center[i] as number);
    }
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

/** Mean of the rows that are searched; there is at least one. */
function meanSearched(search: NeighborSearch): Float32Array {
  const { base, among, dimensions } = search;
  const n = countSearched(search);
  const sums = new Float64Array(dimensions);
  for (let place = 0; place < n; place++) {
    const start = (among ? (among[place] as number) : place) * dimensions; // `place` is below `n`
    for (let i = 0; i < dimensions; i++)
      sums[i] = (sums[i] as number) + (base[start + i] as number);
  }
  return Float32Array.from(sums, (sum) => sum / n);
}
