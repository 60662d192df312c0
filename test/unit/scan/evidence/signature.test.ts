import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  asSignature,
  makeSignature,
  SIGNATURE_BYTES,
  SIGNATURE_LAYOUT,
} from "../../../../src-main/engine/scan/evidence/signature.ts";

function plain(width: number, height: number, color: readonly [number, number, number]) {
  return Uint8Array.from({ length: width * height * 3 }, (_, i) => color[i % 3] ?? 0);
}

describe("makeSignature", () => {
  test("is about 1.2 KB for a picture of any size", () => {
    for (const [width, height] of [
      [1, 1],
      [20, 7],
      [32, 32],
      [33, 31],
      [128, 128],
      [224, 3],
    ] as const)
      expect(makeSignature(plain(width, height, [9, 9, 9]), width, height)).toHaveLength(1152);
  });

  test("keeps a plain picture's luminance in every cell, for any size", () => {
    const side = fc.integer({ min: 1, max: 140 });
    fc.assert(
      fc.property(side, side, fc.integer({ min: 0, max: 255 }), (width, height, gray) => {
        const signature = makeSignature(plain(width, height, [gray, gray, gray]), width, height);
        expect([...new Set(signature.subarray(0, SIGNATURE_LAYOUT.blueChroma))]).toEqual([gray]);
        expect([...new Set(signature.subarray(SIGNATURE_LAYOUT.blueChroma))]).toEqual([128]);
      }),
      { numRuns: 60 },
    );
  });

  test("uses JPEG's luminance and chroma", () => {
    // ITU-R BT.601, full range: red is Y 76, Cb 85, Cr 255.
    const red = makeSignature(plain(16, 16, [255, 0, 0]), 16, 16);
    expect(red[0]).toBe(76);
    expect(red[SIGNATURE_LAYOUT.blueChroma]).toBeCloseTo(85, -0.5);
    expect(red[SIGNATURE_LAYOUT.redChroma]).toBeGreaterThanOrEqual(254);
  });

  test("averages the pixels of each cell", () => {
    const checkers = Uint8Array.from({ length: 128 * 128 * 3 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return ((pixel % 128) + Math.floor(pixel / 128)) % 2 ? 200 : 100;
    });
    expect(new Set(makeSignature(checkers, 128, 128).subarray(0, 1024))).toEqual(new Set([150]));
  });

  test("computes the same cells by blocks and by weights", () => {
    // 96 rows and columns divide into cells, 97 columns do not; the last column repeats its neighbor.
    const value = (x: number, y: number) =>
      Math.round(127 + 90 * Math.sin(x / 9) * Math.cos(y / 7));
    const draw = (width: number) =>
      Uint8Array.from({ length: width * 96 * 3 }, (_, i) => {
        const pixel = Math.floor(i / 3);
        return value(((pixel % width) * 96) / width, Math.floor(pixel / width));
      });
    const even = makeSignature(draw(96), 96, 96);
    const odd = makeSignature(draw(97), 97, 96);
    for (let i = 0; i < 1024; i++) expect(Math.abs((even[i] ?? 0) - (odd[i] ?? 0))).toBeLessThan(6);
  });

  test("rejects pixels that do not match the sides", () => {
    expect(() => makeSignature(new Uint8Array(10), 2, 2)).toThrow("Expected 12 bytes for 2x2 RGB");
    expect(() => makeSignature(new Uint8Array(0), 0, 4)).toThrow("Expected positive whole sides");
  });
});

describe("asSignature", () => {
  test("accepts stored bytes and rejects others", () => {
    const signature = makeSignature(plain(8, 8, [1, 2, 3]), 8, 8);
    expect(asSignature(new Uint8Array(signature))).toEqual(signature);
    expect(() => asSignature(new Uint8Array(7))).toThrow(`${SIGNATURE_BYTES} bytes`);
  });
});
