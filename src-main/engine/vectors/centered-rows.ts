/** Selected rows of a matrix, with weights. */
export interface WeightedRows {
  /** Row-major `[any, dimensions]`. */
  readonly values: Float32Array;
  readonly dimensions: number;
  /** Indexes of the selected rows. */
  readonly rows: Int32Array;
  /** Weight of each row of `values`, at least 1; 1 when omitted. */
  readonly weights?: Int32Array;
}

/** Rows as their offsets from their centroid, the weighted mean. */
export interface CenteredRows {
  /** Row indexes, ascending, which makes results independent of the input order. */
  readonly rows: Int32Array;
  readonly dimensions: number;
  /** Row-major `[rows.length, dimensions]`. */
  readonly offsets: Float64Array;
  /** Weight of each of `rows`. */
  readonly weights: Int32Array;
  /** Sum of the weights. */
  readonly points: number;
}

/** Moves the origin to the centroid of the rows. */
export function centerRows({ values, dimensions, rows, weights }: WeightedRows): CenteredRows {
  const ascending = rows.toSorted();
  const counts = new Int32Array(rows.length);
  const offsets = new Float64Array(rows.length * dimensions);
  const centroid = new Float64Array(dimensions);
  let points = 0;
  for (let i = 0; i < ascending.length; i++) {
    const row = ascending[i] as number;
    const weight = weights?.[row] ?? 1;
    counts[i] = weight;
    points += weight;
    for (let d = 0, from = row * dimensions, to = i * dimensions; d < dimensions; d++) {
      const value = values[from + d] as number;
      offsets[to + d] = value;
      centroid[d] = (centroid[d] as number) + weight * value;
    }
  }
  for (let d = 0; d < dimensions; d++) centroid[d] = (centroid[d] as number) / points;
  for (let start = 0; start < offsets.length; start += dimensions) {
    for (let d = 0; d < dimensions; d++) {
      offsets[start + d] = (offsets[start + d] as number) - (centroid[d] as number);
    }
  }
  return { rows: ascending, dimensions, offsets, weights: counts, points };
}
