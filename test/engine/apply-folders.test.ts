import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { treeOf } from "../support/killable-apply.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** Each split has a folder below `a` and one below `b`, and a copy to remove in each. */
async function scanned() {
  const root = await folderOf({
    ...pictures("a/train/cat", 3),
    "a/train/cat/copy.jpg": 1,
    "a/train/cat/copy.txt": "0 0.5 0.5 1 1",
    ...pictures("b/train/dog", 3, 10),
    "b/train/dog/copy.jpg": 10,
    "b/train/dog/copy.xml": "<annotation/>",
    ...pictures("a/test", 2, 20),
    ...pictures("b/test", 2, 30),
    "labels/copy.txt": "0 0.5 0.5 1 1",
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({
    name,
    root,
    folders: [`a/${name}`, `b/${name}`],
  }));
  await scanWith(engine, { splits, project });
  return { root, project, quarantine: `${project}.quarantine` };
}

describe("a split with two folders", () => {
  test("gives up copies from both folders with their sidecars, and undo restores all of it", async () => {
    const { root, project, quarantine } = await scanned();
    const before = treeOf(root);
    const applied = await run(["apply", project, "--yes"]);
    expect(applied).toMatchObject({ code: 0, stderr: "" });
    expect(Object.keys(treeOf(quarantine))).toEqual([
      "train/a/train/cat/copy.jpg",
      "train/a/train/cat/copy.txt",
      "train/b/train/dog/copy.jpg",
      "train/b/train/dog/copy.xml",
    ]);
    const undone = await run(["undo", project]);
    expect(undone).toMatchObject({ code: 0, stderr: "" });
    expect(undone.stdout).toContain("2 images restored.");
    expect(treeOf(root)).toEqual(before);
    expect(existsSync(quarantine)).toBe(false);
  });

  test("gets hard links in both folders, and undo restores the files", async () => {
    const { root, project } = await scanned();
    const before = treeOf(root);
    expect(await run(["apply", project, "--yes", "--to", "hardlink"])).toMatchObject({ code: 0 });
    expect(await run(["undo", project])).toMatchObject({ code: 0, stderr: "" });
    expect(treeOf(root)).toEqual(before);
  });

  test("gets images back into a folder that the last scan no longer found", async () => {
    const root = await folderOf({
      "train_a/1.jpg": 1,
      ...pictures("train_b", 3, 10),
      ...pictures("test", 2, 20),
      "test/leak.jpg": 1,
    });
    const project = join(freshFolder(), "p.twinlens");
    const scan = ["scan", root, "--quiet", "--project", project];
    await run(scan);
    const before = treeOf(root);
    expect(await run(["apply", project, "--yes"])).toMatchObject({ code: 0 });
    expect(existsSync(join(root, "train_a/1.jpg"))).toBe(false);
    await run(scan);
    expect(await run(["undo", project])).toMatchObject({ code: 0, stderr: "" });
    expect(treeOf(root)).toEqual(before);
  });

  test("gives up sidecars in a folder that the person names, and undo restores them", async () => {
    const { root, project, quarantine } = await scanned();
    const before = treeOf(root);
    const labels = ["--sidecar", "labels/{name}.txt", "--sidecar-root"];
    const applied = await run(["apply", project, "--yes", ...labels, join(root, "labels")]);
    expect(applied).toMatchObject({ code: 0, stderr: "" });
    expect(Object.keys(treeOf(quarantine))).toHaveLength(5);
    expect(await run(["undo", project])).toMatchObject({ code: 0, stderr: "" });
    expect(treeOf(root)).toEqual(before);
  });
});
