import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Decision } from "../../src-main/contract/decisions.ts";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { drawnJpeg, folderOf, picture } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let project: string;

const smaller = (seed: number) => picture(seed).resize(120, 90).jpeg({ quality: 90 }).toBuffer();
const asPng = async (seed: number) => {
  const pixels = await drawnJpeg(seed);
  const { default: sharp } = await import("sharp");
  return sharp(pixels).png().toBuffer();
};

/** One conflict of each kind, identified by its seed. Most images agree. */
beforeAll(async () => {
  const root = await folderOf({
    // Within train, the same bytes.
    "train/cat/1.jpg": 1,
    "train/dog/1.jpg": 1,
    // Across splits, resized.
    "train/cat/2.jpg": 2,
    "test/dog/2.jpg": await smaller(2),
    // Across splits, the same bytes.
    "train/cat/3.jpg": 3,
    "test/dog/3.jpg": 3,
    // Across splits, the same pixels.
    "train/cat/4.jpg": 4,
    "test/dog/4.png": await asPng(4),
    // The labels differ only within train, although a copy is in test.
    "train/cat/5.jpg": 5,
    "train/dog/5.jpg": 5,
    "test/dog/5.jpg": await smaller(5),
    // No conflict.
    "train/cat/6.jpg": 6,
    "test/cat/6.jpg": 6,
  });
  project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
});

const page = () =>
  engine.review
    .clusters({ project, sort: "conflicts", offset: 0, limit: 50 })
    .then(({ rows }) => rows);

/** The clusters by the seed of their image. */
async function queue(): Promise<string[]> {
  const numbers = [];
  for (const { anchor } of await page()) {
    const detail = await engine.review.cluster({ project, image: anchor });
    numbers.push(detail?.images[0]?.path.match(/\d/)?.[0] ?? "");
  }
  return numbers;
}

const decide = (decision: Decision) => engine.decisions.decide({ project, decision });

async function clusterOf(number: string) {
  const { rows } = await engine.review.clusters({
    project,
    filter: { text: `/${number}.` },
    offset: 0,
    limit: 2,
  });
  const [row] = rows;
  if (!row || rows.length > 1) throw new Error(`There is no one cluster of ${number}`);
  const detail = await engine.review.cluster({ project, image: row.anchor });
  const idAt = (place: string) => {
    const image = detail?.images.find(({ split, path }) => `${split}/${path}` === place);
    if (!image) throw new Error(`There is no ${place}`);
    return image.id;
  };
  return { row, of: { project, image: row.anchor }, idAt };
}

async function undoAll() {
  while ((await engine.decisions.undo({ project })).undo !== null);
}

describe("label conflicts", () => {
  test("come worst first: across splits by the strongest evidence, then within one split, then the rest", async () => {
    const order = await queue();
    // In cluster 5, a resized copy in test has a different label than one in train.
    expect(order.slice(0, 2)).toEqual(["3", "4"]);
    expect(order.slice(2, 4).sort()).toEqual(["2", "5"]);
    expect(order.slice(4)).toEqual(["1", "6"]);
    const rows = await page();
    expect(rows.map(({ labelConflict }) => labelConflict)).toEqual([...Array(5).fill(true), false]);
  });

  test("are settled for a whole cluster, move to the end of the queue, and return with undo", async () => {
    const before = await queue();
    const { of } = await clusterOf("3");
    const state = await decide({ type: "labelCluster", of, label: "cat" });
    expect(state).toMatchObject({ corrections: 1, undo: "label 2 images “cat”" });
    expect(await engine.review.figures({ project })).toMatchObject({
      labelConflicts: 5,
      settledConflicts: 1,
    });
    expect((await clusterOf("3")).row).toMatchObject({ labelConflict: true, labelsSettled: true });
    expect((await queue()).slice(-2)).toEqual(["3", "6"]);
    await undoAll();
    expect(await queue()).toEqual(before);
    expect(await engine.review.figures({ project })).toMatchObject({ settledConflicts: 0 });
  });

  test("are settled by one image if all then agree, or if each image has a right label", async () => {
    const { idAt } = await clusterOf("2");
    await decide({ type: "label", images: [idAt("test/dog/2.jpg")], label: "cat" });
    expect((await clusterOf("2")).row.labelsSettled).toBe(true);
    await undoAll();
    await decide({ type: "label", images: [idAt("test/dog/2.jpg")], label: "dog" });
    expect((await clusterOf("2")).row.labelsSettled).toBe(false);
    await decide({ type: "label", images: [idAt("train/cat/2.jpg")], label: "cat" });
    expect((await clusterOf("2")).row.labelsSettled).toBe(true);
    expect(await engine.decisions.state({ project })).toMatchObject({ corrections: 0 });
    await undoAll();
  });

  test("can be corrected in every split, and are exported as a CSV", async () => {
    const { idAt, of } = await clusterOf("3");
    await decide({ type: "labelCluster", of, label: "wolf, gray" });
    await decide({ type: "label", images: [idAt("test/dog/3.jpg")], label: "dog" });
    const csv = await (await engine.decisions.corrections({ project })).text();
    expect(csv).toMatch(
      /^split,path,sha256,label,correct_label\ntrain,cat\/3\.jpg,[0-9a-f]{64},cat,"wolf, gray"\n$/,
    );
    await undoAll();
  });

  test("keep right labels separate from marks", async () => {
    const { of, idAt } = await clusterOf("1");
    const image: ImageId = idAt("train/dog/1.jpg");
    await decide({ type: "labelCluster", of, label: "cat" });
    await decide({ type: "mark", images: [image], mark: "remove" });
    await engine.decisions.undo({ project });
    const detail = await engine.review.cluster({ project, image });
    expect(detail?.images.map(({ mark, rightLabel }) => [mark, rightLabel])).toEqual([
      [null, "cat"],
      [null, "cat"],
    ]);
    await undoAll();
  });
});
