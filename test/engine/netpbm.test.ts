import { join } from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { decodeAllPixels, decodeImage } from "../../src-main/engine/scan/decode/decode.ts";
import { folderOf, picture } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { type NetpbmOptions, netpbm, type Painter } from "../support/handmade-images.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

// No whole number of bytes per row of a bitmap.
const [width, height] = [13, 7];
const paint: Painter = (x, y) => [20 * x, 255 - 30 * y, x < y ? 250 : 5];
const black: Painter = () => [0, 0, 0];
const draw = (options: Pick<NetpbmOptions, "kind" | "maxval">) =>
  netpbm({ width, height, paint, ...options });

/** What the file should show: colors, gray levels, or black and white. */
function shown(kind: number): number[] {
  return Array.from({ length: width * height }, (_, at) => {
    const color = paint(at % width, Math.floor(at / width));
    const gray = Math.round((color[0] + color[1] + color[2]) / 3);
    if (kind === 3 || kind === 6) return [...color];
    const level = kind === 1 || kind === 4 ? (gray < 128 ? 0 : 255) : gray;
    return [level, level, level];
  }).flat();
}

const decode = (bytes: Buffer) => decodeImage(bytes, { width: 224, height: 224, anySize: true });

describe("an image is decoded", () => {
  test.each([
    [1, 1, "pbm", 0],
    [4, 1, "pbm", 0],
    [2, 255, "pgm", 0],
    [5, 255, "pgm", 0],
    [3, 255, "ppm", 0],
    [6, 255, "ppm", 0],
    [2, 15, "pgm", 9],
    [6, 100, "ppm", 2],
    [5, 1023, "pgm", 1],
    [3, 65535, "ppm", 1],
    [5, 65535, "pgm", 1],
    [6, 65535, "ppm", 1],
  ] as const)("from P%i with samples up to %i", async (kind, maxval, format, tolerance) => {
    const bytes = draw({ kind, maxval });
    expect(await decode(bytes)).toMatchObject({ format, width, height, damage: null });
    const pixels = await decodeAllPixels(bytes);
    const off = shown(kind).map((level, at) => Math.abs(level - (pixels[at] ?? -999)));
    expect(Math.max(...off)).toBeLessThanOrEqual(tolerance);
    expect(pixels).toHaveLength(off.length);
  });
});

describe("a file is unreadable", () => {
  const TRUNCATED = /^truncated: the file ends before the image does$/;

  test.each([1, 2, 3, 4, 5, 6] as const)("if the end of P%i is missing", async (kind) => {
    const bytes = draw({ kind });
    await expect(decode(bytes.subarray(0, -6))).rejects.toThrow(TRUNCATED);
  });

  test.each([
    ["P3 16000 16000 255\n1 2 3", TRUNCATED],
    ["P6 90000 90000 255\n", /^too large: 90000 x 90000 pixels; the limit is \d+ pixels\./],
    ["P2 2 1 7\n7 8", /^damaged: not a valid PGM|^damaged: Netpbm/],
    ["P5 0 3 255\n", /^damaged/],
    ["P7\nWIDTH 1\n", /^unsupported format: PAM$/],
  ])("if it is %j", async (text, reason) => {
    await expect(decode(Buffer.from(text))).rejects.toThrow(reason);
  });

  test("for no more than a small part of the memory that its header asks for", async () => {
    const before = process.memoryUsage().rss;
    await expect(decode(Buffer.from("P2 16000 16000 65535\n1"))).rejects.toThrow(TRUNCATED);
    expect(process.memoryUsage().rss - before).toBeLessThan(100e6);
  });
});

test("a PPM in test with the pixels of a PNG in train is a leak", async () => {
  const { data, info } = await picture(1).raw().toBuffer({ resolveWithObject: true });
  const stored: Painter = (x, y) => {
    const at = (y * info.width + x) * info.channels;
    return [data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0];
  };
  const size = { width: info.width, height: info.height };
  const root = await folderOf({
    "train/1.png": await sharp(data, { raw: info }).png().toBuffer(),
    "train/black.ppm": netpbm({ kind: 6, ...size, paint: black }),
    "test/1.ppm": netpbm({ kind: 6, ...size, paint: stored }),
  });
  const engine = runningEngine();
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
  const { leaks, unreadable } = await reportOf(engine, project);
  expect(unreadable).toEqual([]);
  expect(leaks.find(({ from }) => from === "test")).toMatchObject({
    images: 1,
    of: 1,
    byKind: { "same-pixels": 1 },
  });
});
