import { expect, test } from "vitest";
import { measureText, thresholdMeasure } from "../../../src-main/text/measures.ts";

const pair = { confidence: 0.9994, similarity: 0.9871, distance: 0.1606 };

test("a pair shows the measure of the threshold, with its name", () => {
  expect(measureText(pair, "confidence", true)).toBe("99.9\u00a0% sure");
  expect(measureText(pair, "cosine", true)).toBe("cosine 0.987");
  expect(measureText(pair, "distance", true)).toBe("distance 0.161");
});

test("only an exact 1 is entirely sure", () => {
  expect(measureText({ ...pair, confidence: 1 }, "confidence", true)).toBe("100\u00a0% sure");
  expect(measureText({ ...pair, confidence: 0.99999 }, "confidence", true)).toBe(
    "99.9\u00a0% sure",
  );
});

test("next to nothing is under 1 %", () => {
  expect(measureText({ ...pair, confidence: 0.0004 }, "confidence", true)).toBe(
    "under 1\u00a0% sure",
  );
});

test("an uncalibrated confidence is a score, and an unknown one gives way to the cosine", () => {
  expect(measureText(pair, "confidence", false)).toBe("score 0.999");
  expect(measureText({ ...pair, confidence: null }, "confidence", true)).toBe("cosine 0.987");
});

test("DNIKit's strategies measure a distance, and the automatic threshold a confidence", () => {
  expect(thresholdMeasure({ strategy: "auto" })).toBe("confidence");
  expect(thresholdMeasure({ strategy: "cosine" })).toBe("cosine");
  expect(thresholdMeasure({ strategy: "slope" })).toBe("distance");
  expect(thresholdMeasure({ strategy: "percentile" })).toBe("distance");
});
