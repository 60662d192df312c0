import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type Contents, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** Files, then links to them: what to link by path, both below the root. */
interface DataSet {
  readonly files: Contents;
  readonly hardLinks?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
}

/** Scans train and test, and lists what would be removed, in every way that a list is made. */
async function scanned({ files, hardLinks = {}, links = {} }: DataSet) {
  const root = await folderOf(files);
  for (const name of ["train", "test"]) mkdirSync(join(root, name), { recursive: true });
  for (const [path, target] of Object.entries(hardLinks))
    linkSync(join(root, target), join(root, path));
  for (const [path, target] of Object.entries(links))
    symlinkSync(join(root, target), join(root, path));
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { splits, project });
  let removeList = "";
  for await (const { text } of await engine.report({ project, outputs: { removeList: "-" } }))
    removeList += text;
  const { operations } = await engine.plan.make({ project });
  const planned = operations.map(({ split, path }) => join(split, path)).sort();
  const lines = removeList.split("\n").slice(0, -1);
  expect(lines.map((line) => line.slice(root.length + 1)).sort()).toEqual(planned);
  const report = await reportOf(engine, project);
  return { report, planned, leaks: report.leaks.find(({ from }) => from === "test") };
}

describe.runIf(process.platform !== "win32")("a file with several paths", () => {
  test("is counted once and never removed, but its copies are", async () => {
    const { report, planned } = await scanned({
      // The copy has the shorter path, which the rules prefer.
      files: { ...pictures("train", 2), "train/0.jpg": 1, ...pictures("test", 2, 10) },
      hardLinks: { "train/also.jpg": "train/001.jpg" },
      links: { "train/link.jpg": "train/001.jpg" },
    });
    expect(report.splits[0]).toMatchObject({ images: 3, otherNames: 2 });
    expect(report.clusters.map(({ size }) => size)).toEqual([2]);
    expect(planned).toEqual(["train/0.jpg"]);
  });

  test("in two splits is a leak that no rule removes", async () => {
    const { report, planned, leaks } = await scanned({
      files: { ...pictures("train", 3), ...pictures("test", 2, 10) },
      hardLinks: { "test/hard.jpg": "train/001.jpg" },
      links: { "test/soft.jpg": "train/002.jpg" },
    });
    expect(report.unreadable).toEqual([]);
    expect(leaks).toMatchObject({ images: 2, of: 4 });
    expect(planned).toEqual([]);
  });

  test("in a folder that is linked twice has no duplicate", async () => {
    const { report, planned } = await scanned({
      files: { ...pictures("train/cat", 3), ...pictures("test", 2, 10) },
      links: { "train/a": "train/cat", "train/z": "train/cat" },
    });
    expect(report.splits[0]).toMatchObject({ images: 3 });
    expect(report.clusters).toEqual([]);
    expect(planned).toEqual([]);
  });
});

describe.runIf(process.platform !== "win32")("links from a split", () => {
  test("into another folder of the data set's root are followed", async () => {
    const { report, leaks } = await scanned({
      files: { ...pictures("train", 3), ...pictures("pool", 1), "pool/deep/copy.jpg": 2 },
      links: { "test/one.jpg": "pool/001.jpg", "test/deep": "pool/deep" },
    });
    expect(report.unreadable).toEqual([]);
    expect(leaks).toMatchObject({ images: 2, of: 2 });
  });

  test("out of the root are followed only into the folders that the person allows", async () => {
    const store = await folderOf(pictures("", 1));
    const files = { ...pictures("train", 3), ...pictures("test", 1, 10) };
    const root = await folderOf(files);
    symlinkSync(store, join(root, "test/stored"));
    const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits, project });
    const refused = await reportOf(engine, project);
    expect(refused.unreadable).toMatchObject([{ path: "stored", cause: "outside-link" }]);
    expect(refused.notCompared).toMatchObject([
      { split: "test", images: 1, advice: expect.stringContaining("--follow-links DIR") },
    ]);

    await scanWith(engine, { splits, project, followLinks: [store] });
    const allowed = await reportOf(engine, project);
    expect(allowed.unreadable).toEqual([]);
    expect(allowed.notCompared).toEqual([]);
    expect(allowed.leaks.find(({ from }) => from === "test")).toMatchObject({ images: 1, of: 2 });
  });
});
