import { rmSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src-main/contract/report.ts";
import { causeOf } from "../../src-main/contract/unreadable.ts";
import { drawnJpeg, folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { blackPng, png } from "../support/handmade-images.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const EVERY_PAIR = { strategy: "cosine", cosine: -1 } as const;

/** The first part of an image. */
const cut = (bytes: Buffer, share = 0.6) => bytes.subarray(0, Math.floor(bytes.length * share));

/** The same bytes in each run, which do not look like any file format. */
const garbage = Buffer.from(
  Array.from({ length: 5000 }, (_, i) => (i * 7919 + (i >> 3) * 31) % 251),
);

/** A truncated GIF that claims to be 30,000 x 30,000 pixels. */
const hugeGif = Buffer.from("474946383961307530750000002c0000000030753075000200003b", "hex");

const damaged = (format: string) => `damaged: not a valid ${format}`;
const TRUNCATED = "truncated: the file ends before the image does";
const tooLarge = (side: number) =>
  `too large: ${side} x ${side} pixels; the limit is 268435456 pixels. Raise it with --max-pixels`;

describe("a data set with files that cannot be read", () => {
  let root: string;
  let first: Report;

  const REASONS: Record<string, string> = {
    "black-20000.png": tooLarge(20000),
    "cut.avif": TRUNCATED,
    "cut.gif": TRUNCATED,
    "cut.heic": TRUNCATED,
    "cut.jpg": TRUNCATED,
    "cut-by-one-byte.jpg": TRUNCATED,
    "cut.png": TRUNCATED,
    "cut.tif": TRUNCATED,
    "cut.webp": TRUNCATED,
    "empty.jpg": "truncated: the file is empty",
    "garbage.png": "not an image",
    "garbage-with-a-jpeg's-mark.jpg": damaged("JPEG"),
    "huge.gif": tooLarge(30000),
    "huge.png": tooLarge(30000),
    "no-rows.png": damaged("PNG"),
  };

  beforeAll(async () => {
    const drawing = picture(1);
    root = await folderOf({
      ...pictures("sound", 3),
      "black-20000.png": blackPng(20000, 20000),
      "cut.avif": cut(await drawing.clone().avif().toBuffer()),
      "cut.gif": cut(await drawing.clone().gif().toBuffer()),
      "cut.heic": Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic\0\0\x01", "latin1"),
      "cut.jpg": cut(await drawnJpeg(1)),
      "cut-by-one-byte.jpg": (await drawnJpeg(2)).subarray(0, -1),
      "cut.png": cut(await drawing.clone().png().toBuffer()),
      "cut.tif": cut(await drawing.clone().tiff({ compression: "lzw" }).toBuffer()),
      "cut.webp": cut(await drawing.clone().webp().toBuffer()),
      "empty.jpg": "",
      "garbage.png": garbage,
      "garbage-with-a-jpeg's-mark.jpg": Buffer.concat([Buffer.from("ffd8ff", "hex"), garbage]),
      "huge.gif": hugeGif,
      "huge.png": png({ width: 30000, height: 30000, depth: 8, color: "rgb" }, deflateSync("x")),
      "no-rows.png": png({ width: 160, height: 120, depth: 8, color: "rgb" }, deflateSync("x")),
    });
    first = await scanned();
  });

  async function scanned(): Promise<Report> {
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits: [{ name: "all", root }], project });
    return await reportOf(engine, project, EVERY_PAIR);
  }

  test("is scanned to the end, including every intact image", () => {
    expect(first.images.map(({ path }) => path)).toEqual([
      "sound/001.jpg",
      "sound/002.jpg",
      "sound/003.jpg",
    ]);
    expect(first.splits[0]).toMatchObject({ images: 3, unreadable: Object.keys(REASONS).length });
  });

  test.each(Object.entries(REASONS))("reports %s with its reason: %s", (path, reason) => {
    expect(first.unreadable).toContainEqual({ split: "all", path, reason, cause: causeOf(reason) });
  });

  test("is reported with the same messages each time, however the files are grouped into batches", async () => {
    expect((await scanned()).unreadable).toEqual(first.unreadable);
  });
});

test("a JPEG with extra bytes, which every viewer shows, is read", async () => {
  const bytes = await drawnJpeg(1);
  const root = await folderOf({
    "1.jpg": Buffer.concat([bytes.subarray(0, -2), Buffer.alloc(5), bytes.subarray(-2)]),
    "2.jpg": Buffer.concat([bytes, garbage]),
  });
  const project = join(freshFolder(), "p.twinlens");
  const { images } = await scanWith(engine, { splits: [{ name: "all", root }], project });
  expect(images).toBe(2);
});

test("an image that expands to a thousand times its size is read without using that much memory", async () => {
  const side = 8000;
  const bytes = blackPng(side, side);
  expect(bytes.length).toBeLessThan((side * side) / 1000);
  const root = await folderOf({ "black.png": bytes, ...pictures("", 1) });
  const project = join(freshFolder(), "p.twinlens");
  const before = process.memoryUsage().rss;
  await scanWith(engine, { splits: [{ name: "all", root }], project });
  expect(process.memoryUsage().rss - before).toBeLessThan(side * side * 3);
  const report = await reportOf(engine, project, EVERY_PAIR);
  expect(report.images).toContainEqual(
    expect.objectContaining({ path: "black.png", width: side, height: side }),
  );
});

test("a folder with an image's extension is a folder", async () => {
  const root = await folderOf({ "cat.jpg/1.jpg": 1, "cat.jpg/2.jpg": 2 });
  const project = join(freshFolder(), "p.twinlens");
  const { images } = await scanWith(engine, { splits: [{ name: "all", root }], project });
  const report = await reportOf(engine, project, EVERY_PAIR);
  expect(images).toBe(2);
  expect(report.unreadable).toEqual([]);
  expect(report.images.map(({ label }) => label)).toEqual(["cat.jpg", "cat.jpg"]);
});

test("a file that vanishes between the walk and decoding is reported, and the rest is scanned", async () => {
  const root = await folderOf(pictures("", 120));
  const project = join(freshFolder(), "p.twinlens");
  const last = join(root, "120.jpg");
  const { images } = await scanWith(
    engine,
    { splits: [{ name: "all", root }], project, threads: 1 },
    {
      onEvent: ({ type }) => {
        if (type === "progress") rmSync(last, { force: true });
      },
    },
  );
  const report = await reportOf(engine, project);
  expect(images).toBe(119);
  expect(report.unreadable).toEqual([
    {
      split: "all",
      path: "120.jpg",
      reason: "missing: the file was deleted during the scan",
      cause: "missing",
    },
  ]);

  await scanWith(engine, { splits: [{ name: "all", root }], project });
  expect((await reportOf(engine, project)).unreadable).toEqual([]);
});

test("a file that was repaired is read in the next scan", async () => {
  const root = await folderOf({ "1.jpg": 1, "2.jpg": cut(await drawnJpeg(2)) });
  const project = join(freshFolder(), "p.twinlens");
  const request = { splits: [{ name: "all", root }], project };
  expect(await scanWith(engine, request)).toMatchObject({ images: 1 });
  await sharp(await drawnJpeg(2)).toFile(join(root, "2.jpg"));
  expect(await scanWith(engine, request)).toMatchObject({ images: 2, embedded: 1 });
  expect((await reportOf(engine, project)).unreadable).toEqual([]);
});
