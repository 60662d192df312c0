import { readFileSync } from "node:fs";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { decodeAllPixels, decodeImage } from "../../src-main/engine/scan/decode/decode.ts";
import { folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { animatedPng, bitmap, labTiff, type Painter } from "../support/handmade-images.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const WIDTH = 120;
const HEIGHT = 80;
type Color = readonly [number, number, number];
const GREEN: Color = [0x33, 0xaa, 0x77];
const RED: Color = [0xee, 0x44, 0x44];
const BLUE: Color = [0x22, 0x44, 0x88];

/** A red circle at (30, 30), radius 20, and a blue rectangle from (70, 40) to (110, 70), on green. */
function drawing(): Sharp {
  const [green, red, blue] = [GREEN, RED, BLUE].map((color) => `rgb(${color.join(",")})`);
  return sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">
         <rect width="100%" height="100%" fill="${green}"/><circle cx="30" cy="30" r="20" fill="${red}"/>
         <rect x="70" y="40" width="40" height="30" fill="${blue}"/></svg>`,
    ),
  ).removeAlpha();
}

const paint: Painter = (x, y) => {
  if ((x - 30) ** 2 + (y - 30) ** 2 < 400) return RED;
  return x >= 70 && x < 110 && y >= 40 && y < 70 ? BLUE : GREEN;
};
const black: Painter = () => [0, 0, 0];

/** The image decoded at full size. */
async function decoded(bytes: Buffer) {
  const { format, width, height } = await decodeImage(bytes, {
    width: 224,
    height: 224,
    anySize: true,
  });
  const pixels = await decodeAllPixels(bytes);
  expect(pixels).toHaveLength(width * height * 3);
  const at = (x: number, y: number) =>
    Array.from(pixels.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));
  return { format, width, height, at };
}

function expectColor(actual: number[], [r, g, b]: Color, tolerance: number) {
  const off = Math.max(...[r, g, b].map((value, i) => Math.abs(value - (actual[i] ?? -999))));
  expect(off, `${actual} is not ${[r, g, b]}`).toBeLessThanOrEqual(tolerance);
}

/** Expects the drawing in full color, upright. */
async function expectDrawing(bytes: Buffer, format: string, tolerance: number) {
  const image = await decoded(bytes);
  expect(image).toMatchObject({ format, width: WIDTH, height: HEIGHT });
  expectColor(image.at(3, 3), GREEN, tolerance);
  expectColor(image.at(30, 30), RED, tolerance);
  expectColor(image.at(90, 55), BLUE, tolerance);
}

/** An animation's frames or a document's pages: the drawing, then its negative. */
async function drawingAndNegative(): Promise<Sharp> {
  const frames = [
    await drawing().png().toBuffer(),
    await drawing().negate({ alpha: false }).png().toBuffer(),
  ];
  return sharp(frames, { join: { animated: true } });
}

describe("an image is decoded", () => {
  test.each([
    ["a baseline JPEG", "jpeg", () => drawing().jpeg(), 6],
    ["a progressive JPEG", "jpeg", () => drawing().jpeg({ progressive: true }), 6],
    ["a PNG", "png", () => drawing().png(), 0],
    ["an interlaced PNG", "png", () => drawing().png({ progressive: true }), 0],
    ["a PNG with a palette", "png", () => drawing().png({ palette: true }), 4],
    ["a PNG with 16 bits per channel", "png", () => drawing().toColourspace("rgb16").png(), 1],
    ["a lossy WebP", "webp", () => drawing().webp({ quality: 90 }), 12],
    ["a lossless WebP", "webp", () => drawing().webp({ lossless: true }), 0],
    ["an AVIF", "avif", () => drawing().avif({ quality: 80 }), 8],
    ["a GIF", "gif", () => drawing().gif(), 4],
    ["a TIFF with LZW compression", "tiff", () => drawing().tiff({ compression: "lzw" }), 0],
    [
      "a TIFF with 16 bits per channel",
      "tiff",
      () => drawing().toColourspace("rgb16").tiff({ compression: "lzw" }),
      1,
    ],
    ["a tiled TIFF", "tiff", () => drawing().tiff({ tile: true, compression: "none" }), 0],
  ] as const)("from %s", async (_name, format, encode, tolerance) => {
    await expectDrawing(await encode().toBuffer(), format, tolerance);
  });

  test.each([
    ["an animated WebP", "webp", (frames: Sharp) => frames.webp({ lossless: true })],
    ["an animated GIF", "gif", (frames: Sharp) => frames.gif()],
    ["a TIFF with two pages", "tiff", (frames: Sharp) => frames.tiff({ compression: "lzw" })],
  ] as const)("from the first frame of %s", async (_name, format, encode) => {
    const bytes = await encode(await drawingAndNegative()).toBuffer();
    expect((await sharp(bytes).metadata()).pages).toBe(2);
    await expectDrawing(bytes, format, 4);
  });

  test("from the first frame of an animated PNG", async () => {
    await expectDrawing(animatedPng(WIDTH, HEIGHT, paint, black), "png", 0);
  });

  test.each([
    ["24 bits, from the bottom up", 24, false],
    ["24 bits, from the top down", 24, true],
    ["32 bits, from the bottom up", 32, false],
    ["32 bits, from the top down", 32, true],
  ] as const)("from a BMP with %s", async (_name, bits, topDown) => {
    const bytes = bitmap({ width: WIDTH, height: HEIGHT, bits, topDown, paint });
    await expectDrawing(bytes, "bmp", 0);
  });

  test.each([
    ["from the bottom up", false],
    ["from the top down", true],
  ])("from a BMP with a palette, %s", async (_name, topDown) => {
    const image = await decoded(
      bitmap({ width: WIDTH + 1, height: HEIGHT, bits: 8, topDown, paint }),
    );
    expect(image).toMatchObject({ format: "bmp", width: WIDTH + 1, height: HEIGHT });
    const gray = (color: Color): Color => {
      const level = Math.round((color[0] + color[1] + color[2]) / 3);
      return [level, level, level];
    };
    expectColor(image.at(3, 3), gray(GREEN), 0);
    expectColor(image.at(30, 30), gray(RED), 0);
    expectColor(image.at(90, 55), gray(BLUE), 0);
  });

  test("from an HEIC", async () => {
    await expectDrawing(readFileSync("test/fixtures/formats/drawn.heic"), "heic", 4);
  });

  test("from a TIFF with L*a*b* colors of 8, 16 and 32 bits", async () => {
    // GREEN, RED and BLUE, rounded.
    const lab: Painter = (x, y) => {
      const color = paint(x, y);
      if (color === GREEN) return [62.3, -45, 17];
      return color === RED ? [54.8, 64, 39] : [30, 13, -42];
    };
    await expectDrawing(labTiff(WIDTH, HEIGHT, lab), "tiff", 6);
    for (const space of ["labs", "lab"])
      await expectDrawing(await drawing().toColourspace(space).tiff().toBuffer(), "tiff", 3);
  });

  test("from a CMYK JPEG, with colors near the printed ones", async () => {
    const bytes = await drawing().toColourspace("cmyk").jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).space).toBe("cmyk");
    await expectDrawing(bytes, "jpeg", 45);
  });

  test("from a gray JPEG, with three equal channels", async () => {
    const bytes = await drawing().toColourspace("b-w").jpeg({ quality: 95 }).toBuffer();
    expect((await sharp(bytes).metadata()).channels).toBe(1);
    const image = await decoded(bytes);
    const [level = 0] = image.at(3, 3);
    expect(image.at(3, 3)).toEqual([level, level, level]);
    expect(level).toBeGreaterThan((image.at(90, 55)[0] ?? 0) + 40);
  });

  test("from a PNG with one bit per pixel", async () => {
    const bytes = await drawing().threshold(100).png({ palette: true, colours: 2 }).toBuffer();
    expect((await sharp(bytes).metadata()).bitsPerSample).toBe(1);
    const image = await decoded(bytes);
    expect(image.at(3, 3)).toEqual([255, 255, 255]);
    expect(image.at(90, 55)).toEqual([0, 0, 0]);
  });

  test.each([
    ["PNG", () => drawing().ensureAlpha(0.5).png()],
    ["PNG of 16 bits", () => drawing().ensureAlpha(0.5).toColourspace("rgb16").png()],
    ["WebP", () => drawing().ensureAlpha(0.5).webp({ lossless: true })],
  ])("from a half-transparent %s, as it looks on white", async (_name, encode) => {
    const image = await decoded(await encode().toBuffer());
    const onWhite = ([r, g, b]: Color): Color => [(r + 255) / 2, (g + 255) / 2, (b + 255) / 2];
    expectColor(image.at(3, 3), onWhite(GREEN), 2);
    expectColor(image.at(30, 30), onWhite(RED), 2);
    expectColor(image.at(90, 55), onWhite(BLUE), 2);
  });
});

describe("an image is upright", () => {
  const [right, bottom] = [WIDTH - 1, HEIGHT - 1];
  /** Where EXIF places the pixel stored at a column and row. */
  const PLACES: Record<number, (column: number, row: number) => [number, number]> = {
    1: (column, row) => [column, row],
    2: (column, row) => [right - column, row],
    3: (column, row) => [right - column, bottom - row],
    4: (column, row) => [column, bottom - row],
    5: (column, row) => [row, column],
    6: (column, row) => [right - row, column],
    7: (column, row) => [right - row, bottom - column],
    8: (column, row) => [row, bottom - column],
  };

  test.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "from a JPEG with EXIF orientation %i",
    async (orientation) => {
      const turned = orientation >= 5;
      const [width, height] = turned ? [HEIGHT, WIDTH] : [WIDTH, HEIGHT];
      const stored = Buffer.from(
        Array.from({ length: width * height }, (_, i) => {
          const place = PLACES[orientation]?.(i % width, Math.floor(i / width)) ?? [0, 0];
          return paint(...place);
        }).flat(),
      );
      const bytes = await sharp(stored, { raw: { width, height, channels: 3 } })
        .jpeg({ quality: 95 })
        .withMetadata({ orientation })
        .toBuffer();
      await expectDrawing(bytes, "jpeg", 6);
    },
  );

  test.each([
    ["png", (image: Sharp) => image.png()],
    ["webp", (image: Sharp) => image.webp({ lossless: true })],
    ["tiff", (image: Sharp) => image.tiff({ compression: "lzw" })],
    ["avif", (image: Sharp) => image.avif({ quality: 80 })],
  ] as const)("from a rotated %s", async (format, encode) => {
    const stored = await drawing().rotate(270).png().toBuffer();
    const bytes = await encode(sharp(stored)).withMetadata({ orientation: 6 }).toBuffer();
    await expectDrawing(bytes, format, 8);
  });

  /** A JPEG with these EXIF blocks after its first bytes. */
  async function jpegWithExif(...blocks: Buffer[]): Promise<Buffer> {
    const stored = await drawing().rotate(270).jpeg({ quality: 95 }).toBuffer();
    return Buffer.concat([stored.subarray(0, 2), ...blocks, stored.subarray(2)]);
  }

  /** An EXIF block with only an orientation. */
  function exifBlock(
    orientation: number,
    { type = 3, firstDirectory = 8 }: { type?: number; firstDirectory?: number } = {},
  ): Buffer {
    const tiff = Buffer.alloc(firstDirectory + 18);
    tiff.write("MM\0*", "latin1");
    tiff.writeUInt32BE(firstDirectory, 4);
    tiff.writeUInt16BE(1, firstDirectory);
    tiff.writeUInt16BE(0x0112, firstDirectory + 2);
    tiff.writeUInt16BE(type, firstDirectory + 4);
    tiff.writeUInt32BE(1, firstDirectory + 6);
    if (type === 3) tiff.writeUInt16BE(orientation, firstDirectory + 10);
    else tiff.writeUInt32BE(orientation, firstDirectory + 10);
    const marker = Buffer.from([0xff, 0xe1, 0, 0]);
    marker.writeUInt16BE(2 + 6 + tiff.length, 2);
    return Buffer.concat([marker, Buffer.from("Exif\0\0", "latin1"), tiff]);
  }

  test.each([
    ["stored as a LONG", [exifBlock(6, { type: 4 })]],
    ["in a directory at a later offset", [exifBlock(6, { firstDirectory: 20 })]],
    ["in the first of two blocks", [exifBlock(6), exifBlock(1)]],
  ])("from a JPEG with its orientation %s", async (_name, blocks) => {
    await expectDrawing(await jpegWithExif(...blocks), "jpeg", 6);
  });

  test("as stored if its orientation is not defined by EXIF", async () => {
    const image = await decoded(await jpegWithExif(exifBlock(9)));
    expect(image).toMatchObject({ width: HEIGHT, height: WIDTH });
  });
});

describe("a file's format", () => {
  test("is detected from its content, whatever its name", async () => {
    const png = await drawing().png().toBuffer();
    const jpeg = await drawing().jpeg().toBuffer();
    const root = await folderOf({
      "a.jpg": png,
      "b.dat": jpeg,
      c: await drawing().webp().toBuffer(),
      "text.jpg": "This is no picture.",
      "notes.txt": "Nor is this, and nobody said so.",
      "BM.txt": "BM, two letters that a bitmap begins with, make no bitmap.",
      "video.mp4": Buffer.from("\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "latin1"),
    });
    const engine = runningEngine();
    const project = `${freshFolder()}/p.twinlens`;
    await scanWith(engine, { splits: [{ name: "all", root }], project });
    const report = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
    expect(report.images.map(({ path, format }) => [path, format])).toEqual([
      ["a.jpg", "png"],
      ["b.dat", "jpeg"],
      ["c", "webp"],
    ]);
    expect(report.unreadable).toEqual([
      { split: "all", path: "text.jpg", reason: "not an image", cause: "not-an-image" },
    ]);
  });
});
