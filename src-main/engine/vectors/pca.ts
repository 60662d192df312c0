import { Matrix } from "ml-matrix";
import { dot } from "./float64.ts";
import { eigen, orientAxis } from "./principal-axes.ts";

/** Rows added to the covariance at once, which reads and writes it once per block instead of once per row. */
const BLOCK_ROWS = 4;

/** Principal components of a data set. */
export interface Pca {
  readonly dimensions: number;
  /** `[dimensions]` */
  readonly mean: Float64Array;
  /** Unit vectors `[dimensions]`, largest variance first; signs follow `orientAxis`. */
  readonly components: readonly Float64Array[];
  /** Sample variance (divided by rows - 1) along each component. */
  readonly variances: Float64Array;
}

/**
 * Principal component analysis by eigendecomposition of the covariance matrix.
 *
 * Matches NumPy's `svd` of the centered matrix and scikit-learn's `PCA` (`components_`, `explained_variance_`; signs as
 * of scikit-learn 1.5) up to rounding. Memory beyond the input is `dimensions` squared numbers.
 * @param values row-major `[rows, dimensions]`
 * @param count number of components, capped at the number of rows and of dimensions
 * @param copies weight of each row, at least 1; 1 when omitted
 * @throws RangeError when `count` is not a positive integer.
 */
export function fitPca(
  values: Float32Array,
  dimensions: number,
  count: number,
  copies?: Int32Array,
): Pca {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(
      `Expected a positive number of principal components but received ${count}.`,
    );
  const { mean, total } = weightedMean(values, dimensions, copies);
  const { values: squares, vectors } = eigen(scatterMatrix(values, mean, copies));
  const kept = Math.min(count, dimensions, total);
  return {
    dimensions,
    mean,
    components: vectors.slice(0, kept).map((vector) => orientAxis(Float64Array.from(vector))),
    variances: Float64Array.from(squares.slice(0, kept), (square) =>
      Math.max(0, square / Math.max(1, total - 1)),
    ),
  };
}

/**
 * Coordinates of the rows along the principal components, relative to the mean (scikit-learn's `PCA.transform`).
 * @param values row-major `[rows, pca.dimensions]`
 * @returns row-major `[rows, pca.components.length]`
 */
export function projectOnto(pca: Pca, values: Float32Array): Float32Array {
  const { dimensions, mean, components } = pca;
  const rows = values.length / dimensions;
  const projected = new Float32Array(rows * components.length);
  const centered = new Float64Array(dimensions);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let d = 0; d < dimensions; d++) {
      centered[d] = (values[row * dimensions + d] as number) - (mean[d] as number);
    }
    for (const component of components) projected[at++] = dot(centered, component);
  }
  return projected;
}

function weightedMean(values: Float32Array, dimensions: number, copies: Int32Array | undefined) {
  const mean = new Float64Array(dimensions);
  let total = 0;
  for (let row = 0, at = 0; at < values.length; row++) {
    const weight = copies?.[row] ?? 1;
    total += weight;
    for (let d = 0; d < dimensions; d++, at++) {
      mean[d] = (mean[d] as number) + weight * (values[at] as number);
    }
  }
  for (let d = 0; d < dimensions; d++) mean[d] = (mean[d] as number) / total;
  return { mean, total };
}

/** Sum of the outer products of the centered rows, `[dimensions, dimensions]`, in double precision. */
function scatterMatrix(
  values: Float32Array,
  mean: Float64Array,
  copies: Int32Array | undefined,
): Matrix {
  const dimensions = mean.length;
  const rows = values.length / dimensions;
  const scatter = new Float64Array(dimensions * dimensions); // upper triangle
  const block = Array.from({ length: BLOCK_ROWS }, () => new Float64Array(dimensions));
  const [x0, x1, x2, x3] = block as [Float64Array, Float64Array, Float64Array, Float64Array];
  for (let first = 0; first < rows; first += BLOCK_ROWS) {
    for (const [offset, x] of block.entries()) {
      const row = first + offset;
      // The outer product squares the weight. Zeros pad the last block.
      const weight = row < rows ? Math.sqrt(copies?.[row] ?? 1) : 0;
      for (let d = 0; d < dimensions; d++) {
        const value = values[row * dimensions + d] ?? 0;
        x[d] = weight * (value - (mean[d] as number));
      }
    }
    for (let i = 0; i < dimensions; i++) {
      const [a, b, c, d] = [x0[i] as number, x1[i] as number, x2[i] as number, x3[i] as number];
      for (let j = i, at = i * dimensions + i; j < dimensions; j++, at++) {
        scatter[at] =
          (scatter[at] as number) +
          a * (x0[j] as number) +
          b * (x1[j] as number) +
          c * (x2[j] as number) +
          d * (x3[j] as number);
      }
    }
  }
  const matrix = new Matrix(dimensions, dimensions);
  for (let i = 0; i < dimensions; i++) {
    for (let j = i; j < dimensions; j++) {
      const sum = scatter[i * dimensions + j] as number;
      matrix.set(i, j, sum).set(j, i, sum);
    }
  }
  return matrix;
}
