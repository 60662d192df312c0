import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { centerRows } from "../../../src-main/engine/vectors/centered-rows.ts";
import { fitPca } from "../../../src-main/engine/vectors/pca.ts";
import { orientAxis, principalAxes } from "../../../src-main/engine/vectors/principal-axes.ts";

/** Pseudo-random rows, determined by the seed, whose variance halves from column to column. */
function fallingVariance(rows: number, dimensions: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: rows * dimensions }, (_, i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state / 2 ** 31) * 2 ** (-(i % dimensions) / 2);
  });
}

const upTo = (count: number) => Int32Array.from({ length: count }, (_, i) => i);
const product = (a: Float64Array, b: Float64Array) =>
  a.reduce((sum, entry, i) => sum + entry * (b[i] ?? NaN), 0);

describe.each([6, 32, 33, 400])("the first two axes of %s rows", (count) => {
  const values = fallingVariance(count, 12, count);
  const weights = Int32Array.from({ length: count }, (_, i) => 1 + (i % 3));

  test("match those of the covariance matrix", () => {
    const axes = principalAxes(
      centerRows({ values, dimensions: 12, rows: upTo(count), weights }),
      2,
    );
    const { components } = fitPca(values, 12, 2, weights);
    for (const [i, axis] of axes.entries()) {
      // An axis may deviate by the square root of the tolerance.
      expect(product(axis, components[i] as Float64Array)).toBeCloseTo(1, 9);
    }
  });
});

test("axes are orthogonal unit vectors for any rows", () => {
  const rows = fc.array(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 3, maxLength: 3 }), {
    minLength: 1,
    maxLength: 50,
  });
  fc.assert(
    fc.property(rows, (drawn) => {
      const values = Float32Array.from(drawn.flat());
      const axes = principalAxes(
        centerRows({ values, dimensions: 3, rows: upTo(drawn.length) }),
        3,
      );
      expect(axes).toHaveLength(3);
      for (const [i, a] of axes.entries()) {
        for (const [j, b] of axes.entries()) expect(product(a, b)).toBeCloseTo(i === j ? 1 : 0, 9);
      }
    }),
  );
});

test("two axes of equal variance are both found among many rows", () => {
  // A square grid: all directions in its plane have the same variance, the third has none.
  const grid = Array.from(upTo(49)).flatMap((i) => [i % 7, Math.floor(i / 7), 5]);
  const points = { values: Float32Array.from(grid), dimensions: 3, rows: upTo(49) };
  for (const axis of principalAxes(centerRows(points), 2)) expect(axis[2]).toBeCloseTo(0, 9);
});

test("an axis's largest entry is positive", () => {
  expect([...orientAxis(Float64Array.of(0.6, -0.8))]).toEqual([-0.6, 0.8]);
  expect([...orientAxis(Float64Array.of(-0.6, 0.8))]).toEqual([-0.6, 0.8]);
});
