/** Candidate pairs of one model output as columns, each pair once. `a` and `b` are node indexes, `a < b`, sorted by `(a, b)`. */
export interface Pairs {
  readonly count: number;
  readonly a: Int32Array;
  readonly b: Int32Array;
  /** Cosine of the two embeddings, in [-1, 1]. */
  readonly similarity: Float64Array;
  /** Euclidean distance in the searched space: between unit vectors, unless a preset changes the space. */
  readonly distance: Float64Array;
  /** Calibrated probability of being a true duplicate, in [0, 1]. */
  readonly confidence: Float64Array;
  /** Index into `EVIDENCE_KINDS`. */
  readonly kind: Uint8Array;
}

/** Columns for `count` pairs, filled with 0. */
export function emptyPairs(count: number): Pairs {
  return {
    count,
    a: new Int32Array(count),
    b: new Int32Array(count),
    similarity: new Float64Array(count),
    distance: new Float64Array(count),
    confidence: new Float64Array(count),
    kind: new Uint8Array(count),
  };
}
