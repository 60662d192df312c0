import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  bytesText,
  countOf,
  limitText,
  percentText,
  roundFigure,
  scoreText,
} from "../../../src-main/text/figures.ts";

const plain = (text: string) => text.replaceAll("\u00a0", " ");

describe("figures for people", () => {
  test("show shares in percent", () => {
    expect(plain(percentText(321, 10_000))).toBe("3.2 %");
    expect(plain(percentText(1, 8000))).toBe("0.013 %");
    expect(plain(percentText(0, 10))).toBe("0 %");
    expect(plain(percentText(10, 10))).toBe("100 %");
    expect(plain(percentText(0, 0))).toBe("0 %");
  });

  test("never round a small share to none or a large one to all", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10_000_000 }), (whole) => {
        expect(percentText(1, whole)).not.toBe(percentText(0, whole));
        expect(percentText(whole - 1, whole)).not.toBe(percentText(whole, whole));
      }),
    );
  });

  test("show scores with three decimals, and only an exact 1 as 1", () => {
    expect([0.9871, 0.95, 0.99999, 1, -0.5].map(scoreText)).toEqual([
      "0.987",
      "0.950",
      "0.999",
      "1.000",
      "-0.500",
    ]);
  });

  test("show thresholds as they were given", () => {
    expect([0.9, 0.93, 0.931, 0.12345, 2].map(limitText)).toEqual([
      "0.90",
      "0.93",
      "0.931",
      "0.1235",
      "2.00",
    ]);
  });

  test("show counts with their noun and sizes with their unit", () => {
    expect(plain(countOf(1, "image"))).toBe("1 image");
    expect(plain(countOf(12_345, "class", "classes"))).toBe("12,345 classes");
    expect([999, 1000, 81_234, 2_500_000].map((n) => plain(bytesText(n)))).toEqual([
      "999 B",
      "1.0 kB",
      "81 kB",
      "2.5 MB",
    ]);
  });
});

describe("a rounded figure", () => {
  test("is within half a unit of the sixth decimal, and rounding it again changes nothing", () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        const rounded = roundFigure(x);
        expect(Math.abs(rounded - x)).toBeLessThanOrEqual(0.5e-6 + 1e-9);
        expect(roundFigure(rounded)).toBe(rounded);
        expect(Object.is(rounded, -0)).toBe(false);
      }),
    );
  });

  test("must be finite", () => {
    for (const x of [Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => roundFigure(x)).toThrow(RangeError);
    }
  });
});
