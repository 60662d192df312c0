import { expect, test } from "vitest";
import type { PairHistogram } from "../../../src-main/contract/cut.ts";
import type { Threshold } from "../../../src-main/contract/threshold.ts";
import {
  barsOf,
  equivalentLimit,
  limitOf,
  MEASURES,
  type Measure,
  measureOf,
  shareOf,
  thresholdAccepting,
  thresholdAt,
  valueAt,
} from "../../../src-renderer/ui/threshold-bar/scale.ts";

test("a value and its position along the histogram are inverse", () => {
  const range = { from: 0.7, to: 1 };
  expect(valueAt(shareOf(0.93, range), range)).toBeCloseTo(0.93);
  expect(shareOf(2, range)).toBe(1);
});

test("thresholds stay in their range and are rounded to four decimals", () => {
  const confidence = measureOf({ strategy: "auto" });
  expect(thresholdAt(confidence, 0.1 + 0.2)).toEqual({ strategy: "confidence", confidence: 0.3 });
  expect(thresholdAt(confidence, 1.4)).toEqual({ strategy: "confidence", confidence: 1 });
  const distance = measureOf({ strategy: "slope", sensitivity: 5 });
  expect(thresholdAt(distance, -1)).toEqual({ strategy: "distance", distance: 0 });
});

test("a threshold for a pair accepts it in every measure", () => {
  const pair = { confidence: 0.42, similarity: 0.87, distance: 0.51 };
  for (const measure of MEASURES) {
    const limit = limitOf(thresholdAccepting(measure, pair), null) as number;
    const value = pair[measure.column];
    expect(measure.accepts === "above" ? value - limit : limit - value).toBeGreaterThan(0);
    expect(limit).toBeCloseTo(value, 3);
  }
});

test("an automatic threshold has no value until the engine reports one", () => {
  expect(limitOf({ strategy: "auto" }, null)).toBeNull();
  expect(limitOf({ strategy: "auto" }, { strategy: "auto", confidence: 0.9 })).toBe(0.9);
  expect(limitOf({ strategy: "cosine", cosine: 0.93 }, null)).toBe(0.93);
});

test("few pairs are visible next to many, and empty bins have no bar", () => {
  const bars = barsOf({
    column: "confidence",
    from: 0,
    to: 1,
    within: [100_000, 0, 1],
    across: [0, 0, 1],
  });
  expect(bars).toHaveLength(2);
  expect(bars[0]).toMatchObject({ within: 100, across: 0 });
  const last = bars[1];
  expect((last?.within ?? 0) + (last?.across ?? 0)).toBeGreaterThan(7);
  expect(last?.within).toBeCloseTo(last?.across ?? 0);
});

test("another measure takes over at the value that accepts as many pairs", () => {
  const [confidence, distance] = [
    { strategy: "auto" },
    { strategy: "distance", distance: 0.1 },
  ].map((threshold) => measureOf(threshold as Threshold)) as [Measure, Measure];
  const byConfidence: PairHistogram = {
    column: "confidence",
    from: 0,
    to: 1,
    within: [50, 7, 2, 3],
    across: [0, 1, 0, 1],
  };
  const byDistance: PairHistogram = {
    column: "distance",
    from: 0,
    to: 2,
    within: [4, 0, 2, 60],
    across: [0, 0, 0, 0],
  };
  // Confidences from 0.5 accept 2 + 4 pairs, as do distances up to the end of the third bin.
  expect(equivalentLimit(byConfidence, confidence, 0.5, byDistance, distance)).toBe(1.5);
  expect(equivalentLimit(byDistance, distance, 0.5, byConfidence, confidence)).toBe(0.75);
});
