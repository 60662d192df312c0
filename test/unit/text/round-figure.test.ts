import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { float32Text } from "../../../src-main/engine/output/float32-text.ts";
import { roundFigure } from "../../../src-main/text/round-figure.ts";

describe("a rounded figure", () => {
  it("is within half a unit of the sixth decimal, and rounding it again changes nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        const rounded = roundFigure(x);
        expect(Math.abs(rounded - x)).toBeLessThanOrEqual(0.5e-6 + 1e-9);
        expect(roundFigure(rounded)).toBe(rounded);
        expect(Object.is(rounded, -0)).toBe(false);
      }),
    );
  });

  it("must be finite", () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => roundFigure(x)).toThrow(RangeError);
    }
  });
});

describe("a float32 as text", () => {
  it("reads back to the very same float32", () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (x) => {
        expect(Math.fround(Number(float32Text(x)))).toBe(x === 0 ? 0 : x);
      }),
    );
  });
});
