import fc from "fast-check";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { seededRandom } from "../../../../src-main/engine/demo/seeded-random.ts";
import { isPlainJpeg } from "../../../../src-main/engine/scan/decode/plain-jpeg.ts";

const WIDTH = 40;
const HEIGHT = 30;
const random = seededRandom(1);
const pixels = Buffer.from(Array.from({ length: WIDTH * HEIGHT * 3 }, () => random.whole(0, 255)));
const picture = () => sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } });

describe("a JPEG is plain", () => {
  test.each([
    ["with subsampled colors", () => picture().jpeg()],
    ["without subsampled colors", () => picture().jpeg({ chromaSubsampling: "4:4:4" })],
    ["in grayscale", () => picture().grayscale().jpeg()],
    [
      "with EXIF",
      () =>
        picture()
          .jpeg()
          .withExif({ IFD0: { Copyright: "me" } }),
    ],
  ])("%s", async (_, make) => {
    expect(isPlainJpeg(await make().toBuffer())).toBe(true);
  });
});

describe("a JPEG is not plain", () => {
  test.each([
    ["when it is progressive", () => picture().jpeg({ progressive: true })],
    ["in CMYK", () => picture().toColourspace("cmyk").jpeg()],
    ["with a color profile", () => picture().withIccProfile("p3").jpeg()],
  ])("%s", async (_, make) => {
    expect(isPlainJpeg(await make().toBuffer())).toBe(false);
  });

  let plain: Buffer;
  beforeAll(async () => {
    plain = await picture().jpeg().toBuffer();
  });
  const scanOf = (bytes: Buffer) => bytes.indexOf(Buffer.from([0xff, 0xda]));

  test("with more than one scan", () => {
    const another = plain.subarray(scanOf(plain), -2);
    expect(isPlainJpeg(Buffer.concat([plain.subarray(0, -2), another, plain.subarray(-2)]))).toBe(
      false,
    );
  });

  test("when its only scan lacks a channel", () => {
    const bytes = Buffer.from(plain);
    bytes[scanOf(bytes) + 4] = 1;
    expect(isPlainJpeg(bytes)).toBe(false);
  });

  test("when another image follows it", () => {
    expect(isPlainJpeg(Buffer.concat([plain, plain]))).toBe(false);
  });

  test("when its header is cut off", () => {
    for (let end = 0; end < scanOf(plain); end++)
      expect(isPlainJpeg(plain.subarray(0, end)), `${end} bytes`).toBe(false);
  });

  test("when it contains random bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(isPlainJpeg(Buffer.from([0xff, 0xd8, 0xff, ...bytes]))).toBe(false);
      }),
    );
  });
});
