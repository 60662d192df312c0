import { distance, dot, type Metric } from "../../vectors/float32.ts";

/** Float32 unit roundoff. */
export const FLOAT32_ROUNDOFF = 2 ** -24;

/** What to search, for which vectors, and how. */
export interface NeighborSearch {
  /** Row-major `[m, dimensions]`. */
  readonly queries: Float32Array;
  /** Row-major `[n, dimensions]`. */
  readonly base: Float32Array;
  /** Rows of `base` to search, ascending; all when omitted. Results always hold row indexes of `base`. */
  readonly among?: Int32Array;
  readonly dimensions: number;
  readonly metric: Metric;
  /** Neighbors wanted per query; may exceed the number of rows. */
  readonly k: number;
  /** For each query its own row in `base`, which is never its neighbor, or -1. */
  readonly selfOf?: Int32Array;
  readonly threads?: number;
  /** Rejects the search with the signal's reason, at the next tile or batch. */
  readonly signal?: AbortSignal;
  /** Awaited before each tile or batch. Lets the caller pause the search. */
  readonly checkpoint?: () => Promise<void>;
  /** @param done share of the work done, in [0, 1] */
  readonly onProgress?: (done: number) => void;
}

/** The nearest rows of the base per query, nearest first, ties by row index. */
export interface Neighbors {
  readonly k: number;
  /** Row-major `[m, k]`: rows of the base, -1 for none. */
  readonly rows: Int32Array;
  /** Row-major `[m, k]`, larger is nearer: the cosine or the negative Euclidean distance. `-Infinity` for none. */
  readonly scores: Float64Array;
}

/** Number of searched rows. */
export function countSearched({ base, among, dimensions }: NeighborSearch): number {
  return among?.length ?? base.length / dimensions;
}

/**
 * Copies a range of the searched rows.
 * @param first index of the first row, counted among the searched rows
 * @param into row-major; receives `into.length / dimensions` rows
 */
export function copySearched(
  { base, among, dimensions }: NeighborSearch,
  first: number,
  into: Float32Array,
): void {
  if (!among) {
    into.set(base.subarray(first * dimensions, first * dimensions + into.length));
    return;
  }
  for (let at = 0, index = first; at < into.length; at += dimensions, index++) {
    const start = (among[index] as number) * dimensions; // `index` is below the number of searched rows
    into.set(base.subarray(start, start + dimensions), at);
  }
}

/** Mean of the searched rows, of which there must be at least one. */
export function meanSearched(search: NeighborSearch): Float32Array {
  const { base, among, dimensions } = search;
  const n = countSearched(search);
  const sums = new Float64Array(dimensions);
  for (let index = 0; index < n; index++) {
    const start = (among ? (among[index] as number) : index) * dimensions; // `index` is below `n`
    for (let i = 0; i < dimensions; i++)
      sums[i] = (sums[i] as number) + (base[start + i] as number);
  }
  return Float32Array.from(sums, (sum) => sum / n);
}

/** Like {@link copySearched}, with `center` subtracted from each row. */
export function copyCentered(
  search: NeighborSearch,
  first: number,
  center: Float32Array,
  into: Float32Array,
): void {
  copySearched(search, first, into);
  const d = center.length;
  for (let start = 0; start < into.length; start += d) {
    // `into` holds whole rows, hence the casts.
    for (let i = 0; i < d; i++)
      into[start + i] = (into[start + i] as number) - (center[i] as number);
  }
}

/** Result arrays for `m` queries, empty, in memory that threads can share. */
export function emptyNeighbors(m: number, k: number): Neighbors {
  const shared = (bytes: number) => new SharedArrayBuffer(m * k * bytes);
  return {
    k,
    rows: new Int32Array(shared(Int32Array.BYTES_PER_ELEMENT)).fill(-1),
    scores: new Float64Array(shared(Float64Array.BYTES_PER_ELEMENT)).fill(Number.NEGATIVE_INFINITY),
  };
}

/**
 * Keeps the nearest `k` of a query's candidates. Scores are computed in double precision and in a fixed order, which
 * makes the result depend only on the vectors, not on threads, tiles or the processor's instructions.
 *
 * @param candidates distinct rows of the base in any order; the query's own row and negative values are skipped
 * @param found receives row `query`, which must be empty
 * @param isFartherFrom whether the candidate at `index` and all later ones are farther than a neighbor with the score
 *   `last` and can be skipped; called once `k` candidates are kept
 */
export function rerank(
  search: NeighborSearch,
  query: number,
  candidates: ArrayLike<number>,
  { k, rows, scores }: Neighbors,
  isFartherFrom: (index: number, last: number) => boolean = () => false,
): void {
  const { queries, base, dimensions, metric, selfOf } = search;
  const self = selfOf?.[query] ?? -1;
  const first = query * k;
  let count = 0;
  for (let at = 0; at < candidates.length; at++) {
    const row = candidates[at] as number; // `at` is below the length
    if (row < 0 || row === self) continue;
    if (count === k && isFartherFrom(at, scores[first + k - 1] as number)) return;
    const score =
      metric === "cosine"
        ? dot(queries, query * dimensions, base, row * dimensions, dimensions)
        : -distance(queries, query * dimensions, base, row * dimensions, dimensions);
    if (count === k && !isNearer(score, row, first + k - 1)) continue;
    let slot = first + (count < k ? count++ : k - 1);
    for (; slot > first && isNearer(score, row, slot - 1); slot--) {
      rows[slot] = rows[slot - 1] ?? -1;
      scores[slot] = scores[slot - 1] ?? Number.NEGATIVE_INFINITY;
    }
    rows[slot] = row;
    scores[slot] = score;
  }

  function isNearer(score: number, row: number, slot: number): boolean {
    const other = scores[slot] ?? Number.NEGATIVE_INFINITY;
    return score > other || (score === other && row < (rows[slot] ?? -1));
  }
}

/** A query's candidates from a fast search, best first. */
export interface Candidates {
  /** Indexes among the searched rows. */
  readonly indexes: Int32Array;
  /** Descending. No omitted row has a larger score than the last. */
  readonly scores: Float32Array;
}

/**
 * Ranks a query's candidates by {@link rerank}.
 * @param lowestScore maps a neighbor's cosine or negative distance to the lowest fast score that an equally near row can have
 * @param found receives row `query`, overwriting it
 * @returns whether every omitted row is certain to be farther than these neighbors
 */
export function rankCandidates(
  search: NeighborSearch,
  query: number,
  { indexes, scores }: Candidates,
  lowestScore: (neighborScore: number) => number,
  found: Neighbors,
): boolean {
  const { among } = search;
  const { k } = found;
  // Indexes are below the number of searched rows and of candidates, hence the casts.
  const rows = among ? indexes.map((index) => among[index] as number) : indexes;
  const isFartherFrom = (index: number, last: number) =>
    (scores[index] as number) < lowestScore(last);
  found.rows.fill(-1, query * k, query * k + k);
  found.scores.fill(Number.NEGATIVE_INFINITY, query * k, query * k + k);
  rerank(search, query, rows, found, isFartherFrom);
  const last = found.scores[query * k + k - 1] as number; // k is above 0
  return indexes.length === countSearched(search) || isFartherFrom(indexes.length - 1, last);
}

/**
 * Squared Euclidean norm of each row, in double precision.
 * @throws RangeError when the length is not a multiple of `dimensions` or a number is not finite
 */
export function squaredNorms(vectors: Float32Array, dimensions: number): Float64Array {
  if (!Number.isInteger(vectors.length / dimensions))
    throw new RangeError(
      `Expected rows of ${dimensions} numbers but received ${vectors.length} numbers.`,
    );
  const norms = new Float64Array(vectors.length / dimensions);
  for (let row = 0; row < norms.length; row++) {
    const norm = dot(vectors, row * dimensions, vectors, row * dimensions, dimensions);
    if (!Number.isFinite(norm))
      throw new RangeError(`Expected finite numbers but row ${row} has NaN or infinite ones.`);
    norms[row] = norm;
  }
  return norms;
}
