import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clusterPairs } from "../../../src-main/engine/analysis/clusters/cluster.ts";
import {
  arrange,
  centroidSpread,
  describeCluster,
} from "../../../src-main/engine/analysis/clusters/statistics.ts";
import { centerRows } from "../../../src-main/engine/vectors/centered-rows.ts";
import { fitPca, projectOnto } from "../../../src-main/engine/vectors/pca.ts";
import { cloud, upTo } from "../../support/point-clouds.ts";
import { pairsOf } from "../../support/random-pairs.ts";

describe("mean and standard deviation of the distance to the centroid", () => {
  test("of the corners of a square are half its diagonal and zero", () => {
    const values = Float32Array.of(0, 0, 2, 0, 0, 2, 2, 2);
    const { size, mean, std } = centroidSpread(
      centerRows({ values, dimensions: 2, rows: upTo(4) }),
    );
    expect(size).toBe(4);
    expect(mean).toBeCloseTo(Math.SQRT2, 14);
    expect(std).toBeCloseTo(0, 14);
  });

  test("count every file, including copies", () => {
    // Files at 0, 0, 0 and 4 have their centroid at 1 and distances of 1, 1, 1 and 3.
    const points = centerRows({
      values: Float32Array.of(0, 4),
      dimensions: 1,
      rows: upTo(2),
      weights: Int32Array.of(3, 1),
    });
    const { size, mean, std } = centroidSpread(points);
    expect([size, mean]).toEqual([4, 1.5]);
    expect(std).toBeCloseTo(Math.sqrt(0.75), 14);
  });

  test("of identical images are zero", () => {
    const values = new Float32Array(30).fill(0.25);
    expect(centroidSpread(centerRows({ values, dimensions: 3, rows: upTo(10) }))).toEqual({
      size: 10,
      mean: 0,
      std: 0,
    });
  });
});

describe("the order of a cluster", () => {
  test("follows its first principal component, and the projection its first two", () => {
    const values = cloud(40, 6, 1);
    const { order, projection } = arrange(centerRows({ values, dimensions: 6, rows: upTo(40) }));
    const places = projectOnto(fitPca(values, 6, 2), values);
    const expected = [...upTo(40)].sort((i, j) => (places[2 * i] ?? NaN) - (places[2 * j] ?? NaN));
    expect([...order]).toEqual(expected);
    expect(projection).toHaveLength(80);
    for (const [at, node] of expected.entries()) {
      expect(projection?.[2 * at]).toBeCloseTo(places[2 * node] ?? NaN, 4);
      expect(projection?.[2 * at + 1]).toBeCloseTo(places[2 * node + 1] ?? NaN, 4);
    }
  });

  test("does not depend on the order of its nodes", () => {
    const rows = fc.shuffledSubarray([...upTo(60).keys()], { minLength: 2 });
    const values = cloud(60, 5, 2);
    fc.assert(
      fc.property(rows, (shuffled) => {
        const arranged = (nodes: readonly number[]) =>
          arrange(centerRows({ values, dimensions: 5, rows: Int32Array.from(nodes) }));
        expect(arranged(shuffled)).toEqual(arranged(shuffled.toSorted((i, j) => i - j)));
      }),
    );
  });

  test("follows the nodes for identical images", () => {
    const values = new Float32Array(40).fill(0.3);
    const { order, projection } = arrange(
      centerRows({ values, dimensions: 4, rows: upTo(10).reverse() }),
    );
    expect([...order]).toEqual([...upTo(10)]);
    expect(projection?.every((place) => Math.abs(place) < 1e-12)).toBe(true);
  });

  test("follows the nodes for a pair", () => {
    const values = Float32Array.of(1, 0, 0, 1);
    expect([
      ...arrange(centerRows({ values, dimensions: 2, rows: Int32Array.of(1, 0) })).order,
    ]).toEqual([0, 1]);
  });

  test("includes a projection only from six files up, counting copies", () => {
    const projectionOf = (nodes: number, copies: number) =>
      arrange(
        centerRows({
          values: cloud(5, 3, 4),
          dimensions: 3,
          rows: upTo(nodes),
          weights: Int32Array.of(copies, 1, 1, 1, 1),
        }),
      ).projection;
    expect(projectionOf(5, 1)).toBeNull();
    expect(projectionOf(5, 2)).toHaveLength(10);
    expect(projectionOf(1, 6)).toEqual(new Float64Array(2));
  });
});

test("a cluster's statistics cover its files in both spaces and the pairs that connect it", async () => {
  const edges = [
    { a: 0, b: 1, similarity: 0.8 },
    { a: 1, b: 2, similarity: 0.6 },
  ];
  const pairs = pairsOf(edges);
  const copies = Int32Array.of(1, 1, 2);
  const clusters = clusterPairs(pairs, Uint8Array.of(1, 1), copies);
  // The files are at 0, 1, 4 and 4, so their distances to the centroid are 2.25, 1.25, 1.75 and 1.75.
  const description = await describeCluster(clusters, 0, {
    pairs,
    copies,
    dimensions: 2,
    embeddings: Float32Array.of(1, 0, 0.8, 0.6, 0, 1),
    searched: Float32Array.of(0, 1, 4),
    searchedDimensions: 1,
  });
  expect(description).toMatchObject({ size: 4, mean: 1.75, projection: null });
  expect(description.std).toBeCloseTo(Math.sqrt(0.125), 14);
  expect([...description.order]).toEqual([0, 1, 2]);
  expect(description.minSimilarity).toBe(0);
  expect(description.weakestLink).toEqual({ a: 1, b: 2, similarity: 0.6 });
});

test("a cluster of identical copies has zero spread", async () => {
  const pairs = pairsOf([]);
  const copies = Int32Array.of(1, 3);
  const clusters = clusterPairs(pairs, new Uint8Array(), copies);
  const values = Float32Array.of(1, 0, 0.6, 0.8);
  const source = {
    pairs,
    copies,
    dimensions: 2,
    embeddings: values,
    searched: values,
    searchedDimensions: 2,
  };
  expect(await describeCluster(clusters, 0, source)).toEqual({
    size: 3,
    mean: 0,
    std: 0,
    order: Int32Array.of(1),
    projection: null,
    minSimilarity: 1,
    weakestLink: { a: 1, b: 1, similarity: 1 },
  });
});
