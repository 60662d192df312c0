import { expect, test } from "vitest";
import { fitPca, projectOnto } from "../../../src-main/engine/vectors/pca.ts";
import golden from "../../fixtures/numpy/pca.json" with { type: "json" };

const dimensions = 9;
const values = Float32Array.from(golden.values.flat());

function expectClose(received: Iterable<number>, expected: readonly number[], digits: number) {
  const numbers = [...received];
  expect(numbers).toHaveLength(expected.length);
  for (const [i, number] of numbers.entries())
    expect(number).toBeCloseTo(expected[i] ?? NaN, digits);
}

test("principal components, their signs and variances match NumPy", () => {
  const pca = fitPca(values, dimensions, 5);
  expectClose(pca.mean, golden.mean, 12);
  expectClose(pca.variances, golden.variances, 10);
  expect(pca.components).toHaveLength(5);
  for (const [i, component] of pca.components.entries()) {
    expectClose(component, golden.components[i] ?? [], 10);
  }
});

test("projected rows match NumPy", () => {
  const pca = fitPca(values, dimensions, 5);
  expectClose(projectOnto(pca, values), golden.projected.flat(), 6);
});

test("a row with weight 3 equals three rows", () => {
  const copies = Int32Array.from({ length: 40 }, (_, row) => (row % 4 === 0 ? 3 : 1));
  const expanded = golden.values.flatMap((row, i) =>
    Array.from({ length: copies[i] ?? 1 }, () => row),
  );
  const weighted = fitPca(values, dimensions, 3, copies);
  const repeated = fitPca(Float32Array.from(expanded.flat()), dimensions, 3);
  expectClose(weighted.variances, [...repeated.variances], 10);
  for (const [i, component] of weighted.components.entries()) {
    expectClose(component, [...(repeated.components[i] ?? [])], 10);
  }
});

test("there are no more components than rows or dimensions", () => {
  expect(fitPca(values, dimensions, 40).components).toHaveLength(9);
  expect(fitPca(values.slice(0, 3 * dimensions), dimensions, 40).components).toHaveLength(3);
});

test("identical rows have no variance and project to zero", () => {
  const same = Float32Array.from({ length: 20 }, (_, i) => (i % 4) + 0.1);
  const pca = fitPca(same, 4, 2);
  expectClose(pca.variances, [0, 0], 12);
  expectClose(projectOnto(pca, same), Array(10).fill(0), 6);
});

test("a single row is a valid data set", () => {
  const pca = fitPca(Float32Array.of(1, 2, 3), 3, 2);
  expect([...projectOnto(pca, Float32Array.of(1, 2, 3))]).toEqual([0]);
});

test.each([0, -1, 2.5, Number.NaN])("%s components are rejected", (count) => {
  expect(() => fitPca(values, dimensions, count)).toThrow(RangeError);
});
