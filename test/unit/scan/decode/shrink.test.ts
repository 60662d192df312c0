import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src-main/engine/demo/seeded-random.ts";
import { shrink } from "../../../../src-main/engine/scan/decode/shrink.ts";
import { SOURCE_SHA256 } from "../../../../src-main/engine/scan/decode/shrink-kernel.ts";

/** The triangle filter by its definition: for each output pixel of one axis, the input pixels and their weights. */
function windows(pixels: number, to: number): { pixel: number; share: number }[][] {
  const step = pixels / to;
  return Array.from({ length: to }, (_, cell) => {
    const center = (cell + 0.5) * step - 0.5;
    const taps = Array.from({ length: pixels }, (_, pixel) => ({
      pixel,
      share: Math.max(0, 1 - Math.abs(pixel - center) / step),
    })).filter(({ share }) => share > 0);
    const total = taps.reduce((sum, { share }) => sum + share, 0);
    return taps.map(({ pixel, share }) => ({ pixel, share: share / total }));
  });
}

function shrunkByDefinition(
  rgb: Uint8Array,
  [width, height]: readonly [number, number],
  [toWidth, toHeight]: readonly [number, number],
): number[] {
  const columns = windows(width, toWidth);
  return windows(height, toHeight).flatMap((lines) =>
    columns.flatMap((pixels) =>
      [0, 1, 2].map((channel) => {
        let sum = 0;
        for (const line of lines)
          for (const { pixel, share } of pixels)
            sum += line.share * share * (rgb[(line.pixel * width + pixel) * 3 + channel] ?? 0);
        return sum;
      }),
    ),
  );
}

function noise(width: number, height: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: width * height * 3 }, () => random.whole(0, 255));
}

const side = fc.integer({ min: 1, max: 70 });
/** A size, and a second size that is no larger on either side. */
const sizes = fc
  .tuple(side, side)
  .chain(([width, height]) =>
    fc.tuple(
      fc.constant([width, height] as const),
      fc.tuple(fc.integer({ min: 1, max: width }), fc.integer({ min: 1, max: height })),
    ),
  );

describe("shrinking", () => {
  test("matches the triangle filter within the rounding of its weights", () => {
    fc.assert(
      fc.property(sizes, fc.nat(1000), ([from, to], seed) => {
        const rgb = noise(...from, seed);
        const shrunk = shrink(rgb, ...from, ...to);
        const expected = shrunkByDefinition(rgb, from, to);
        expect(shrunk).toHaveLength(expected.length);
        // Row weights are rounded to 1/256, so the error on noise grows with the square root of their number (5 sigma, plus the final rounding).
        const bound = 1 + 0.85 * Math.sqrt(from[1] / to[1]);
        for (const [at, value] of expected.entries())
          expect(Math.abs((shrunk[at] ?? -1) - value)).toBeLessThan(bound);
      }),
      { numRuns: 60 },
    );
  });

  test("is off by no more than rounding on average", () => {
    const [from, to] = [[300, 211] as const, [112, 112] as const];
    const rgb = noise(...from, 1);
    const shrunk = shrink(rgb, ...from, ...to);
    const off = shrunkByDefinition(rgb, from, to).map((value, at) =>
      Math.abs((shrunk[at] ?? -1) - value),
    );
    expect(off.reduce((sum, value) => sum + value, 0) / off.length).toBeLessThan(0.35);
  });

  test("keeps a uniform color exactly", () => {
    fc.assert(
      fc.property(sizes, fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255)), ([from, to], color) => {
        const rgb = Uint8Array.from({ length: from[0] * from[1] * 3 }, (_, i) => color[i % 3] ?? 0);
        const shrunk = shrink(rgb, ...from, ...to);
        expect(shrunk.every((value, i) => value === color[i % 3])).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  test("returns the same pixels at the same size", () => {
    const rgb = noise(41, 23, 2);
    expect(shrink(rgb, 41, 23, 41, 23)).toEqual(rgb);
  });

  test("does not depend on earlier images", () => {
    const small = noise(50, 40, 3);
    const first = shrink(small, 50, 40, 20, 20);
    shrink(noise(900, 700, 4), 900, 700, 112, 112);
    expect(shrink(small, 50, 40, 20, 20)).toEqual(first);
  });

  test("rejects a larger target size and a wrong number of bytes", () => {
    const rgb = noise(10, 10, 5);
    expect(() => shrink(rgb, 10, 10, 11, 5)).toThrow("Expected a size of at most 10x10");
    expect(() => shrink(rgb, 10, 10, 5, 0)).toThrow("received 5x0");
    expect(() => shrink(rgb, 10, 9, 5, 5)).toThrow(
      "Expected 270 bytes for 10x9 RGB but received 300",
    );
  });
});

test("the compiled kernel matches its source", () => {
  const source = readFileSync(new URL("../../../../kernels/shrink.ts", import.meta.url));
  expect(createHash("sha256").update(source).digest("hex")).toBe(SOURCE_SHA256);
});
