import { expect, test } from "vitest";
import {
  barsOf,
  limitOf,
  measureOf,
  shareOf,
  thresholdAt,
  valueAt,
} from "../../../src-renderer/ui/threshold-bar/scale.ts";

test("a value and its place along the histogram belong together", () => {
  const range = { from: 0.7, to: 1 };
  expect(valueAt(shareOf(0.93, range), range)).toBeCloseTo(0.93);
  expect(shareOf(2, range)).toBe(1);
});

test("keeps thresholds within what they can mean, in figures that read well", () => {
  const confidence = measureOf({ strategy: "auto" });
  expect(thresholdAt(confidence, 0.1 + 0.2)).toEqual({ strategy: "confidence", confidence: 0.3 });
  expect(thresholdAt(confidence, 1.4)).toEqual({ strategy: "confidence", confidence: 1 });
  const distance = measureOf({ strategy: "slope", sensitivity: 5 });
  expect(thresholdAt(distance, -1)).toEqual({ strategy: "distance", distance: 0 });
});

test("an automatic threshold has no figure until the engine has said it", () => {
  expect(limitOf({ strategy: "auto" }, null)).toBeNull();
  expect(limitOf({ strategy: "auto" }, { strategy: "auto", confidence: 0.9 })).toBe(0.9);
  expect(limitOf({ strategy: "cosine", cosine: 0.93 }, null)).toBe(0.93);
});

test("few pairs can be seen beside many, and empty bins draw nothing", () => {
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
