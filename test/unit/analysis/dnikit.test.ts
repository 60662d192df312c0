import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import golden from "../../fixtures/dnikit/small.json" with { type: "json" };
import neighbors from "../../fixtures/dnikit/small-neighbors.json" with { type: "json" };
import { type DnikitCluster, dnikitDuplicates } from "../../support/dnikit-method.ts";

/** Annoy computes in float32. */
const DIGITS = 6;

/** The numbers in a float32 `.npy`. They follow a header whose length is in bytes 8 and 9. */
function readNpy(url: URL): Float32Array {
  const bytes = readFileSync(url);
  return new Float32Array(Uint8Array.from(bytes.subarray(10 + bytes.readUInt16LE(8))).buffer);
}

const values = readNpy(new URL("../../fixtures/dnikit/small.npy", import.meta.url));
const dimensions = golden.shape[1] as number;

const smallestFirst = (indices: readonly number[]) => indices.toSorted((i, j) => i - j);
/** The direction of DNIKit's order is arbitrary, so it is read from its smaller end. */
const eitherWay = (indices: readonly number[]) =>
  (indices[0] ?? 0) <= (indices.at(-1) ?? 0) ? [...indices] : indices.toReversed();
const byFirstMember = (clusters: readonly DnikitCluster[]) =>
  clusters.toSorted((x, y) => Math.min(...x.indices) - Math.min(...y.indices));

describe.each(golden.runs)("DNIKit's result for $threshold", (run) => {
  const ours = dnikitDuplicates(values, dimensions, neighbors, run.threshold);
  const [received, expected] = [byFirstMember(ours.clusters), byFirstMember(run.clusters)];

  test("has the same distance as ours", () => {
    expect(ours.distances).toBe(run.distances);
    expect(ours.distance).toBeCloseTo(run.distance, DIGITS);
  });

  test("has the same clusters as ours", () => {
    expect(received.map(({ indices }) => smallestFirst(indices))).toEqual(
      expected.map(({ indices }) => smallestFirst(indices)),
    );
  });

  test("has the same mean and standard deviation of the distance to each centroid as ours", () => {
    for (const [i, { mean, std }] of received.entries()) {
      expect(mean).toBeCloseTo(expected[i]?.mean ?? NaN, DIGITS);
      expect(std).toBeCloseTo(expected[i]?.std ?? NaN, DIGITS);
    }
  });

  test("has the same order and projection of each cluster as ours", () => {
    for (const [i, { indices, projection }] of received.entries()) {
      expect(projection).toBe(expected[i]?.projection);
      expect(eitherWay(indices)).toEqual(eitherWay(expected[i]?.indices ?? []));
    }
  });
});
