import { describe, expect, test } from "vitest";
import {
  nearness,
  pairConfidence,
} from "../../../../src-main/engine/scan/confidence/confidence.ts";
import { loadModel } from "../../../../src-main/engine/scan/embed/manifest.ts";

const { manifest } = await loadModel();
const calibration = manifest.calibration?.embedding;
if (!calibration) throw new Error("The model has no calibration");

/** A pair as similar as told in a neighborhood as dense as told. */
const confidence = (similarity: number, density: number, score: number, explained = true) =>
  pairConfidence(calibration, {
    similarity,
    densityA: density,
    densityB: 0,
    kind: explained ? "resized" : "similar",
    score,
  });

describe("the confidence of a pair", () => {
  test("is high for a copy that lies among many alike", () => {
    expect(confidence(0.9997, 0.93, 1)).toBeGreaterThan(0.9);
  });

  test("is low for one of many alike whose pixels don't agree", () => {
    expect(confidence(0.96, 0.93, 0.3, false)).toBeLessThan(0.1);
  });

  test("falls with the density around the pair, and rises with all else", () => {
    expect(confidence(0.9, 0.5, 0.8)).toBeGreaterThan(confidence(0.9, 0.8, 0.8));
    expect(confidence(0.95, 0.8, 0.8)).toBeGreaterThan(confidence(0.9, 0.8, 0.8));
    expect(confidence(0.9, 0.8, 0.9)).toBeGreaterThan(confidence(0.9, 0.8, 0.8));
  });
});

test("nearness is 0 for a pair no nearer than those around it, and finite for equal ones", () => {
  expect(nearness(0.8, 0.8)).toBe(0);
  expect(nearness(0.9, 0.8)).toBeGreaterThan(0);
  expect(Number.isFinite(nearness(1.0000001, 0.99))).toBe(true);
});
