import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { expect, test } from "vitest";
import { picture, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** Scans images, the first half into train, and returns the project and each pair's kind by file names. */
async function kindsOf(images: Record<string, Buffer>) {
  const root = freshFolder();
  const names = Object.keys(images);
  await writeFiles(
    root,
    Object.fromEntries(
      names.map((name, at) => [
        `${at < names.length / 2 ? "train" : "test"}/${name}`,
        images[name] as Buffer,
      ]),
    ),
  );
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { splits, project });
  const report = await reportOf(engine, project);
  const nameOf = new Map(report.images.map(({ id, path }) => [id, path]));
  const kinds = report.clusters.flatMap(({ pairs }) =>
    pairs.map(({ a, b, kind }) => [[nameOf.get(a), nameOf.get(b)].sort().join(" "), kind] as const),
  );
  return { project, kinds: new Map(kinds) };
}

const svg = (width: number, height: number, body: string): Sharp =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`,
    ),
  );

const MARKS = [
  '<rect x="-30" y="-30" width="60" height="60"/>',
  '<path d="M0 -34L34 30L-34 30Z"/>',
  '<path d="M-8 -34H8V34H-8ZM-34 -8H34V8H-34Z"/>',
  '<circle r="30" fill="none" stroke="#eee" stroke-width="9"/>',
];

const markOn = (ground: string, color: string, mark: string) =>
  svg(
    960,
    540,
    `<rect width="100%" height="100%" fill="${ground}"/><g transform="translate(480 270)" fill="${color}">${mark}</g>`,
  );

test("white marks on a transparent ground are different images", async () => {
  const images: Record<string, Buffer> = {};
  for (const [at, mark] of MARKS.entries()) {
    const body = `<g transform="translate(64 64) scale(1.6)" fill="#fff" stroke-linecap="round">${mark.replace("#eee", "#fff")}</g>`;
    images[`${at}.png`] = await svg(128, 128, body).png().toBuffer();
  }
  expect((await kindsOf(images)).kinds.size).toBe(0);
});

test("a flattened copy of a transparent image matches it, but is not called resized", async () => {
  const body =
    '<circle cx="90" cy="70" r="50" fill="#c22"/><path d="M20 100L150 20L120 110Z" fill="#262"/><path d="M30 30H80V60H30Z" fill="#226"/>';
  const logo = svg(180, 140, body);
  const { kinds } = await kindsOf({
    "a.png": await logo.clone().png().toBuffer(),
    "b.png": await logo.clone().flatten({ background: "#fff" }).png().toBuffer(),
  });
  expect(kinds.get("a.png b.png")).toBe("edited");
});

test("pictures that differ under transparency or in later frames do not have the same pixels", async () => {
  const base = picture(3);
  const rgba = await base.clone().ensureAlpha().raw().toBuffer({ resolveWithObject: true });
  const hidden = (level: number) => {
    const data = Buffer.from(rgba.data);
    for (let at = 0; at < 40; at++) data.set([level, level, level, 0], at * 4);
    const { width, height } = rgba.info;
    return sharp(data, { raw: { width, height, channels: 4 } })
      .png()
      .toBuffer();
  };
  const frame = await base.clone().png().toBuffer();
  const pages = async (seed: number) =>
    sharp([frame, await picture(seed).png().toBuffer()], { join: { animated: true } })
      .tiff({ compression: "lzw" })
      .toBuffer();
  const { kinds } = await kindsOf({
    "alpha-0.png": await hidden(0),
    "pages-20.tif": await pages(20),
    "alpha-9.png": await hidden(9),
    "pages-21.tif": await pages(21),
  });
  expect([...kinds.values()]).not.toContain("same-pixels");
  expect(kinds.get("alpha-0.png alpha-9.png")).toBe("resized");
  expect(kinds.get("pages-20.tif pages-21.tif")).toBe("edited");
});

test("16-bit values in a small range are told apart", async () => {
  const ids = (step: number) => {
    const values = new Uint16Array(96 * 96);
    for (let at = 0; at < values.length; at++) {
      const [x, y] = [at % 96, Math.floor(at / 96)];
      values[at] = 30 * (1 + ((Math.floor(x / (step + 9)) + Math.floor((y * step) / 60)) % 4));
    }
    return sharp(values, { raw: { width: 96, height: 96, channels: 1 } })
      .toColourspace("grey16")
      .png()
      .toBuffer();
  };
  const images = { "a.png": await ids(3), "b.png": await ids(31), "c.png": await ids(14) };
  expect([...(await kindsOf(images)).kinds.values()]).not.toContain("same-pixels");
});

test("different marks on one plain ground are no duplicates, but a copy of one is", async () => {
  const images: Record<string, Buffer> = {};
  for (const [at, mark] of MARKS.entries())
    images[`${at}.png`] = await markOn("#111", "#eee", mark).png().toBuffer();
  images["copy.jpg"] = await markOn("#111", "#eee", MARKS[1] ?? "")
    .resize(720)
    .jpeg({ quality: 85 })
    .toBuffer();
  const { kinds } = await kindsOf(images);
  expect([...kinds]).toEqual([["1.png copy.jpg", "resized"]]);
});

test("a local difference is edited and stays, a re-encoded copy is resized and goes", async () => {
  const scene = await picture(8).resize(640, 480).png().toBuffer();
  const person = Buffer.from(
    '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect x="300" y="200" width="34" height="90" fill="#26246e"/><circle cx="317" cy="188" r="14" fill="#d8a07c"/></svg>',
  );
  const { project, kinds } = await kindsOf({
    "empty.jpg": await sharp(scene).jpeg({ quality: 90 }).toBuffer(),
    "small.jpg": await sharp(scene).resize(400).jpeg({ quality: 60 }).toBuffer(),
    "person.jpg": await sharp(scene)
      .composite([{ input: person }])
      .jpeg({ quality: 90 })
      .toBuffer(),
    "same.jpg": await sharp(scene).jpeg({ quality: 75 }).toBuffer(),
  });
  expect(kinds.get("empty.jpg person.jpg")).toBe("edited");
  expect(kinds.get("empty.jpg same.jpg")).toBe("resized");
  const { operations } = await engine.plan.make({ project });
  expect(operations.map(({ path, verified }) => [path, verified])).toEqual([
    ["empty.jpg", "full-resolution"],
    ["small.jpg", "full-resolution"],
  ]);
  expect(operations.every(({ keeper }) => keeper?.path === "same.jpg")).toBe(true);
});
