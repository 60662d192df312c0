/**
 * Divides every column by its Euclidean length over the whole data set, as DNIKit's `Duplicates` does so that no column
 * outweighs the others. A column of zeros stays zero (DNIKit makes it NaN).
 * @param values row-major `[rows, dimensions]`
 * @param copies how often each row counts, each at least 1; without it, once
 * @returns a new matrix of the same shape
 */
export function normalizeColumns(
  values: Float32Array,
  dimensions: number,
  copies?: Int32Array,
): Float32Array {
  return scaleColumns(values, columnScales(values, dimensions, copies));
}

/** What {@link normalizeColumns} multiplies each column by, `[dimensions]`. */
export function columnScales(
  values: Float32Array,
  dimensions: number,
  copies?: Int32Array,
): Float64Array {
  const squares = new Float64Array(dimensions);
  for (let at = 0, row = 0; at < values.length; row++) {
    const weight = copies?.[row] ?? 1;
    for (let d = 0; d < dimensions; d++, at++) {
      const value = values[at] as number;
      squares[d] = (squares[d] as number) + weight * value * value;
    }
  }
  return squares.map((square) => (square > 0 ? 1 / Math.sqrt(square) : 0));
}

/** @param values row-major `[rows, scales.length]` */
export function scaleColumns(values: Float32Array, scales: Float64Array): Float32Array {
  return values.map((value, at) => value * (scales[at % scales.length] as number));
}
