import { existsSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { ImageId } from "../../src-main/contract/ids.ts";
import type { ThumbnailSide } from "../../src-main/contract/pictures.ts";
import { drawnJpeg, folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { animatedPng, bitmap, blackPng } from "../support/handmade-images.ts";
import { type Engine, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** A scanned folder with these files, whose images are requested by path. */
async function scanned(contents: Record<string, Buffer | number>, of: Engine = engine) {
  const root = await folderOf(contents);
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(of, { splits: [{ name: "all", root }], project });
  // The walk numbers files in byte order of their names.
  const names = Object.keys(contents).sort();
  const idOf = (name: string) => ImageId.parse(names.indexOf(name) + 1);
  const thumbnail = (name: string, side: ThumbnailSide = 320) =>
    of.pictures.thumbnail({ project, image: idOf(name), side });
  const full = (name: string) => of.pictures.full({ project, image: idOf(name) });
  const details = async (...wanted: string[]) =>
    of.pictures.details({ project, images: wanted.map(idOf) });
  return { root, project, idOf, thumbnail, full, details };
}

/** Type, sides, and the colors at relative positions of an image. */
async function look(blob: Blob) {
  const bytes = Buffer.from(await blob.arrayBuffer());
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect(info.channels).toBeLessThanOrEqual(3);
  const at = (x: number, y: number) => {
    const place =
      (Math.floor(y * (info.height - 1)) * info.width + Math.floor(x * (info.width - 1))) *
      info.channels;
    return Array.from(data.subarray(place, place + info.channels));
  };
  return { type: blob.type, width: info.width, height: info.height, at, bytes };
}

/** Left half red, right half blue. */
function halves(width: number, height: number): Sharp {
  const half = {
    create: { width: Math.ceil(width / 2), height, channels: 3 as const, background: "#0000ff" },
  };
  return sharp({ create: { width, height, channels: 3, background: "#ff0000" } }).composite([
    { input: half, gravity: "east" },
  ]);
}

const RED = [255, 0, 0];
const BLUE = [0, 0, 255];

function expectHalves({ at }: Awaited<ReturnType<typeof look>>, tolerance: number) {
  const seen = [...at(0.2, 0.5), ...at(0.8, 0.5)];
  const off = [...RED, ...BLUE].map((value, i) => Math.abs(value - (seen[i] ?? 999)));
  expect(Math.max(...off), `${seen}`).toBeLessThanOrEqual(tolerance);
}

const FORMATS: readonly (readonly [string, string, () => Promise<Buffer>, number])[] = [
  ["a JPEG", "image/jpeg", () => halves(400, 300).jpeg({ quality: 95 }).toBuffer(), 12],
  [
    "a CMYK JPEG",
    "image/jpeg",
    () => halves(400, 300).toColourspace("cmyk").jpeg().toBuffer(),
    120,
  ],
  ["a PNG", "image/png", () => halves(400, 300).png().toBuffer(), 0],
  [
    "a PNG with 16 bits per channel",
    "image/png",
    () => halves(400, 300).toColourspace("rgb16").png().toBuffer(),
    1,
  ],
  ["a lossy WebP", "image/jpeg", () => halves(400, 300).webp().toBuffer(), 40],
  ["a lossless WebP", "image/png", () => halves(400, 300).webp({ lossless: true }).toBuffer(), 0],
  ["an AVIF", "image/jpeg", () => halves(400, 300).avif({ quality: 80 }).toBuffer(), 30],
  ["a GIF", "image/png", () => halves(400, 300).gif().toBuffer(), 2],
  ["a TIFF", "image/png", () => halves(400, 300).tiff({ compression: "lzw" }).toBuffer(), 0],
  [
    "a BMP",
    "image/png",
    async () =>
      bitmap({
        width: 400,
        height: 300,
        bits: 24,
        paint: (x) => (x < 200 ? [255, 0, 0] : [0, 0, 255]),
      }),
    0,
  ],
  [
    "an animated PNG",
    "image/png",
    async () =>
      animatedPng(
        400,
        300,
        (x) => (x < 200 ? [255, 0, 0] : [0, 0, 255]),
        () => [0, 0, 0],
      ),
    0,
  ],
  [
    "a half-transparent PNG on white",
    "image/png",
    async () =>
      sharp({
        create: {
          width: 400,
          height: 300,
          channels: 4,
          background: { r: 0, g: 0, b: 0, alpha: 0 },
        },
      })
        .composite([{ input: await halves(400, 300).png().toBuffer() }])
        .png()
        .toBuffer(),
    0,
  ],
  [
    "a JPEG rotated by EXIF",
    "image/jpeg",
    async () =>
      sharp(await halves(400, 300).png().toBuffer())
        .rotate(270)
        .jpeg({ quality: 95 })
        .withMetadata({ orientation: 6 })
        .toBuffer(),
    12,
  ],
];

test.each(FORMATS)(
  "%s has a thumbnail and a full-size image",
  async (_name, type, make, tolerance) => {
    const { thumbnail, full } = await scanned({ "a.img": await make() });
    const small = await look(await thumbnail("a.img"));
    expect(small).toMatchObject({ type: "image/jpeg", width: 320, height: 240 });
    expectHalves(small, Math.max(12, tolerance));
    const whole = await look(await full("a.img"));
    expect(whole).toMatchObject({ type, width: 400, height: 300 });
    expectHalves(whole, tolerance);
    // Not enlarged, and lossless.
    expect(await look(await thumbnail("a.img", 640))).toMatchObject({
      type: "image/png",
      width: 400,
      height: 300,
    });
  },
);

test("a HEIC has a thumbnail and a full-size image", async () => {
  const heic = readFileSync("test/fixtures/formats/drawn.heic");
  const { thumbnail, full, details } = await scanned({ "a.heic": heic });
  const [known] = await details("a.heic");
  const size = { width: known?.width, height: known?.height };
  for (const shown of [await thumbnail("a.heic", 640), await full("a.heic")]) {
    const picture = await look(shown);
    expect(picture).toMatchObject(size);
    // Its corner is blue.
    const off = picture.at(0.75, 0.69).map((value, i) => value - ([0x22, 0x44, 0x88][i] ?? 0));
    expect(Math.max(...off.map(Math.abs))).toBeLessThanOrEqual(12);
  }
});

test("a tiny image is returned at its own size, exact to the last pixel", async () => {
  const pixels = Buffer.from(Array.from({ length: 32 * 32 * 3 }, (_, i) => (i * 37) % 256));
  const tiny = await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } })
    .png()
    .toBuffer();
  const dot = await halves(2, 1).png().toBuffer();
  const { thumbnail } = await scanned({ "dot.png": dot, "tiny.png": tiny });
  const { type, bytes } = await look(await thumbnail("tiny.png", 160));
  expect(type).toBe("image/png");
  expect(await sharp(bytes).raw().toBuffer()).toEqual(pixels);
  expect(await look(await thumbnail("dot.png"))).toMatchObject({ width: 2, height: 1 });
});

test("a huge image has a thumbnail, and is full-size up to fifty megapixels", async () => {
  const { thumbnail, full } = await scanned({
    "huge.png": blackPng(8_800, 6_600),
    "long.png": blackPng(9_000, 3),
  });
  expect(await look(await thumbnail("huge.png"))).toMatchObject({ width: 320, height: 240 });
  const whole = await look(await full("huge.png"));
  expect(whole.width * whole.height).toBeLessThanOrEqual(50_000_000);
  expect(whole.width / whole.height).toBeCloseTo(4 / 3, 3);
  expect(await look(await thumbnail("long.png"))).toMatchObject({ width: 320, height: 1 });
});

const cached = (project: string) => {
  const folder = `${project}.cache/thumbnails`;
  return existsSync(folder)
    ? readdirSync(folder, { recursive: true })
        .map(String)
        .filter((name) => name.includes("-"))
    : [];
};

test("a thumbnail is made once and is available while the file is missing", async () => {
  const large = await picture(1).resize(500).jpeg().toBuffer();
  const { root, project, thumbnail, full } = await scanned({ "a.jpg": large, "b.jpg": 2 });
  const first = await look(await thumbnail("a.jpg"));
  expect(cached(project)).toHaveLength(1);
  rmSync(join(root, "a.jpg"));
  rmSync(join(root, "b.jpg"));
  expect((await look(await thumbnail("a.jpg"))).bytes).toEqual(first.bytes);
  const away = {
    code: "FOLDER_UNAVAILABLE",
    message: expect.stringMatching(
      /^The file .* does not exist. Connect its drive, or scan again\.$/,
    ),
  };
  await expect(thumbnail("b.jpg")).rejects.toMatchObject(away);
  await expect(full("a.jpg")).rejects.toMatchObject(away);
});

test("a file that changed since the scan never shows the old image", async () => {
  const large = await picture(1).resize(500).jpeg().toBuffer();
  const { root, thumbnail, full } = await scanned({ "a.jpg": large });
  const before = await look(await thumbnail("a.jpg"));
  utimesSync(join(root, "a.jpg"), new Date(), new Date(0));
  expect((await look(await thumbnail("a.jpg"))).bytes).toEqual(before.bytes);
  const changed = {
    code: "FOLDER_UNAVAILABLE",
    message: expect.stringMatching(/changed since the scan\. Scan again/),
  };
  const sameSize = Buffer.from(large);
  sameSize.fill(7, sameSize.length - 50, sameSize.length - 20);
  writeFileSync(join(root, "a.jpg"), sameSize);
  await expect(thumbnail("a.jpg")).rejects.toMatchObject(changed);
  writeFileSync(join(root, "a.jpg"), await drawnJpeg(5));
  await expect(thumbnail("a.jpg")).rejects.toMatchObject(changed);
  await expect(full("a.jpg")).rejects.toMatchObject(changed);
});

test("an unwritable or corrupt cache does no harm", async () => {
  const { project, thumbnail } = await scanned({
    "a.jpg": await picture(1).resize(500).jpeg().toBuffer(),
  });
  const first = await look(await thumbnail("a.jpg"));
  const folder = `${project}.cache/thumbnails`;
  const [name = ""] = cached(project);
  writeFileSync(join(folder, name), "nonsense");
  expect((await look(await thumbnail("a.jpg"))).bytes).toEqual(first.bytes);
  expect(readFileSync(join(folder, name))).toEqual(first.bytes);
  rmSync(folder, { recursive: true });
  writeFileSync(folder, "a file where the folder should be");
  expect((await look(await thumbnail("a.jpg"))).bytes).toEqual(first.bytes);
});

test("an image that is not in the project is refused", async () => {
  const { thumbnail, full, details } = await scanned({
    "a.jpg": 1,
    "broken.jpg": Buffer.from("no"),
  });
  const refused = { code: "USAGE" };
  await expect(thumbnail("broken.jpg")).rejects.toMatchObject(refused);
  await expect(full("broken.jpg")).rejects.toMatchObject(refused);
  await expect(details("broken.jpg")).rejects.toMatchObject(refused);
});

test("two hundred thumbnails requested at once do not exhaust the memory", async () => {
  const photo = await picture(1).resize(3000, 2250, { fit: "fill" }).jpeg().toBuffer();
  const { thumbnail, project } = await scanned({ ...pictures("", 199), "photo.jpg": photo });
  rmSync(`${project}.cache/thumbnails`, { recursive: true, force: true });
  const before = process.memoryUsage().rss;
  let peak = before;
  const timer = setInterval(() => {
    peak = Math.max(peak, process.memoryUsage().rss);
  }, 5);
  const blobs = await Promise.all(Array.from({ length: 200 }, () => thumbnail("photo.jpg", 640)));
  clearInterval(timer);
  expect(new Set(blobs.map(({ size }) => size)).size).toBe(1);
  expect((peak - before) / 2 ** 20).toBeLessThan(400);
});

test("details come from the scan and the file, with EXIF as text in a fixed order", async () => {
  const jpeg = await picture(1)
    .jpeg()
    .withExif({
      IFD0: {
        Make: "Maker",
        Model: "Model 1",
        ImageDescription: "x".repeat(300),
        Artist: "Somebody",
      },
      IFD2: { ExposureTime: "1/250", FNumber: "28/10" },
    })
    .toBuffer();
  const { root, details, idOf } = await scanned({ "cat/a.jpg": jpeg, "cat/b.jpg": 2 });
  const [a, b] = await details("cat/a.jpg", "cat/b.jpg");
  expect(a).toMatchObject({
    image: idOf("cat/a.jpg"),
    split: "all",
    file: join(root, "cat/a.jpg"),
    path: "cat/a.jpg",
    label: "cat",
    width: 160,
    height: 120,
    bytes: jpeg.length,
    format: "jpeg",
  });
  expect(Math.abs((a?.modifiedAt ?? 0) - Date.now())).toBeLessThan(60_000);
  const entries = new Map(a?.exif.map(({ name, value }) => [name, value]));
  expect(entries.get("Make")).toBe("Maker");
  expect(entries.get("Artist")).toBe("Somebody");
  expect(entries.get("ExposureTime")).toBe("0.004");
  expect(entries.get("FNumber")).toBe("2.8");
  expect(entries.has("ImageDescription")).toBe(false);
  expect(b).toMatchObject({ path: "cat/b.jpg", exif: [] });
  rmSync(join(root, "cat/a.jpg"));
  expect((await details("cat/a.jpg"))[0]).toMatchObject({ modifiedAt: null, exif: [], width: 160 });
});

test("the alignment of two images is computed without reading their files", async () => {
  const mirrored = await sharp(await drawnJpeg(1))
    .flop()
    .jpeg()
    .toBuffer();
  const { root, project, idOf } = await scanned({ "a.jpg": 1, "b.jpg": mirrored, "c.jpg": 40 });
  rmSync(root, { recursive: true });
  const images = ["a.jpg", "b.jpg", "c.jpg"].map(idOf);
  const alignment = await engine.pictures.alignment({ project, on: idOf("a.jpg"), images });
  const whole = { x: 0, y: 0, width: 1, height: 1 };
  expect(alignment).toEqual([
    { mirrored: false, turns: 0, frame: whole },
    { mirrored: true, turns: 0, frame: whole },
    { mirrored: false, turns: 0, frame: null },
  ]);
  const strange = { project, on: ImageId.parse(999), images };
  await expect(engine.pictures.alignment(strange)).rejects.toMatchObject({ code: "USAGE" });
});
