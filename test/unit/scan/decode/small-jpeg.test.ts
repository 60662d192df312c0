import sharp, { type Sharp } from "sharp";
import { describe, expect, test, vi } from "vitest";
import { drawSvg } from "../../../../src-main/engine/demo/draw.ts";
import { decodeImage } from "../../../../src-main/engine/scan/decode/decode.ts";
import {
  openShrinker,
  type ShrinkJob,
  shrinkSmallJpeg,
} from "../../../../src-main/engine/scan/decode/small-jpeg.ts";
import { UnreadableImageError } from "../../../../src-main/engine/scan/decode/unreadable-image-error.ts";

const INPUT = { width: 112, height: 112, anySize: true };

function drawing(seed: number, width = 500, height = 400): Sharp {
  const svg = Buffer.from(drawSvg({ subject: "still-life", seed }));
  return sharp(svg).flatten().resize(width, height, { fit: "fill" });
}

/** Decodes an image as a scan does. @returns also whether libjpeg-turbo decoded it, and the pixels that sharp gives */
async function decoded(bytes: Buffer) {
  const shrinkJpeg = vi.fn(shrinkSmallJpeg);
  const image = await decodeImage(bytes, INPUT, shrinkJpeg);
  const { pixels } = await decodeImage(bytes, INPUT, () => null);
  return {
    image,
    small: shrinkJpeg.mock.results.some(({ value }) => value !== null),
    bySharp: pixels,
  };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

describe("a small JPEG", () => {
  test.each([
    ["in color", () => drawing(1).jpeg()],
    ["without subsampled colors", () => drawing(2).jpeg({ chromaSubsampling: "4:4:4" })],
    ["in grayscale", () => drawing(3).grayscale().jpeg()],
    ["with odd sides", () => drawing(4, 333, 113).jpeg()],
  ])("%s has about the same pixels as from sharp", async (_, make) => {
    const { image, small, bySharp } = await decoded(await make().toBuffer());
    expect(small).toBe(true);
    expect(image).toMatchObject({ format: "jpeg", inputWidth: 112, inputHeight: 112 });
    expect(meanDifference(image.pixels, bySharp)).toBeLessThan(3);
  });

  test("has about the same pixels as a PNG made from it", async () => {
    const jpeg = await drawing(5).jpeg({ quality: 95 }).toBuffer();
    const png = await sharp(jpeg).png().toBuffer();
    const [a, b] = [await decodeImage(jpeg, INPUT), await decodeImage(png, INPUT)];
    expect(meanDifference(a.pixels, b.pixels)).toBeLessThan(1.5);
  });

  test("has the same pixels when decoded on worker threads", async () => {
    const jobs: ShrinkJob[] = await Promise.all(
      Array.from({ length: 12 }, async (_, seed) => ({
        bytes: await drawing(seed, 300, 200 + seed)
          .jpeg()
          .toBuffer(),
        width: 300,
        height: 200 + seed,
        toWidth: 112,
        toHeight: 112,
      })),
    );
    await using shrinker = openShrinker(2);
    const results = await Promise.all(jobs.map((job) => shrinker.run(job)));
    expect(results).toEqual(jobs.map(shrinkSmallJpeg));
  });
});

describe("sharp decodes", () => {
  test.each([
    ["an image of the input size", () => drawing(1, 112, 112).jpeg()],
    ["an image that would grow on one side", () => drawing(1, 400, 100).jpeg()],
    [
      "an image large enough to be decoded faster at reduced size",
      () => drawing(1, 1200, 900).jpeg(),
    ],
    ["a progressive JPEG", () => drawing(1).jpeg({ progressive: true })],
    ["a JPEG with a color profile", () => drawing(1).withIccProfile("p3").jpeg()],
    ["a JPEG with an EXIF rotation", () => drawing(1).withMetadata({ orientation: 6 }).jpeg()],
    ["any other format", () => drawing(1).png()],
  ])("%s", async (_, make) => {
    const { image, small, bySharp } = await decoded(await make().toBuffer());
    expect(small).toBe(false);
    expect(image.pixels).toEqual(bySharp);
  });

  test("a JPEG with extra bytes that viewers ignore", async () => {
    const bytes = await drawing(1).jpeg().toBuffer();
    const flawed = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(5), bytes.subarray(-2)]);
    const { image, small, bySharp } = await decoded(flawed);
    expect(small).toBe(false);
    expect(image.pixels).toEqual(bySharp);
  });

  test("a truncated JPEG, which it rejects", async () => {
    const bytes = await drawing(1).jpeg().toBuffer();
    for (const length of [bytes.length / 2, bytes.length - 100])
      await expect(decodeImage(bytes.subarray(0, length), INPUT)).rejects.toThrow(
        UnreadableImageError,
      );
  });
});
