import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { decodeImage } from "../../src-main/engine/scan/decode/decode.ts";
import { type Contents, folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const END = Buffer.from([0xff, 0xd9]);
const START_OF_SCAN = Buffer.from([0xff, 0xda]);

/** Larger than the images of `pictures`. */
const large = (seed: number, progressive = false) =>
  picture(seed).resize(480, 360).jpeg({ quality: 95, progressive }).toBuffer();

/** Zeros from this share of the file on, with the end mark in place. */
function zeroed(bytes: Buffer, share: number): Buffer {
  const copy = Buffer.from(bytes);
  return copy.fill(0, Math.floor(copy.length * share), copy.length - END.length);
}

/** The end mark right after this share of the file. */
function endedEarly(bytes: Buffer, share: number): Buffer {
  return Buffer.concat([bytes.subarray(0, Math.floor(bytes.length * share)), END]);
}

/** A progressive JPEG without its last scan: it looks like the whole one. */
function withoutLastScan(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, bytes.lastIndexOf(START_OF_SCAN)), END]);
}

const damageOf = async (bytes: Buffer) =>
  (await decodeImage(bytes, { width: 224, height: 224, anySize: false })).damage;

describe("damage is recorded", () => {
  const BROKEN = "part of the image data is missing or broken";

  test.each([
    ["a JPEG that ends in zeros", async () => zeroed(await large(1), 0.6), BROKEN],
    ["a JPEG that ends in a few zeros", async () => zeroed(await large(1), 0.97), BROKEN],
    ["a JPEG with an early end mark", async () => endedEarly(await large(1), 0.6), BROKEN],
    [
      "a progressive JPEG with an early end mark",
      async () => endedEarly(await large(1, true), 0.5),
      expect.any(String),
    ],
    [
      "a progressive JPEG without its last scan",
      async () => withoutLastScan(await large(1, true)),
      "the image ends before its last scan",
    ],
    ["a sound JPEG", () => large(1), null],
    ["a sound progressive JPEG", () => large(1, true), null],
    ["a sound GIF", () => picture(1).gif().toBuffer(), null],
    ["a sound WebP", () => picture(1).webp().toBuffer(), null],
  ] as const)("for %s", async (_name, bytes, damage) => {
    expect(await damageOf(await bytes())).toEqual(damage);
  });
});

describe("a damaged copy", () => {
  async function scanned(files: Contents) {
    const root = await folderOf(files);
    const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits, project });
    const { operations } = await engine.plan.make({ project });
    const planned = operations.map(({ split, path }) => `${split}/${path}`);
    return { report: await reportOf(engine, project), operations, planned };
  }

  test("goes and a smaller sound one stays, whatever its name", async () => {
    const bytes = withoutLastScan(await large(1, true));
    const { report, planned, operations } = await scanned({
      ...pictures("train", 3),
      "train/0.jpg": bytes,
      ...pictures("test", 2, 10),
    });
    expect(report.damaged).toEqual([
      { split: "train", path: "0.jpg", reason: "the image ends before its last scan" },
    ]);
    const { damage, width } = report.images.find(({ path }) => path === "0.jpg") ?? {};
    expect({ damage, width }).toEqual({ damage: report.damaged[0]?.reason, width: 480 });
    expect(planned).toEqual(["train/0.jpg"]);
    expect(operations[0]?.keeper).toMatchObject({ path: "001.jpg" });
  });

  test("removes no sound one, even if it may not be removed itself", async () => {
    const { planned } = await scanned({
      ...pictures("train", 3),
      "test/larger.jpg": withoutLastScan(await large(1, true)),
      ...pictures("test", 2, 10),
    });
    expect(planned).toEqual([]);
  });

  test("stays if every copy is damaged", async () => {
    const bytes = withoutLastScan(await large(1, true));
    const { report, planned } = await scanned({
      ...pictures("train", 2, 2),
      "train/a.jpg": bytes,
      "train/b.jpg": bytes,
      ...pictures("test", 2, 10),
    });
    expect(report.damaged).toHaveLength(2);
    expect(planned).toEqual(["train/b.jpg"]);
  });
});
