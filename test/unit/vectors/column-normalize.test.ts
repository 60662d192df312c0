import { expect, test } from "vitest";
import { normalizeColumns } from "../../../src-main/engine/vectors/column-normalize.ts";
import golden from "../../fixtures/numpy/pca.json" with { type: "json" };

test("every value is divided by its column's norm, as in NumPy", () => {
  const values = Float32Array.from(golden.values.flat());
  const normalized = normalizeColumns(values, 9);
  for (const [i, value] of golden.values.flat().entries()) {
    expect(normalized[i]).toBeCloseTo(value / (golden.columnNorms[i % 9] ?? NaN), 7);
  }
});

test("a column of zeros stays zero", () => {
  expect([...normalizeColumns(Float32Array.of(3, 0, 4, 0), 2)]).toEqual([
    Math.fround(0.6),
    0,
    Math.fround(0.8),
    0,
  ]);
});

test("a row with weight 2 counts twice", () => {
  const weighted = normalizeColumns(Float32Array.of(1, 2, 5, 1), 2, Int32Array.of(2, 1));
  const repeated = normalizeColumns(Float32Array.of(1, 2, 1, 2, 5, 1), 2);
  expect([...weighted]).toEqual([...repeated.slice(2)]);
});

test("the input is not changed", () => {
  const values = Float32Array.of(3, 4);
  normalizeColumns(values, 1);
  expect([...values]).toEqual([3, 4]);
});
