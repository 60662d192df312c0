import { distance, dot, type Metric } from "../../vectors/float32.ts";

/** Unit roundoff of float32. */
export const FLOAT32_ROUNDOFF = 2 ** -24;

/** The vectors to search among and for, and how many neighbors to find. */
export interface NeighborSearch {
  /** Row-major `[m, dimensions]`. */
  readonly queries: Float32Array;
  /** Row-major `[n, dimensions]`. */
  readonly base: Float32Array;
  /** Rows of `base` that are searched, ascending; all of them without it. Answers name rows of `base` either way. */
  readonly among?: Int32Array;
  readonly dimensions: number;
  readonly metric: Metric;
  /** Neighbors wanted per query; may exceed the rows there are. */
  readonly k: number;
  /** Row of `base` that each query is itself, or -1: it is no neighbor of its own. Without it, none is. */
  readonly selfOf?: Int32Array;
  readonly threads?: number;
  /** Makes the search reject with the signal's reason, at the next tile or batch. */
  readonly signal?: AbortSignal;
  /** Awaited before each tile or batch: who searches may be paused, or give way to others. */
  readonly checkpoint?: () => Promise<void>;
  /** @param done share of the work done, in [0, 1]. */
  readonly onProgress?: (done: number) => void;
}

/** The nearest rows of the base per query, nearest first; equally near ones by row. */
export interface Neighbors {
  readonly k: number;
  /** Row-major `[m, k]`: rows of the base, -1 where there are no more. */
  readonly rows: Int32Array;
  /** Row-major `[m, k]`, larger is nearer: the cosine, or minus the Euclidean distance. `-Infinity` beside a -1. */
  readonly scores: Float64Array;
}

/** Number of rows that are searched. */
export function countSearched({ base, among, dimensions }: NeighborSearch): number {
  return among?.length ?? base.length / dimensions;
}

/**
 * Copies searched rows, so that a base of which only some are searched need not be copied whole.
 * @param first place of the first one among those searched
 * @param into row-major, `into.length / dimensions` rows are copied
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
  for (let at = 0, place = first; at < into.length; at += dimensions, place++) {
    const start = (among[place] as number) * dimensions; // `place` is below the number of rows searched
    into.set(base.subarray(start, start + dimensions), at);
  }
}

/** Mean of the rows that are searched; there is at least one. */
export function meanSearched(search: NeighborSearch): Float32Array {
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

/** Copies searched rows as {@link copySearched} does, less the center. */
export function copyCentered(
  search: NeighborSearch,
  first: number,
  center: Float32Array,
  into: Float32Array,
): void {
  copySearched(search, first, into);
  const d = center.length;
  for (let start = 0; start < into.length; start += d) {
    // `start + i` is below the length: there are whole rows.
    for (let i = 0; i < d; i++)
      into[start + i] = (into[start + i] as number) - (center[i] as number);
  }
}

/** @returns `m` x `k` places without a neighbor yet, in memory that threads can share. */
export function emptyNeighbors(m: number, k: number): Neighbors {
  const shared = (bytes: number) => new SharedArrayBuffer(m * k * bytes);
  return {
    k,
    rows: new Int32Array(shared(Int32Array.BYTES_PER_ELEMENT)).fill(-1),
    scores: new Float64Array(shared(Float64Array.BYTES_PER_ELEMENT)).fill(Number.NEGATIVE_INFINITY),
  };
}

/**
 * Keeps the nearest `k` of a query's candidates, by similarities computed here in double precision and in one order, so
 * that the result depends on nothing but the vectors: not on threads, tiles or the instructions of the processor.
 *
 * @param candidates distinct rows of the base in any order; the query's own row and negative ones are skipped.
 * @param found where row `query` is written; must be empty there.
 * @param isFartherFrom whether the candidate in this place and all after it are farther than a neighbor of this score, so
 *   that they need no look. Asked once k are kept, of the last of them.
 */
export function rerank(
  search: NeighborSearch,
  query: number,
  candidates: ArrayLike<number>,
  { k, rows, scores }: Neighbors,
  isFartherFrom: (place: number, last: number) => boolean = () => false,
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
    let place = first + (count < k ? count++ : k - 1);
    for (; place > first && isNearer(score, row, place - 1); place--) {
      rows[place] = rows[place - 1] ?? -1;
      scores[place] = scores[place - 1] ?? Number.NEGATIVE_INFINITY;
    }
    rows[place] = row;
    scores[place] = score;
  }

  function isNearer(score: number, row: number, place: number): boolean {
    const other = scores[place] ?? Number.NEGATIVE_INFINITY;
    return score > other || (score === other && row < (rows[place] ?? -1));
  }
}

/** What a quick search proposes as neighbors of a query, best first. */
export interface Candidates {
  /** Among the rows searched. */
  readonly places: Int32Array;
  /** Falling. No row left out has a larger one than the last. */
  readonly scores: Float32Array;
}

/**
 * Ranks a query's candidates by {@link rerank}.
 * @param leastOfAsNear of the cosine or minus the distance that a neighbor has, the score that every row as near reaches at least
 * @param found where row `query` is written, whatever was there
 * @returns whether no row that was left out can be as near as these neighbors
 */
export function rankCandidates(
  search: NeighborSearch,
  query: number,
  { places, scores }: Candidates,
  leastOfAsNear: (neighborScore: number) => number,
  found: Neighbors,
): boolean {
  const { among } = search;
  const { k } = found;
  // Places are below the number of rows searched, and `place` below that of candidates.
  const rows = among ? places.map((place) => among[place] as number) : places;
  const isFartherFrom = (place: number, last: number) =>
    (scores[place] as number) < leastOfAsNear(last);
  found.rows.fill(-1, query * k, query * k + k);
  found.scores.fill(Number.NEGATIVE_INFINITY, query * k, query * k + k);
  rerank(search, query, rows, found, isFartherFrom);
  const last = found.scores[query * k + k - 1] as number; // k is above 0
  return places.length === countSearched(search) || isFartherFrom(places.length - 1, last);
}

/**
 * Squared Euclidean norm of each row, in double precision.
 * @throws RangeError when the numbers are not whole rows or a number is not finite.
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
      throw new RangeError(`Expected finite numbers but row ${row} has others.`);
    norms[row] = norm;
  }
  return norms;
}
