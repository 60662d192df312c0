import { readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Plan } from "../../src-main/contract/plan.ts";
import type { Report } from "../../src-main/contract/report.ts";
import { type Contents, folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { settleTimes, treeOf } from "../support/killable-apply.ts";
import { run } from "../support/run-in-process.ts";
import { reportOf, runningEngine } from "../support/running-engine.ts";

const engine = runningEngine();

/** Copies that are planted across and within the folders of a drawn data set. */
interface Planted {
  readonly parts: readonly string[];
  readonly tests: readonly string[];
  readonly perFolder: number;
  /** Copies in the last training folder of images of the first. */
  readonly redundant: number;
  /** Copies in the last test folder of images of the first training folder. */
  readonly leaks: number;
}

/** Files of the data set by path, with a seed per image; every image has a sidecar. Copies have their original's label. */
function contentsOf({ parts, tests, perFolder, redundant, leaks }: Planted): Contents {
  const contents: Record<string, number | string> = {};
  let seed = 0;
  const add = (folder: string, name: string, of: number) => {
    contents[`${folder}/cat/${name}.jpg`] = of;
    contents[`${folder}/cat/${name}.txt`] = `${folder} ${name}`;
  };
  for (const folder of [...parts, ...tests])
    for (let image = 0; image < perFolder; image++) add(folder, `${image}`, ++seed);
  for (let image = 0; image < redundant; image++)
    add(parts.at(-1) as string, `copy of ${image}`, image + 1);
  for (let image = 0; image < leaks; image++)
    add(tests.at(-1) as string, `leak of ${image}`, image + 1);
  return contents;
}

async function scanned(planted: Planted, more: Contents = {}) {
  const root = await folderOf({ ...contentsOf(planted), ...more });
  settleTimes(root);
  const project = join(freshFolder(), "p.twinlens");
  const scan = () => run(["scan", root, "--quiet", "--project", project]);
  expect(await scan()).toMatchObject({ code: 0, stderr: "" });
  return { root, project, scan };
}

const leakOf = ({ leaks }: Report) =>
  leaks.find(({ from, into }) => from === "test" && into === "train");

async function planOf(project: string): Promise<Plan> {
  const { code, stdout } = await run(["plan", project, "--json", "-", "--quiet"]);
  expect(code).toBe(0);
  return Plan.parse(JSON.parse(stdout));
}

const TRAINS = ["train_part1", "train_part2", "train2017", "my-train images", "Training"];
const TESTS = ["test", "test_a", "eval-b", "Testing (2)"];

const drawn = fc.record({
  parts: fc.shuffledSubarray(TRAINS, { minLength: 2, maxLength: 3 }).map((names) => names.sort()),
  tests: fc.shuffledSubarray(TESTS, { minLength: 1, maxLength: 2 }).map((names) => names.sort()),
  perFolder: fc.integer({ min: 3, max: 4 }),
  redundant: fc.integer({ min: 1, max: 3 }),
  leaks: fc.integer({ min: 1, max: 3 }),
});

test("folders of one split are scanned together, and an apply is undone byte for byte in each of them", async () => {
  await fc.assert(
    fc.asyncProperty(drawn, async (planted) => {
      const { parts, tests, perFolder, redundant, leaks } = planted;
      const { root, project, scan } = await scanned(planted);
      const before = treeOf(root);
      const report = await reportOf(engine, project);
      const ofTest = tests.length * perFolder + leaks;
      expect(report.splits).toEqual([
        expect.objectContaining({
          name: "train",
          images: parts.length * perFolder + redundant,
          root,
          folders: parts,
        }),
        expect.objectContaining({ name: "test", images: ofTest }),
      ]);
      expect(report.notCompared).toEqual([]);
      expect(report.images.every(({ label }) => label === "cat")).toBe(true);
      expect(leakOf(report)).toMatchObject({ images: leaks, of: ofTest });

      const plan = await planOf(project);
      // One image of each group stays.
      const groups = new Map<number, number>();
      for (let image = 0; image < redundant; image++) groups.set(image, 2);
      for (let image = 0; image < leaks; image++) groups.set(image, (groups.get(image) ?? 1) + 1);
      const surplus = [...groups.values()].reduce((sum, size) => sum + size - 1, 0);
      expect(plan.operations).toHaveLength(surplus);

      expect(await run(["apply", project, "--yes", "--quiet"])).toMatchObject({ code: 0 });
      const moved = treeOf(`${project}.quarantine`);
      const trainFolder = (path: string) => (tests.length === 1 ? `${tests[0]}/${path}` : path);
      const left = treeOf(root);
      for (const { split, path } of plan.operations) {
        const original = split === "test" ? trainFolder(path) : path;
        expect(before[original]).toBeDefined();
        expect(left[original]).toBeUndefined();
        expect(moved[`${split}/${path}`]).toBe(before[original]);
      }
      expect(Object.keys(left)).toHaveLength(Object.keys(before).length - 2 * surplus);
      await scan();
      expect(leakOf(await reportOf(engine, project))).toMatchObject({ images: 0 });

      expect(await run(["undo", project, "--quiet"])).toMatchObject({ code: 0 });
      expect(treeOf(root)).toEqual(before);
      await scan();
      expect(leakOf(await reportOf(engine, project))).toMatchObject({ images: leaks, of: ofTest });
    }),
    { numRuns: 6 },
  );
});

const PLANTED: Planted = {
  parts: ["train_part1", "train_part2"],
  tests: ["test"],
  perFolder: 4,
  redundant: 2,
  leaks: 2,
};

test("a clean copy keeps the folders' names, and its scan finds the same splits without duplicates", async () => {
  const { root, project } = await scanned(PLANTED, { "train_part1/list.csv": "file,label\n" });
  const before = treeOf(root);
  const plan = await planOf(project);
  const copy = join(freshFolder(), "clean");
  expect(await run(["apply", project, "--to", `copy=${copy}`, "--quiet"])).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(treeOf(root)).toEqual(before);
  const removed = new Set(
    plan.operations.flatMap(({ split, path }) => {
      const file = split === "test" ? `test/${path}` : path;
      return [file, file.replace(/jpg$/, "txt")];
    }),
  );
  const kept = Object.keys(before).filter((path) => !removed.has(path));
  expect(Object.keys(treeOf(copy)).sort()).toEqual(kept.sort());
  const again = join(freshFolder(), "again.twinlens");
  await run(["scan", copy, "--quiet", "--project", again]);
  const report = await reportOf(engine, again);
  expect(report.splits).toMatchObject([
    { name: "train", folders: PLANTED.parts },
    { name: "test" },
  ]);
  expect(report.clusters).toEqual([]);
});

test("an interrupted clean copy of folders deeper inside is started over", async () => {
  const root = await folderOf({ "a/train/1.jpg": 1, "a/train/2.jpg": 1, "b/train/3.jpg": 3 });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["a", "b"].flatMap((folder) => ["--train", join(root, folder, "train")]);
  expect(await run(["scan", ...splits, "--quiet", "--project", project])).toMatchObject({
    code: 0,
  });
  const copy = await folderOf({ ".twinlens-incomplete": "", "a/train/1.jpg": "half" });
  expect(await run(["apply", project, "--to", `copy=${copy}`, "--quiet"])).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(Object.keys(treeOf(copy))).toEqual(["a/train/1.jpg", "b/train/3.jpg"]);
});

describe("a path in the root of a split but outside its folders", () => {
  /** A plan for one image that names another path. */
  async function planWith(path: string) {
    const { root, project } = await scanned(PLANTED);
    const plan = await planOf(project);
    const operation = plan.operations.find(({ split }) => split === "train");
    if (!operation) throw new Error("The plan removes nothing from train.");
    const file = join(freshFolder(), "plan.json");
    writeFileSync(file, JSON.stringify({ ...plan, operations: [{ ...operation, path }] }));
    return { root, project, file };
  }

  test.each(["test/cat/0.jpg", "notes/cat/0.jpg", "train_part1/../test/cat/0.jpg", "0.jpg"])(
    "is refused in a plan (%s)",
    async (path) => {
      const { root, project, file } = await planWith(path);
      writeFileSync(join(root, "0.jpg"), "not yours");
      const before = treeOf(root);
      const { code, stdout } = await run(["apply", project, "--plan", file, "--yes"]);
      expect(code).toBe(1);
      expect(stdout).toContain("0 images moved to quarantine, 1 stays.");
      expect(treeOf(root)).toEqual(before);
    },
  );

  test("removes nothing when a folder became a link to another folder after the scan", async () => {
    const { root, project } = await scanned(
      { ...PLANTED, redundant: 0, leaks: 0 },
      {
        "train_part2/cat/0.jpg": 1,
        "train_part2/cat/1.jpg": 2,
      },
    );
    expect((await planOf(project)).operations).toHaveLength(2);
    renameSync(join(root, "train_part2"), join(freshFolder(), "elsewhere"));
    symlinkSync(join(root, "train_part1"), join(root, "train_part2"));
    const before = treeOf(root);
    await run(["apply", project, "--yes"]);
    expect(treeOf(root)).toEqual(before);
  });
});

describe("what a root contains besides its splits", () => {
  test("is named with its images, in the report and in the summary", async () => {
    const root = await folderOf({
      ...contentsOf(PLANTED),
      "more pictures/1.jpg": 50,
      "more pictures/deep/2.jpg": 51,
      "more pictures/deep/notes.txt": "no image",
      "more/3.jpg": 52,
      "at the root.jpg": 53,
      "masks/1.png": 54,
      ".hidden/1.jpg": 55,
      "@eaDir/1.jpg": 56,
      "__MACOSX/1.jpg": 57,
      "$RECYCLE.BIN/1.jpg": 58,
      "documents/readme.txt": "no image",
    });
    const json = join(freshFolder(), "r.json");
    const { code, stdout } = await run(["scan", root, "--json", json, "--fail-on-leak", "50"]);
    expect(code).toBe(0);
    const { notCompared } = JSON.parse(readFileSync(json, "utf8")) as Report;
    expect(notCompared.map(({ split, images }) => [split, images])).toEqual([
      [".", 1],
      ["more", 1],
      ["more pictures", 2],
    ]);
    expect(stdout).toMatch(/^ {2}2 images in the folder "more pictures" were not compared: /m);
    expect(stdout).toMatch(/^ {2}1 image directly in the root folder was not compared: /m);
  });
});

describe("a root that becomes one split although it contains what looks like splits", () => {
  const CONTENTS: Contents = {
    "images/train/1.jpg": 1,
    "images/train/2.jpg": 2,
    "images/test/leak.jpg": 1,
    "images/test/3.jpg": 3,
    "images/validation/4.jpg": 4,
    "lists/train.txt": "images/train/1.jpg\n",
  };
  const removeList = async (project: string) =>
    (await run(["report", project, "--quiet", "--remove-list", "-"])).stdout;
  const bestOf = async (project: string) => {
    const { rows } = await engine.review.clusters({ project, offset: 0, limit: 1 });
    const of = { project, image: rows[0]?.anchor as never };
    return engine.decisions.decide({ project, decision: { type: "keepBest", of } });
  };

  test("is said, and no rule removes anything until someone confirms that it is one split", async () => {
    const root = await folderOf(CONTENTS);
    const project = join(freshFolder(), "p.twinlens");
    const { code, stdout } = await run(["scan", root, "--project", project]);
    expect(code).toBe(0);
    for (const name of ["images/test", "images/train", "images/validation", "lists/train.txt"])
      expect(stdout).toContain(`"${name}"`);
    expect(await removeList(project)).toBe("");
    const plan = await planOf(project);
    expect(plan.operations).toEqual([]);
    expect(plan.warnings.join("\n")).toMatch(/The keeper rules choose nothing.*images\/test/);
    await expect(bestOf(project)).rejects.toMatchObject({ code: "USAGE" });
    const before = treeOf(root);
    await run(["apply", project, "--yes"]);
    expect(treeOf(root)).toEqual(before);

    const confirmed = ["scan", "--split", `all=${root}`, "--project", project];
    expect((await run(confirmed)).stdout).not.toContain("looks like");
    expect((await removeList(project)).trim().split("\n")).toHaveLength(1);
    expect((await planOf(project)).operations).toHaveLength(1);
    await bestOf(project);

    // The confirmation holds for later scans of the same root.
    await run(["scan", root, "--project", project, "--quiet"]);
    expect((await planOf(project)).operations).toHaveLength(1);
  });

  test("can be confirmed in the app, and that survives the next scan", async () => {
    const root = await folderOf(CONTENTS);
    const project = join(freshFolder(), "p.twinlens");
    const scan = () => run(["scan", root, "--project", project, "--quiet"]);
    await scan();
    expect((await reportOf(engine, project)).notCompared).toHaveLength(4);
    await engine.project.confirmOneSplit({ project });
    expect((await reportOf(engine, project)).notCompared).toEqual([]);
    await scan();
    expect((await planOf(project)).operations).toHaveLength(1);
    expect((await removeList(project)).trim().split("\n")).toHaveLength(1);
  });

  test("needs no confirmation without such names", async () => {
    const root = await folderOf({ "cat/1.jpg": 1, "dog/2.jpg": 2, "dog/1.jpg": 2 });
    const project = join(freshFolder(), "p.twinlens");
    await run(["scan", root, "--project", project, "--quiet"]);
    expect((await reportOf(engine, project)).notCompared).toEqual([]);
    expect((await planOf(project)).operations).toHaveLength(1);
  });
});
