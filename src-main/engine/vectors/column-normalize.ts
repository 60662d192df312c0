/**
 * Divides every column by its Euclidean norm over the whole data set, as DNIKit's `Duplicates` does. A column of zeros
 * stays zero (in DNIKit it becomes NaN).
 * @param values row-major `[rows, dimensions]`
 * @param copies weight of each row, at least 1; 1 when omitted
 * @returns a new matrix of the same shape
 */
export function normalizeColumns(
  values: Float32Array,
  dimensions: number,
  copies?: Int32Array,
): Float32Array {
  return scaleColumns(values, columnScales(values, dimensions, copies));
}

/** Factor that {@link normalizeColumns} applies to each column, `[dimensions]`. */
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
