import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { imbalanceOf } from "../../../src-main/engine/analysis/figures/imbalance.ts";

/** Images per class. */
const counts = fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 2, maxLength: 50 });

describe("the imbalance of classes", () => {
  test("matches known shares", () => {
    expect(imbalanceOf([10, 10, 10, 10])).toEqual({ ratio: 1, entropy: 1 });
    // Shares of 1/2, 1/4 and 1/4 have an entropy of 1.5 bits out of at most log2 3.
    expect(imbalanceOf([200, 100, 100])).toEqual({ ratio: 2, entropy: 0.946395 });
    expect(imbalanceOf([999, 1])).toEqual({ ratio: 999, entropy: 0.011408 });
  });

  test("has no figures for fewer than two classes or no images, and no ratio for an empty class", () => {
    for (const none of [[], [7], [0, 0]]) {
      expect(imbalanceOf(none)).toEqual({ ratio: null, entropy: null });
    }
    expect(imbalanceOf([5, 5, 0])).toEqual({ ratio: null, entropy: 0.63093 });
  });

  test("does not depend on order or scale, stays in its range, and is 1 only for equal classes", () => {
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 9 }), (images, factor) => {
        const { ratio, entropy } = imbalanceOf(images);
        expect(ratio).toBeGreaterThanOrEqual(1);
        expect(entropy).toBeGreaterThan(0);
        expect(entropy).toBeLessThanOrEqual(1);
        const scaled = imbalanceOf(images.toReversed().map((count) => count * factor));
        expect(scaled.ratio).toBe(ratio);
        expect(scaled.entropy).toBeCloseTo(entropy ?? 0, 5);
        if (new Set(images).size === 1)
          expect({ ratio, entropy }).toEqual({ ratio: 1, entropy: 1 });
      }),
    );
  });
});
