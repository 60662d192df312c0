import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { smallestSimilarity } from "../../../src-main/engine/analysis/clusters/smallest-similarity.ts";
import { cloud, scattered, upTo } from "../../support/point-clouds.ts";

function bruteForce(vectors: Float32Array, dimensions: number, rows: Int32Array): number {
  const units = Array.from(rows, (row) => {
    const values = vectors.subarray(row * dimensions, (row + 1) * dimensions);
    const length = Math.hypot(...values);
    return Array.from(values, (value) => value / length);
  });
  let smallest = 1;
  for (const a of units) {
    for (const b of units) {
      smallest = Math.min(
        smallest,
        a.reduce((sum, value, d) => sum + value * (b[d] ?? NaN), 0),
      );
    }
  }
  return smallest;
}

describe("the smallest similarity", () => {
  test("equals that of comparing every row with every other", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 30 }), fc.nat(), async (count, seed) => {
        const vectors = cloud(count, 7, seed);
        expect(await smallestSimilarity(vectors, 7, upTo(count))).toBeCloseTo(
          bruteForce(vectors, 7, upTo(count)),
          12,
        );
      }),
    );
  });

  test.each([
    ["spread widely in one direction", cloud(700, 12, 1)],
    ["without structure", scattered(700 * 12, 2)],
    ["that are almost identical", cloud(700, 12, 3).map((value) => 1 + value / 1e4)],
    ["in two groups", cloud(700, 12, 3).map((value, at) => (at % 24 < 12 ? value / 1e4 : 1))],
  ])(
    "of many rows %s is exact, although most rows are compared only approximately",
    async (_, vectors) => {
      const rows = upTo(vectors.length / 12).filter((row) => row % 9 !== 4);
      expect(await smallestSimilarity(vectors, 12, rows)).toBeCloseTo(
        bruteForce(vectors, 12, rows),
        12,
      );
    },
  );

  test("is found across blocks and tiles", async () => {
    const vectors = cloud(6000, 4, 7).map((value, at) => (at === 5999 * 4 ? -9 : value + 2));
    const rows = upTo(6000);
    expect(await smallestSimilarity(vectors, 4, rows)).toBeCloseTo(
      bruteForce(vectors, 4, rows),
      12,
    );
  });

  test("of identical rows is 1", async () => {
    const same = Float32Array.from({ length: 3000 * 5 }, (_, i) => 0.1 + (i % 5));
    expect(await smallestSimilarity(same, 5, upTo(3000))).toBeCloseTo(1, 12);
    expect(await smallestSimilarity(same, 5, upTo(1))).toBe(1);
  });

  test("of opposite rows is -1 and not below", async () => {
    const vectors = scattered(6, 5);
    expect(
      await smallestSimilarity(Float32Array.of(...vectors, ...vectors.map((x) => -x)), 6, upTo(2)),
    ).toBe(-1);
  });
});
