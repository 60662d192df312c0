import { describe, expect, test } from "vitest";
import {
  nearness,
  pairConfidence,
} from "../../../../src-main/engine/scan/confidence/confidence.ts";
import { loadModel } from "../../../../src-main/engine/scan/embed/manifest.ts";

const { manifest } = await loadModel();
const calibration = manifest.calibration?.embedding;
if (!calibration) throw new Error("The model has no calibration");

/** A pair with a given similarity in a neighborhood of a given density. */
const confidence = (similarity: number, density: number, score: number, explained = true) =>
  pairConfidence(calibration, {
    similarity,
    densityA: density,
    densityB: 0,
    kind: explained ? "resized" : "similar",
    score,
  });

describe("the confidence of a pair", () => {
  test("is high for a copy among many similar images", () => {
    expect(confidence(0.9997, 0.93, 1)).toBeGreaterThan(0.9);
  });

  test("is low for one of many similar images whose pixels disagree", () => {
    expect(confidence(0.96, 0.93, 0.3, false)).toBeLessThan(0.1);
  });

  test("falls with the density around the pair and rises with everything else", () => {
    expect(confidence(0.9, 0.5, 0.8)).toBeGreaterThan(confidence(0.9, 0.8, 0.8));
    expect(confidence(0.95, 0.8, 0.8)).toBeGreaterThan(confidence(0.9, 0.8, 0.8));
    expect(confidence(0.9, 0.8, 0.9)).toBeGreaterThan(confidence(0.9, 0.8, 0.8));
  });
});

test("nearness is 0 for a pair no nearer than its neighborhood, and finite for identical images", () => {
  expect(nearness(0.8, 0.8)).toBe(0);
  expect(nearness(0.9, 0.8)).toBeGreaterThan(0);
  expect(Number.isFinite(nearness(1.0000001, 0.99))).toBe(true);
});
