import { rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { folderOf, picture, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const smaller = (seed: number) => picture(seed).resize(120, 90).jpeg({ quality: 90 }).toBuffer();

/** Two copies of one image, one of them smaller, and other images. */
async function scanned() {
  const root = await folderOf({
    ...pictures("train/cat", 4),
    "train/cat/small.jpg": await smaller(1),
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = [{ name: "train", root: join(root, "train") }];
  const rescan = () => scanWith(engine, { splits, project });
  await rescan();
  const rows = async () =>
    (await engine.review.clusters({ project, offset: 0, limit: 9 })).rows.map(
      ({ size, newcomers }) => ({ size, newcomers }),
    );
  const images = async () => {
    const { rows } = await engine.review.clusters({ project, offset: 0, limit: 1 });
    const [row] = rows;
    const detail = row && (await engine.review.cluster({ project, image: row.anchor }));
    return detail?.images ?? [];
  };
  const id = async (path: string) =>
    (await images()).find((image) => image.path === path)?.id ?? (0 as ImageId);
  const mark = (ids: ImageId[], mark: "keep" | "remove") =>
    engine.decisions.decide({ project, decision: { type: "mark", images: ids, mark } });
  const newcomers = async () =>
    (await images()).filter(({ newcomer }) => newcomer).map(({ path }) => path);
  const openClusters = async () => {
    const filter = { decided: "open" as const };
    return (await engine.review.clusters({ project, filter, offset: 0, limit: 9 })).total;
  };
  return { root, project, rescan, rows, id, mark, newcomers, openClusters };
}

describe("a decided cluster", () => {
  test("stays decided after another scan, and is reopened only by a new image, which it identifies", async () => {
    const { root, project, rescan, rows, id, mark, newcomers, openClusters } = await scanned();
    await mark([await id("cat/001.jpg")], "keep");
    await mark([await id("cat/small.jpg")], "remove");
    expect(await openClusters()).toBe(0);
    await rescan();
    expect(await openClusters()).toBe(0);
    expect(await rows()).toEqual([{ size: 2, newcomers: 0 }]);

    await writeFiles(root, { "train/cat/zz-late.jpg": 1 });
    await rescan();
    expect(await openClusters()).toBe(1);
    expect(await rows()).toEqual([{ size: 3, newcomers: 1 }]);
    expect(await newcomers()).toEqual(["cat/zz-late.jpg"]);

    await mark([await id("cat/zz-late.jpg")], "remove");
    expect(await openClusters()).toBe(0);
    expect(await rows()).toEqual([{ size: 3, newcomers: 0 }]);
    // After undo, it counts as an image that was seen when something was decided.
    await engine.decisions.undo({ project });
    expect(await newcomers()).toEqual(["cat/zz-late.jpg"]);
  });

  test("reports no new image if an older one was left undecided", async () => {
    const { root, rescan, rows, id, mark } = await scanned();
    await mark([await id("cat/001.jpg")], "keep");
    await writeFiles(root, { "train/cat/late.jpg": 1 });
    await rescan();
    expect(await rows()).toEqual([{ size: 3, newcomers: 0 }]);
  });

  test("reports no new image that was present when it was last decided", async () => {
    const { root, rescan, rows, id, mark } = await scanned();
    await mark([await id("cat/001.jpg")], "keep");
    await writeFiles(root, { "train/cat/late.jpg": 1 });
    await rescan();
    await mark([await id("cat/small.jpg")], "remove");
    expect(await rows()).toEqual([{ size: 3, newcomers: 0 }]);
  });

  test("reports an older image that a lower threshold adds, unless it was left undecided before", async () => {
    const root = await folderOf({
      ...pictures("train/cat", 6, 10),
      "train/cat/first.jpg": 1,
      "train/cat/near.jpg": await picture(1)
        .blur(2)
        .modulate({ brightness: 1.3 })
        .jpeg()
        .toBuffer(),
      "train/cat/second.jpg": 1,
    });
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits: [{ name: "train", root: join(root, "train") }], project });
    const strict = { project, threshold: { strategy: "cosine" as const, cosine: 0.9999 } };
    const { rows } = await engine.review.clusters({ ...strict, offset: 0, limit: 9 });
    expect(rows.map(({ size }) => size)).toEqual([2]);
    const [image = 0 as ImageId, other = 0 as ImageId] = rows[0]?.images ?? [];
    const nearest = await engine.similar.toImage({ project, image, limit: 2 });
    const cosine = (nearest[1]?.similarity ?? 0) - 0.0001;
    const loose = { project, threshold: { strategy: "cosine" as const, cosine } };
    const newcomers = async () =>
      (await engine.review.cluster({ ...loose, image }))?.images
        .filter(({ newcomer }) => newcomer)
        .map(({ path }) => path);
    const mark = (at: typeof loose, images: ImageId[], mark: "keep" | "remove" | null) =>
      engine.decisions.decide({ ...at, decision: { type: "mark", images, mark } });

    await mark(strict, [image], "keep");
    expect(await newcomers()).toEqual([]);
    await mark(strict, [other], "remove");
    expect(await newcomers()).toEqual(["cat/near.jpg"]);
    await engine.decisions.undo(strict);
    expect(await newcomers()).toEqual([]);
    await engine.decisions.redo(strict);
    expect(await newcomers()).toEqual(["cat/near.jpg"]);
    // Marking it at this threshold and undoing that counts as having seen it.
    await mark(loose, [image, other], null);
    await mark(loose, [image, other], "keep");
    expect(await newcomers()).toEqual([]);
  });

  test("of non-duplicates does not return, except with a new image that joins it", async () => {
    const { root, project, rescan, rows, id, newcomers } = await scanned();
    const [a, b] = [await id("cat/001.jpg"), await id("cat/small.jpg")];
    await engine.decisions.decide({ project, decision: { type: "notDuplicates", a, b } });
    expect(await rows()).toEqual([]);
    await rescan();
    expect(await rows()).toEqual([]);
    await writeFiles(root, {
      "train/cat/late.jpg": await picture(1).resize(140, 105).jpeg().toBuffer(),
    });
    await rescan();
    expect(await rows()).toEqual([{ size: 3, newcomers: 1 }]);
    expect(await newcomers()).toEqual(["cat/late.jpg"]);
    rmSync(join(root, "train/cat/late.jpg"));
    await rescan();
    expect(await rows()).toEqual([]);
  });
});
