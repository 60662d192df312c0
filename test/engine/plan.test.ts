import { readFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import type { ImageId } from "../../src-main/contract/ids.ts";
import type { Plan, PlanRequest } from "../../src-main/contract/plan.ts";
import { folderOf, picture, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let root: string;
let project: string;
let ids: Map<string, ImageId>;

beforeAll(async () => {
  root = await folderOf({
    ...pictures("train/cat", 6),
    ...pictures("train/dog", 4, 30),
    "train/cat/copy of 1.jpg": 1,
    "train/cat/002.txt": "0 0.5 0.5 1 1",
    "train/cat/copy of 1.txt": "0 0.5 0.5 1 1",
    "train/cat/copy of 1.caption": "a mountain",
    "train/dog/large.png": await picture(31).png().toBuffer(),
    ...pictures("test/cat", 5, 50),
    "test/cat/leak.jpg": 2,
  });
  project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
  const { images } = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
  ids = new Map(images.map(({ id, split, path }) => [`${split}/${path}`, id]));
});

const id = (name: string): ImageId => {
  const found = ids.get(name);
  if (found === undefined) throw new Error(`There is no ${name}`);
  return found;
};
const planOf = (request: Partial<PlanRequest> = {}): Promise<Plan> =>
  engine.plan.make({ project, ...request });
const namesOf = ({ operations }: Plan) => operations.map(({ split, path }) => `${split}/${path}`);

async function withMarks<T>(
  marks: Record<string, "keep" | "remove">,
  work: () => Promise<T>,
): Promise<T> {
  for (const [name, mark] of Object.entries(marks)) {
    await engine.decisions.decide({
      project,
      decision: { type: "mark", images: [id(name)], mark },
    });
  }
  try {
    return await work();
  } finally {
    const decision = { type: "mark" as const, images: Object.keys(marks).map(id), mark: null };
    await engine.decisions.decide({ project, decision });
  }
}

test("the plan fixes the leak in train, keeps the best of each set of copies, and gives reasons", async () => {
  const plan = await planOf();
  expect(plan.operations).toMatchObject([
    {
      split: "train",
      path: "cat/002.jpg",
      label: "cat",
      reason: "leak: same-bytes copy of test/cat/leak.jpg",
      keeper: { split: "test", path: "cat/leak.jpg" },
      sidecars: ["cat/002.txt"],
    },
    {
      path: "cat/copy of 1.jpg",
      reason: "same-bytes copy of train/cat/001.jpg; kept: the shortest path",
      keeper: { split: "train", path: "cat/001.jpg" },
      sidecars: ["cat/copy of 1.txt"],
    },
    {
      path: "dog/031.jpg",
      reason: expect.stringMatching(/ copy of train\/dog\/large\.png; kept: /),
    },
  ]);
  expect(plan.totals).toMatchObject({ images: 3, sidecars: 2, bySplit: { train: { images: 3 } } });
  expect(plan.balance).toMatchObject({
    train: { cat: { before: 7, after: 5 }, dog: { before: 5, after: 4 } },
    test: { cat: { before: 6, after: 6 } },
  });
  expect(plan.leaks.find(({ from }) => from === "test")).toMatchObject({
    into: "train",
    before: { images: 1, of: 6 },
    after: { images: 0, of: 6 },
  });
  expect(plan.warnings).toEqual([
    expect.stringMatching(/^train\/cat would lose 2 of 7.images \(28\.6.%\)\.$/),
  ]);
  expect((await planOf({ classLoss: 30 })).warnings).toEqual([]);
});

test("marks override the rules and work without them", async () => {
  await withMarks({ "train/cat/002.jpg": "keep", "train/cat/001.jpg": "remove" }, async () => {
    expect(namesOf(await planOf())).toEqual(["train/cat/001.jpg", "train/dog/031.jpg"]);
    const marked = await planOf({ kinds: [] });
    expect(marked.operations).toMatchObject([
      { path: "cat/001.jpg", reason: "marked remove", keeper: { path: "cat/copy of 1.jpg" } },
    ]);
  });
});

test("the rules act only on the requested kinds and clusters", async () => {
  expect(namesOf(await planOf({ kinds: ["same-bytes"] }))).toEqual([
    "train/cat/002.jpg",
    "train/cat/copy of 1.jpg",
  ]);
  expect(namesOf(await planOf({ filter: { acrossSplits: true } }))).toEqual(["train/cat/002.jpg"]);
  const others = await planOf({ rules: { from: "others" } });
  expect(namesOf(others)).toEqual(["test/cat/leak.jpg"]);
});

test("a cluster that would lose all images is skipped, unless that is allowed", async () => {
  const rules = { from: "all", dropLeaks: true } as const;
  const held = await planOf({ rules });
  expect(held.operations).toHaveLength(4);
  expect(held.emptied).toEqual([{ cluster: id("train/cat/002.jpg"), size: 2, allowed: false }]);
  expect(held.totals.images).toBe(2);
  expect(held.warnings.join()).toMatch(
    /1.cluster would lose all images\. .* unless you allow that\./,
  );
  for (const mayEmpty of ["all" as const, [id("test/cat/leak.jpg")]]) {
    const free = await planOf({ rules, mayEmpty });
    expect(free.emptied).toMatchObject([{ allowed: true }]);
    expect(free.totals.images).toBe(4);
  }
});

test("a sidecar shared with a kept image is kept, and a pattern adds others", async () => {
  const plan = await planOf({ sidecars: ["{folder}/{name}.caption"] });
  expect(plan.operations[1]?.sidecars).toEqual(["cat/copy of 1.txt", "cat/copy of 1.caption"]);
  const shared = await planOf({ sidecars: ["{folder}/copy of 1.caption"] });
  expect(shared.operations.flatMap(({ sidecars }) => sidecars)).not.toContain(
    "cat/copy of 1.caption",
  );
});

describe("YOLO's folders", () => {
  test("labels outside the scanned folders are removed too if named, and reported otherwise", async () => {
    const all = await folderOf({ ...pictures("images/train", 6), "images/train/x.jpg": 1 });
    await writeFiles(all, { "labels/train/x.txt": "0", "labels/train/001.txt": "0" });
    const own = join(freshFolder(), "yolo.twinlens");
    await scanWith(engine, {
      splits: [{ name: "train", root: join(all, "images/train") }],
      project: own,
    });
    const plan = await engine.plan.make({ project: own });
    expect(plan.operations).toMatchObject([{ path: "001.jpg", sidecars: [] }]);
    expect(plan.warnings.join()).toContain(`${join(all, "labels/train")} contains files`);
    const sidecarRoots = [join(all, "labels")];
    const named = await engine.plan.make({ project: own, sidecarRoots });
    expect(named.operations[0]?.sidecars).toEqual([join(all, "labels/train/001.txt")]);
  });

  test("identical masks are not treated as redundant copies", async () => {
    const black = { create: { width: 64, height: 64, channels: 3, background: "black" } } as const;
    const mask = await sharp(black).png().toBuffer();
    const all = await folderOf({ ...pictures("images", 5), "images/copy.jpg": 1 });
    await writeFiles(all, { "masks/001.png": mask, "masks/copy.png": mask, "masks/002.png": mask });
    const own = join(freshFolder(), "masks.twinlens");
    await scanWith(engine, { splits: [{ name: "all", root: all }], project: own });
    const plan = await engine.plan.make({ project: own });
    expect(plan.operations.map(({ path, sidecars }) => [path, sidecars])).toEqual([
      ["images/copy.jpg", ["masks/copy.png"]],
    ]);
  });
});

describe("twinlens plan", () => {
  test("prints the operations and their totals", async () => {
    const { code, stdout, stderr } = await run(["plan", project]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^remove {2}train\/cat\/002\.jpg .* leak: same-bytes copy of test\/cat\/leak\.jpg {2}\+ cat\/002\.txt$/m,
    );
    expect(stdout).toContain("3 images");
    expect(stdout).toMatch(
      /Leak of test into train: 1 of 6 \(16\.7.%\) before, 0 of 6 \(0.%\) after/,
    );
    expect(stdout).toContain("Warning: train/cat would lose");
  });

  test("writes lists, CSV and JSON", async () => {
    const out = freshFolder();
    const file = (name: string) => join(out, name);
    const targets = ["json", "csv", "keep-list", "remove-list"].flatMap((name) => [
      `--${name}`,
      file(name),
    ]);
    const { code, stdout } = await run(["plan", project, ...targets, "--quiet"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(JSON.parse(readFileSync(file("json"), "utf8"))).toEqual(await planOf());
    expect(readFileSync(file("csv"), "utf8").split("\n")[0]).toBe(
      "split,path,sha256,bytes,label,cluster,reason,keeper_split,keeper_path,sidecars",
    );
    const removes = readFileSync(file("remove-list"), "utf8").trim().split("\n");
    expect(removes).toEqual(
      ["cat/002.jpg", "cat/copy of 1.jpg", "dog/031.jpg"].map((path) => join(root, "train", path)),
    );
    const keeps = readFileSync(file("keep-list"), "utf8").trim().split("\n");
    expect(keeps).toHaveLength(ids.size - removes.length);
    expect(keeps).toEqual(expect.not.arrayContaining(removes));
  });

  test("reports the wrong field of invalid rules", async () => {
    const rules = join(
      await folderOf({ "rules.json": '{"order": ["resolution", "biggest"]}' }),
      "rules.json",
    );
    const words = ["plan", project, "--rules", rules];
    const { code, stderr } = await run(words, { withoutEngine: true });
    expect([code, stderr]).toEqual([2, expect.stringContaining("order[1]: Expected one of")]);
  });
});
