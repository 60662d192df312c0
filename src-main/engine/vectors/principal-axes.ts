import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { CenteredRows } from "./centered-rows.ts";
import { dot, dotAt } from "./float64.ts";

/** Up to this many rows, the Gram matrix is cheaper than Lanczos iteration. */
const FEW_ROWS = 32;
/** Lanczos steps between two convergence checks. */
const STEPS_BETWEEN_CHECKS = 5;
/** Error of an axis, relative to the variance along it, that is small enough for ordering. */
const DEFAULT_TOLERANCE = 1e-6;
/** Share of a vector's squared length below which the remainder is rounding error. */
const ROUNDING_SHARE = 1e-20;

/**
 * The first `count` principal components of the rows, each a unit vector `[dimensions]`, orthogonal to the others.
 *
 * For clusters, which are too small to pay for a covariance matrix; for a whole data set use `fitPca`. Signs follow
 * `orientAxis`. Where no variance is left, an axis is arbitrary. The same rows give the same bits.
 * @param tolerance accepted error, relative to the variance along the axis
 */
export function principalAxes(
  centered: CenteredRows,
  count: number,
  tolerance = DEFAULT_TOLERANCE,
): Float64Array[] {
  const wanted = Math.min(count, centered.dimensions);
  return centered.rows.length <= FEW_ROWS
    ? axesOfFewRows(centered, wanted)
    : axesOfManyRows(centered, wanted, tolerance);
}

/**
 * Flips an axis, if necessary, to make its entry of largest magnitude (the first of several) positive: scikit-learn's
 * rule since 1.5 (`svd_flip` with `u_based_decision=False`). Changes and returns `axis`.
 */
export function orientAxis(axis: Float64Array): Float64Array {
  let greatest = 0;
  for (const entry of axis) if (Math.abs(entry) > Math.abs(greatest)) greatest = entry;
  if (greatest < 0) scale(axis, -1);
  return axis;
}

/** From the eigenvectors of the Gram matrix `[rows, rows]`, whose eigenvalues are those of the covariance. */
function axesOfFewRows(centered: CenteredRows, count: number): Float64Array[] {
  const { offsets, dimensions, weights } = centered;
  const size = weights.length;
  const factors = Float64Array.from(weights, Math.sqrt);
  const products = new Matrix(size, size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const product = dotAt(offsets, i * dimensions, offsets, j * dimensions, dimensions);
      const weighted = product * (factors[i] as number) * (factors[j] as number);
      products.set(i, j, weighted).set(j, i, weighted);
    }
  }
  const { vectors } = eigen(products);
  const axes: Float64Array[] = [];
  for (let axis = 0; axis < count; axis++) {
    const sum = new Float64Array(dimensions);
    vectors[axis]?.forEach((entry, i) => {
      addScaledAt(sum, offsets, i * dimensions, entry * (factors[i] as number));
    });
    axes.push(orientAxis(unitBeside(axes, sum)));
  }
  return axes;
}

/**
 * By Lanczos iteration (1950; Golub & Van Loan, Matrix Computations, chapter 10), which only multiplies the covariance
 * by a vector: one pass over the rows. Each axis is kept orthogonal to the previous ones, which also finds axes of equal
 * variance.
 */
function axesOfManyRows(centered: CenteredRows, count: number, tolerance: number): Float64Array[] {
  const { offsets, dimensions, weights } = centered;

  /** The scatter matrix times `v`. */
  const scatterTimes = (v: Float64Array): Float64Array => {
    const product = new Float64Array(dimensions);
    for (let i = 0; i < weights.length; i++) {
      const along = dotAt(offsets, i * dimensions, v, 0, dimensions);
      addScaledAt(product, offsets, i * dimensions, along * (weights[i] as number));
    }
    return product;
  };

  const axes: Float64Array[] = [];
  while (axes.length < count) {
    axes.push(orientAxis(leadingEigenvector(scatterTimes, dimensions, axes, tolerance)));
  }
  return axes;
}

/** Unit eigenvector of a symmetric operator's largest eigenvalue, orthogonal to `others`. */
function leadingEigenvector(
  apply: (v: Float64Array) => Float64Array,
  dimensions: number,
  others: readonly Float64Array[],
  tolerance: number,
): Float64Array {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const offDiagonal: number[] = [];
  let unit = unitBeside(others, scatteredVector(dimensions));
  for (;;) {
    basis.push(unit);
    const next = apply(unit);
    diagonal.push(dot(next, unit));
    removeComponents(next, others);
    removeComponents(next, basis);
    const length = Math.sqrt(dot(next, next));
    const exhausted =
      length <= Number.EPSILON * dimensions * Math.max(...diagonal) ||
      basis.length + others.length === dimensions;
    if (exhausted || basis.length % STEPS_BETWEEN_CHECKS === 0) {
      const { values, vectors } = eigen(tridiagonal(diagonal, offDiagonal));
      const [value, vector] = [values[0] as number, vectors[0] as number[]];
      const error = length * Math.abs(vector.at(-1) as number);
      if (exhausted || error <= tolerance * value)
        return unitBeside(others, combine(basis, vector));
    }
    offDiagonal.push(length);
    scale(next, 1 / length);
    unit = next;
  }
}

function tridiagonal(diagonal: readonly number[], offDiagonal: readonly number[]): Matrix {
  const matrix = Matrix.zeros(diagonal.length, diagonal.length);
  for (const [i, value] of diagonal.entries()) matrix.set(i, i, value);
  for (const [i, value] of offDiagonal.entries()) matrix.set(i, i + 1, value).set(i + 1, i, value);
  return matrix;
}

/** Eigenvalues of a symmetric matrix, largest first, with their unit eigenvectors. */
export function eigen(symmetric: Matrix): { values: number[]; vectors: number[][] } {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(symmetric, {
    assumeSymmetric: true,
  });
  // For a symmetric matrix ml-matrix returns eigenvalues in ascending order.
  return {
    values: realEigenvalues.toReversed(),
    vectors: eigenvectorMatrix.transpose().to2DArray().toReversed(),
  };
}

/**
 * Makes `v` a unit vector orthogonal to `others`. If only rounding error remains of it, starts from the coordinate axis
 * that `others` cover least instead. There must be fewer `others` than dimensions. Changes `v`.
 */
function unitBeside(others: readonly Float64Array[], v: Float64Array): Float64Array {
  const before = dot(v, v);
  removeComponents(v, others);
  const left = dot(v, v);
  if (left > ROUNDING_SHARE * before) {
    scale(v, 1 / Math.sqrt(left));
    return v;
  }
  const covered = Array.from(v, (_, d) =>
    others.reduce((sum, other) => sum + (other[d] as number) ** 2, 0),
  );
  const axis = new Float64Array(v.length);
  axis[covered.indexOf(Math.min(...covered))] = 1;
  return unitBeside(others, axis);
}

/** A fixed pseudo-random start vector, which no structured data is orthogonal to. */
function scatteredVector(dimensions: number): Float64Array {
  let state = 1;
  const vector = new Float64Array(dimensions);
  for (let d = 0; d < dimensions; d++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0; // Numerical Recipes' generator
    vector[d] = state / 2 ** 31;
  }
  return vector;
}

/** Gram-Schmidt, applied twice for floating-point accuracy (Kahan and Parlett). Changes `v`. */
function removeComponents(v: Float64Array, units: readonly Float64Array[]): void {
  for (let round = 0; round < 2; round++) {
    for (const unit of units) addScaled(v, unit, -dot(v, unit));
  }
}

function combine(vectors: readonly Float64Array[], factors: readonly number[]): Float64Array {
  const sum = new Float64Array(vectors[0]?.length ?? 0);
  for (const [i, vector] of vectors.entries()) addScaled(sum, vector, factors[i] as number);
  return sum;
}

function addScaled(target: Float64Array, v: Float64Array, factor: number): void {
  addScaledAt(target, v, 0, factor);
}

/** Adds `factor` times the vector at `values[start]` to `target`. */
function addScaledAt(target: Float64Array, values: Float64Array, start: number, factor: number) {
  for (let d = 0; d < target.length; d++) {
    target[d] = (target[d] as number) + factor * (values[start + d] as number);
  }
}

function scale(v: Float64Array, factor: number): void {
  for (let d = 0; d < v.length; d++) v[d] = (v[d] as number) * factor;
}
