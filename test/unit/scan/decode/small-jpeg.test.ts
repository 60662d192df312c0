import sharp, { type Sharp } from "sharp";
import { describe, expect, it, vi } from "vitest";
import { drawSvg } from "../../../../src-main/engine/demo/draw.ts";
import {
  decodeImage,
  UnreadableImageError,
} from "../../../../src-main/engine/scan/decode/decode.ts";
import {
  openShrinker,
  type ShrinkJob,
  shrinkSmallJpeg,
} from "../../../../src-main/engine/scan/decode/small-jpeg.ts";

const INPUT = { width: 112, height: 112, anySize: true };

function drawing(seed: number, width = 500, height = 400): Sharp {
  const svg = Buffer.from(drawSvg({ subject: "still-life", seed }));
  return sharp(svg).flatten().resize(width, height, { fit: "fill" });
}

/** Decodes a picture as a scan does. @returns also whether it was taken for a small JPEG, and its pixels by no way but sharp's */
async function decoded(bytes: Buffer) {
  const way = vi.fn(shrinkSmallJpeg);
  const image = await decodeImage(bytes, INPUT, way);
  const { pixels } = await decodeImage(bytes, INPUT, () => null);
  return { image, small: way.mock.results.some(({ value }) => value !== null), bySharp: pixels };
}

function meanDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((sum, value, at) => sum + Math.abs(value - (b[at] ?? 0)), 0) / a.length;
}

describe("a small JPEG", () => {
  it.each([
    ["in color", () => drawing(1).jpeg()],
    ["without subsampled colors", () => drawing(2).jpeg({ chromaSubsampling: "4:4:4" })],
    ["in gray", () => drawing(3).grayscale().jpeg()],
    ["with odd sides", () => drawing(4, 333, 113).jpeg()],
  ])("%s looks as it does by way of sharp", async (_, make) => {
    const { image, small, bySharp } = await decoded(await make().toBuffer());
    expect(small).toBe(true);
    expect(image).toMatchObject({ format: "jpeg", inputWidth: 112, inputHeight: 112 });
    expect(meanDifference(image.pixels, bySharp)).toBeLessThan(3);
  });

  it("looks as the PNG does that was made of it", async () => {
    const jpeg = await drawing(5).jpeg({ quality: 95 }).toBuffer();
    const png = await sharp(jpeg).png().toBuffer();
    const [a, b] = [await decodeImage(jpeg, INPUT), await decodeImage(png, INPUT)];
    expect(meanDifference(a.pixels, b.pixels)).toBeLessThan(1.5);
  });

  it("answers the same on threads of their own", async () => {
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
    const answers = await Promise.all(jobs.map((job) => shrinker.run(job)));
    expect(answers).toEqual(jobs.map(shrinkSmallJpeg));
  });
});

describe("sharp decodes", () => {
  it.each([
    ["a picture that does not shrink", () => drawing(1, 112, 112).jpeg()],
    ["one that would grow on one side", () => drawing(1, 400, 100).jpeg()],
    [
      "one so large that it decodes to a part of its size faster",
      () => drawing(1, 1200, 900).jpeg(),
    ],
    ["a progressive JPEG", () => drawing(1).jpeg({ progressive: true })],
    ["a JPEG with colors of its own", () => drawing(1).withIccProfile("p3").jpeg()],
    ["a JPEG that stands on its side", () => drawing(1).withMetadata({ orientation: 6 }).jpeg()],
    ["any other format", () => drawing(1).png()],
  ])("%s", async (_, make) => {
    const { image, small, bySharp } = await decoded(await make().toBuffer());
    expect(small).toBe(false);
    expect(image.pixels).toEqual(bySharp);
  });

  it("a JPEG with a flaw that viewers pass over", async () => {
    const bytes = await drawing(1).jpeg().toBuffer();
    const flawed = Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(5), bytes.subarray(-2)]);
    const { image, small, bySharp } = await decoded(flawed);
    expect(small).toBe(false);
    expect(image.pixels).toEqual(bySharp);
  });

  it("a JPEG that breaks off, which it refuses", async () => {
    const bytes = await drawing(1).jpeg().toBuffer();
    for (const length of [bytes.length / 2, bytes.length - 100])
      await expect(decodeImage(bytes.subarray(0, length), INPUT)).rejects.toThrow(
        UnreadableImageError,
      );
  });
});
