import { copyFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { Decision } from "../../src-main/contract/decisions.ts";
import { ImageId } from "../../src-main/contract/ids.ts";
import { folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { type Engine, reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const everything = { threshold: { strategy: "cosine", cosine: -1 } as const };

/** A scanned data set: three copies of one image in train, a leak, and different images. */
async function scanned(protect: string[] = []) {
  const root = await folderOf({
    ...pictures("train/cat", 5),
    "train/cat/copy-a.jpg": 1,
    "train/cat/copy-b.jpg": 1,
    ...pictures("test/cat", 3, 20),
    "test/cat/leak.jpg": 2,
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const rescan = () => scanWith(engine, { splits, project, protect });
  await rescan();
  return { root, project, rescan };
}

/** Image ids by `split/path`, and marks by the same. */
async function marksOf(project: string, by: Engine = engine) {
  const ids = new Map<string, ImageId>();
  const marks: Record<string, string> = {};
  const { rows } = await by.review.clusters({ project, ...everything, offset: 0, limit: 500 });
  for (const { anchor } of rows) {
    const detail = await by.review.cluster({ project, ...everything, image: anchor });
    for (const { id, split, path, mark } of detail?.images ?? []) {
      ids.set(`${split}/${path}`, id);
      if (mark) marks[`${split}/${path}`] = mark;
    }
  }
  return { marks, id: (name: string) => ids.get(name) ?? ImageId.parse(999_999), ids };
}

const decide = (project: string, decision: Decision) =>
  engine.decisions.decide({ project, decision });

describe("marks", () => {
  test("survive a rename and a move to another split, but not a change of content", async () => {
    const { root, project, rescan } = await scanned();
    const { id } = await marksOf(project);
    const images = ["train/cat/002.jpg", "train/cat/003.jpg", "train/cat/004.jpg"].map(id);
    const state = await decide(project, { type: "mark", images, mark: "keep" });
    expect(state).toMatchObject({ revision: 1, keep: 3, remove: 0, undo: "keep 3 images" });
    renameSync(join(root, "train/cat/002.jpg"), join(root, "train/cat/renamed.jpg"));
    renameSync(join(root, "train/cat/003.jpg"), join(root, "test/cat/moved.jpg"));
    await writeFiles(root, { "train/cat/004.jpg": 90 });
    await rescan();
    expect((await marksOf(project)).marks).toEqual({
      "train/cat/renamed.jpg": "keep",
      "test/cat/moved.jpg": "keep",
    });
  });

  test("of a deleted file do not pass to a copy that existed before", async () => {
    const { root, project, rescan } = await scanned();
    const { id } = await marksOf(project);
    await decide(project, { type: "mark", images: [id("train/cat/001.jpg")], mark: "remove" });
    rmSync(join(root, "train/cat/001.jpg"));
    await rescan();
    expect((await marksOf(project)).marks).toEqual({});
  });

  test("of a deleted file do not pass to a copy that was added while it existed", async () => {
    const { root, project, rescan } = await scanned();
    const { id } = await marksOf(project);
    await decide(project, { type: "mark", images: [id("train/cat/001.jpg")], mark: "remove" });
    await writeFiles(root, { "train/cat/later.jpg": 1 });
    await rescan();
    rmSync(join(root, "train/cat/001.jpg"));
    await rescan();
    expect((await marksOf(project)).marks).toEqual({});
  });

  test("of a moved file can be changed and cleared, and no other copy gets them", async () => {
    const { root, project, rescan } = await scanned();
    const first = await marksOf(project);
    const images = [first.id("train/cat/001.jpg"), first.id("train/cat/copy-a.jpg")];
    await decide(project, { type: "mark", images, mark: "remove" });
    rmSync(join(root, "train/cat/copy-a.jpg"));
    renameSync(join(root, "train/cat/001.jpg"), join(root, "train/cat/moved.jpg"));
    await rescan();
    const { id, marks } = await marksOf(project);
    expect(marks).toEqual({ "train/cat/moved.jpg": "remove" });
    const moved = [id("train/cat/moved.jpg")];
    await decide(project, { type: "mark", images: moved, mark: null });
    expect((await marksOf(project)).marks).toEqual({});
    await decide(project, { type: "mark", images: moved, mark: "keep" });
    await engine.decisions.undo({ project });
    await engine.decisions.undo({ project });
    expect((await marksOf(project)).marks).toEqual(marks);
  });

  test("are refused in a protected split, whose images a decided cluster does not need", async () => {
    const { project } = await scanned(["test"]);
    const { id } = await marksOf(project);
    const of = { project, image: id("test/cat/leak.jpg") };
    expect((await engine.review.figures({ project })).decidedClusters).toBe(0);
    const state = await decide(project, { type: "keepBest", of });
    expect(state).toMatchObject({ keep: 0, remove: 1, refused: 1 });
    expect((await engine.review.figures({ project })).decidedClusters).toBe(1);
  });

  test("of the filter's clusters leave decided images alone, unless they are included", async () => {
    const { project } = await scanned();
    const { id } = await marksOf(project);
    const cut = { project };
    const kept = id("train/cat/002.jpg");
    await decide(project, { type: "mark", images: [kept], mark: "keep" });
    const page = await engine.review.clusters({ project, offset: 0, limit: 0 });
    expect(page).toMatchObject({ decided: 1, rows: [] });
    const filtered = { type: "filtered" as const, cut, filter: {}, mark: "remove" as const };
    expect(await decide(project, filtered)).toMatchObject({ keep: 1, remove: page.undecided });
    await decide(project, { ...filtered, mark: "best" });
    expect((await marksOf(project)).marks["train/cat/002.jpg"]).toBe("keep");
    expect(await decide(project, { ...filtered, includeDecided: true })).toMatchObject({ keep: 0 });
  });

  test("made by keeping the best match the remove list", async () => {
    const { project } = await scanned();
    const cut = { project };
    const filter = {};
    const state = await decide(project, { type: "filtered", cut, filter, mark: "best" });
    let list = "";
    for await (const { text } of await engine.report({ project, outputs: { removeList: "-" } })) {
      list += text;
    }
    const { marks } = await marksOf(project);
    const removed = Object.keys(marks).filter((name) => marks[name] === "remove");
    expect(
      list
        .trim()
        .split("\n")
        .map((line) => line.split("/").slice(-3).join("/"))
        .sort(),
    ).toEqual(removed.sort());
    expect(state).toMatchObject({
      remove: 3,
      undo: "keep the best image in each of 2 clusters",
    });
  });
});

describe("pairs marked as not duplicates", () => {
  test("are left out of clusters, leaks and reports, and return with undo", async () => {
    const { project } = await scanned();
    const { id } = await marksOf(project);
    const before = await reportOf(engine, project);
    const [a, b] = [id("train/cat/002.jpg"), id("test/cat/leak.jpg")];
    // Copies of one image are identical, so this is refused.
    await expect(decide(project, { type: "notDuplicates", a, b })).rejects.toMatchObject({
      code: "USAGE",
    });
    const pairs = await engine.review.figures({ project, ...everything });
    expect(pairs.clusters).toBe(1);
    const [x, y] = [id("train/cat/003.jpg"), id("train/cat/004.jpg")];
    const state = await decide(project, { type: "notDuplicates", a: x, b: y });
    expect(state).toMatchObject({ notDuplicates: 1, undo: "mark a pair as not duplicates" });
    const cut = await reportOf(engine, project, everything.threshold);
    expect(cut.clusters.flatMap((c) => c.pairs).some((p) => p.a === x && p.b === y)).toBe(false);
    const figures = await engine.review.figures({ project, ...everything });
    expect(figures).toMatchObject({
      clusters: cut.clusters.length,
      clusteredImages: cut.images.length,
    });
    expect(await engine.decisions.undo({ project })).toMatchObject({ notDuplicates: 0 });
    expect((await reportOf(engine, project)).clusters).toEqual(before.clusters);
  });

  test("split a cluster at its weakest link, repeatedly until nothing is left to split", async () => {
    const { project } = await scanned();
    const { id } = await marksOf(project);
    const of = { project, ...everything, image: id("train/cat/001.jpg") };
    let clusters = 1;
    for (;;) {
      const detail = await engine.review.cluster(of);
      if (!detail) throw new Error("The image is in no cluster");
      if (detail.images.every(({ path }) => /copy|001/.test(path))) break;
      await decide(project, { type: "splitCluster", of });
      const after = await engine.review.cluster(of);
      expect(after?.size).toBeLessThan(detail.size);
      clusters++;
    }
    expect(clusters).toBeGreaterThan(1);
    await expect(decide(project, { type: "splitCluster", of })).rejects.toMatchObject({
      code: "USAGE",
      message: /look exactly the same cannot be marked as not duplicates/,
    });
    const state = await engine.decisions.state({ project });
    expect(state.undo).toBe("split a cluster");
  });

  test("break up a whole cluster, except for identical copies", async () => {
    const { project } = await scanned();
    const { id } = await marksOf(project);
    const of = { project, ...everything, image: id("train/cat/001.jpg") };
    await decide(project, { type: "clusterNotDuplicates", of });
    const { rows } = await engine.review.clusters({ project, ...everything, offset: 0, limit: 9 });
    expect(rows.map(({ size }) => size).sort()).toEqual([2, 3]);
  });
});

describe("undo and redo", () => {
  let template: string;
  let ids: ImageId[];
  beforeAll(async () => {
    const { project } = await scanned();
    template = project;
    ids = [...(await marksOf(project)).ids.values()];
  });

  test("return an image that they changed, or none", async () => {
    const { project } = await scanned();
    const { id } = await marksOf(project);
    const [a, b] = ["train/cat/002.jpg", "train/cat/003.jpg"].map(id) as [ImageId, ImageId];
    expect(await decide(project, { type: "mark", images: [a], mark: "keep" })).toMatchObject({
      image: null,
    });
    await decide(project, { type: "notDuplicates", a, b });
    expect([a, b]).toContain((await engine.decisions.undo({ project })).image);
    expect(await engine.decisions.undo({ project })).toMatchObject({ image: a });
    expect(await engine.decisions.undo({ project })).toMatchObject({ image: null });
    expect(await engine.decisions.redo({ project })).toMatchObject({ image: a });
  });

  test("end in the same state as a simple model for any sequence of decisions", async () => {
    const action = fc.oneof(
      fc.record({
        type: fc.constant("mark" as const),
        images: fc.uniqueArray(fc.nat(10), { minLength: 1, maxLength: 4 }),
        mark: fc.constantFrom("keep" as const, "remove" as const, null),
      }),
      fc.record({ type: fc.constant("undo" as const) }),
      fc.record({ type: fc.constant("redo" as const) }),
      fc.record({ type: fc.constant("reopen" as const) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 15 }), async (actions) => {
        const project = join(freshFolder(), "p.twinlens");
        copyFileSync(template, project);
        let by = engine;
        const done: Map<number, string>[] = [new Map()];
        let at = 0;
        for (const step of actions) {
          if (step.type === "reopen") by = runningEngine();
          else if (step.type === "undo") {
            await by.decisions.undo({ project });
            at = Math.max(0, at - 1);
          } else if (step.type === "redo") {
            await by.decisions.redo({ project });
            at = Math.min(done.length - 1, at + 1);
          } else {
            const images = step.images.map((place) => ids[place] ?? ImageId.parse(1));
            const { mark } = step;
            await by.decisions.decide({ project, decision: { type: "mark", images, mark } });
            const next = new Map(done[at]);
            for (const image of images) {
              if (mark === null) next.delete(image);
              else next.set(image, mark);
            }
            const changed = images.some((image) => next.get(image) !== done[at]?.get(image));
            if (!changed) continue;
            done.splice(at + 1, done.length, next);
            at++;
          }
          const { marks, id } = await marksOf(project, by);
          const found = new Map(Object.entries(marks).map(([name, mark]) => [id(name), mark]));
          expect(new Map([...found].sort())).toEqual(new Map([...(done[at] ?? [])].sort()));
        }
        while ((await by.decisions.state({ project })).undo !== null) {
          await by.decisions.undo({ project });
        }
        expect((await marksOf(project, by)).marks).toEqual({});
      }),
      { numRuns: 15 },
    );
  }, 120_000);
});
