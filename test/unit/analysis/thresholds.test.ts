import { describe, expect, test } from "vitest";
import {
  percentileDistance,
  slopeDistance,
  sortedNonZero,
} from "../../../src-main/engine/analysis/clusters/dnikit-distance.ts";
import {
  acceptPairs,
  resolveThreshold,
} from "../../../src-main/engine/analysis/clusters/thresholds.ts";
import { parseThreshold } from "../../../src-main/text/thresholds.ts";
import { pairsOf } from "../../support/random-pairs.ts";

/** 0.01, 0.02 ... 1 */
const hundred = Float64Array.from({ length: 100 }, (_, i) => (i + 1) / 100);

describe.each([
  ["auto", { strategy: "auto", confidence: 0.9 }],
  ["confidence:0.5", { strategy: "confidence", confidence: 0.5 }],
  ["cosine:0.93", { strategy: "cosine", cosine: 0.93 }],
  ["distance:0.2", { strategy: "distance", distance: 0.2 }],
  ["slope:20", { strategy: "slope", sensitivity: 20, distance: 0.02 }],
  ["percentile:98.5", { strategy: "percentile", percentile: 98.5, distance: 0.03 }],
])("the threshold %s", (text, report) => {
  test("reports the value that it applied", () => {
    expect(resolveThreshold(parseThreshold(text), hundred).report).toEqual(report);
  });
});

describe("a pair is accepted", () => {
  const pairs = pairsOf([
    { a: 0, b: 1, similarity: 0.95, confidence: 0.4, distance: 0.3 },
    { a: 0, b: 2, similarity: 0.9, confidence: 0.9, distance: 0.2 },
    { a: 1, b: 2, similarity: 0.85, confidence: 0.95, distance: 0.1 },
  ]);
  const accepted = (text: string) => [
    ...acceptPairs(pairs, resolveThreshold(parseThreshold(text), hundred)),
  ];

  test("at exactly the requested confidence", () => expect(accepted("auto")).toEqual([0, 1, 1]));
  test("at exactly the requested similarity", () =>
    expect(accepted("cosine:0.9")).toEqual([1, 1, 0]));
  test("at exactly the requested distance", () =>
    expect(accepted("distance:0.2")).toEqual([0, 1, 1]));
  test("at exactly the distance that a percentile chose", () =>
    expect(accepted("percentile:90")).toEqual([0, 0, 1]));
});

describe("slope", () => {
  test("stops where the curve rises faster than in its middle", () => {
    // Ten near duplicates far below a flat middle. The window reaches from them to the middle.
    const sorted = Float64Array.from({ length: 100 }, (_, i) =>
      i < 10 ? 0.001 * i : 1 + i / 1000,
    );
    expect(slopeDistance(sorted, 5)).toBe(sorted[9]);
  });

  test("refuses a sensitivity that DNIKit refuses", () => {
    expect(() => slopeDistance(hundred, 2)).toThrow("at least 3");
  });

  test.each([1, 2, 3, 4, 5, 7])("works with %s distances", (count) => {
    const few = hundred.slice(0, count);
    for (const sensitivity of [3, 5, 20]) expect(few).toContain(slopeDistance(few, sensitivity));
  });
});

describe("percentile", () => {
  test("chooses the smallest distance at 100 and the largest at 0", () => {
    expect(percentileDistance(hundred, 100)).toBe(0.01);
    expect(percentileDistance(hundred, 0)).toBe(1);
  });
});

test("ignores distances of zero", () => {
  expect([...sortedNonZero(Float64Array.of(0.3, 0, 0.1, 0, 0.2))]).toEqual([0.1, 0.2, 0.3]);
});

test.each(["slope", "percentile:98.5"])(
  "%s accepts only identical images if there are any",
  (text) => {
    const none = sortedNonZero(new Float64Array(50));
    const comparison = resolveThreshold(parseThreshold(text), none);
    expect(comparison.report.distance).toBe(0);
    const pairs = pairsOf([
      { a: 0, b: 1, similarity: 1, distance: 0 },
      { a: 0, b: 2, similarity: 0.99 },
    ]);
    expect([...acceptPairs(pairs, comparison)]).toEqual([1, 0]);
  },
);
