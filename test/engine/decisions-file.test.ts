import { mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DecisionsFile } from "../../src-main/contract/decisions.ts";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { arithmeticGraph, arithmeticManifest, writeModel } from "../support/models.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const everything = { threshold: { strategy: "cosine", cosine: -1 } as const };

const IMAGES = {
  ...pictures("train/cat", 4),
  "train/dog/copy.jpg": 1,
  ...pictures("test/cat", 2, 20),
};

/** Scans the same images into a separate project, in separate folders. */
async function machine(images: Record<string, number> = IMAGES, protect: string[] = []) {
  const root = await folderOf(images);
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const rescan = (model?: string) =>
    scanWith(engine, { splits, project, protect, ...(model !== undefined && { model }) });
  await rescan();
  const images_ = async () => {
    const detail = await clusterOfAll(project);
    return new Map(detail.images.map((image) => [`${image.split}/${image.path}`, image]));
  };
  const id = async (name: string) => (await images_()).get(name)?.id ?? (0 as ImageId);
  /** Marks and right labels by file. */
  const decided = async () =>
    Object.fromEntries(
      Array.from(await images_())
        .map(([name, { mark, rightLabel }]) => [name, mark ?? rightLabel] as const)
        .filter(([, what]) => what !== null),
    );
  const fileOf = () => engine.decisions.file({ project });
  const parsed = async () => DecisionsFile.parse(JSON.parse(await (await fileOf()).text()));
  return { root, project, rescan, id, decided, fileOf, parsed };
}

async function clusterOfAll(project: string) {
  const { rows } = await engine.review.clusters({ project, ...everything, offset: 0, limit: 1 });
  const [row] = rows;
  const detail =
    row && (await engine.review.cluster({ project, ...everything, image: row.anchor }));
  if (!detail) throw new Error("The pictures are in no cluster");
  return detail;
}

/** A machine with one decision of each kind. */
async function decidedMachine() {
  const there = await machine();
  const { project, id } = there;
  const mark = async (name: string, mark: "keep" | "remove") =>
    engine.decisions.decide({
      project,
      decision: { type: "mark", images: [await id(name)], mark },
    });
  await mark("train/cat/001.jpg", "keep");
  await mark("train/cat/002.jpg", "remove");
  const images = [await id("train/dog/copy.jpg")];
  await engine.decisions.decide({ project, decision: { type: "label", images, label: "cat" } });
  const [a, b] = [await id("train/cat/003.jpg"), await id("test/cat/020.jpg")];
  await engine.decisions.decide({ project, decision: { type: "notDuplicates", a, b } });
  return there;
}

const DECIDED = {
  "train/cat/001.jpg": "keep",
  "train/cat/002.jpg": "remove",
  "train/dog/copy.jpg": "cat",
};

describe("a decisions file", () => {
  test("is imported completely on another machine, and removed by one undo", async () => {
    const here = await decidedMachine();
    expect(await here.decided()).toEqual(DECIDED);
    const there = await machine();
    const outcome = await engine.decisions.import({
      project: there.project,
      file: await here.fileOf(),
    });
    expect(outcome).toMatchObject({ applied: 4, already: 0, unknown: 0, conflicting: 0 });
    expect(outcome.state).toMatchObject({ undo: "import 4 decisions", notDuplicates: 1 });
    expect(await there.decided()).toEqual(DECIDED);
    expect(await there.parsed()).toEqual(await here.parsed());
    const { project } = there;
    expect(await engine.decisions.undo({ project })).toMatchObject({ undo: null });
    expect(await there.decided()).toEqual({});
    expect(await there.parsed()).toMatchObject({ marks: [], labels: [], notDuplicates: [] });
    await engine.decisions.redo({ project });
    const again = await engine.decisions.import({ project, file: await here.fileOf() });
    expect(again).toMatchObject({ applied: 0, already: 4, state: { undo: "import 4 decisions" } });
  });

  test("finds files in other folders, and reports how many it cannot find", async () => {
    const here = await decidedMachine();
    const there = await machine({
      "train/a/first.jpg": 1,
      "train/a/other.jpg": 1,
      "train/a/third.jpg": 3,
      "train/a/fourth.jpg": 4,
      "test/a/second.jpg": 2,
    });
    const outcome = await engine.decisions.import({
      project: there.project,
      file: await here.fileOf(),
    });
    // The decision about a training image does not apply to the test image, and image 20 is not here.
    expect(outcome).toMatchObject({ applied: 2, unknown: 2 });
    expect(await there.decided()).toEqual({ "train/a/first.jpg": "keep" });
    const { labels } = await there.parsed();
    expect(labels).toMatchObject([{ path: "a/first.jpg", label: "cat" }]);
  });

  test("keeps rather than removes the only copy that is here", async () => {
    const here = await machine();
    const decide = async (name: string, mark: "keep" | "remove") =>
      engine.decisions.decide({
        project: here.project,
        decision: { type: "mark", images: [await here.id(name)], mark },
      });
    await decide("train/cat/001.jpg", "remove");
    await decide("train/dog/copy.jpg", "keep");
    const there = await machine({ ...pictures("train/only", 3), "test/x.jpg": 9 });
    const { project } = there;
    const outcome = await engine.decisions.import({ project, file: await here.fileOf() });
    expect(outcome).toMatchObject({ applied: 1, unknown: 1 });
    expect(await there.decided()).toEqual({ "train/only/001.jpg": "keep" });
  });

  test("does not override decisions made here, unless asked to", async () => {
    const here = await decidedMachine();
    const there = await machine();
    const { project } = there;
    const images = [await there.id("train/cat/002.jpg")];
    await engine.decisions.decide({ project, decision: { type: "mark", images, mark: "keep" } });
    const file = await here.fileOf();
    expect(await engine.decisions.import({ project, file })).toMatchObject({
      applied: 3,
      conflicting: 1,
    });
    expect(await there.decided()).toEqual({ ...DECIDED, "train/cat/002.jpg": "keep" });
    expect(await engine.decisions.import({ project, file, replace: true })).toMatchObject({
      applied: 1,
      already: 3,
      conflicting: 1,
    });
    expect(await there.decided()).toEqual(DECIDED);
  });

  test("marks nothing in a protected split", async () => {
    const here = await decidedMachine();
    const { project, decided } = await machine(IMAGES, ["train"]);
    const outcome = await engine.decisions.import({ project, file: await here.fileOf() });
    expect(outcome).toMatchObject({ applied: 2, state: { refused: 2 } });
    expect(await decided()).toEqual({ "train/dog/copy.jpg": "cat" });
  });

  test("lists files by their current path, including those that are gone", async () => {
    const { root, rescan, parsed } = await decidedMachine();
    mkdirSync(join(root, "train/moved"));
    renameSync(join(root, "train/cat/001.jpg"), join(root, "train/moved/here.jpg"));
    rmSync(join(root, "train/cat/002.jpg"));
    await rescan();
    expect((await parsed()).marks).toMatchObject([
      { split: "train", path: "cat/002.jpg", mark: "remove" },
      { split: "train", path: "moved/here.jpg", mark: "keep" },
    ]);
  });

  test.each([
    ["no JSON", "it is not JSON"],
    ['{"schema":"twinlens.report/1"}', "schema"],
    [
      '{"schema":"twinlens.decisions/1","twinlens":"1","marks":[{"sha256":"00","split":"a","path":"b","mark":"keep"}],"labels":[],"notDuplicates":[]}',
      "marks[0].sha256",
    ],
  ])("is refused in one line if it is invalid: %s", async (text, reason) => {
    const { project, decided } = await machine();
    await expect(
      engine.decisions.import({ project, file: new Blob([text]) }),
    ).rejects.toMatchObject({ code: "USAGE", message: expect.stringContaining(reason) });
    expect(await decided()).toEqual({});
  });

  test("can be written to a named file", async () => {
    const { project, fileOf } = await decidedMachine();
    const out = join(freshFolder(), "decisions.json");
    expect(await engine.decisions.export({ project, out })).toEqual({ decisions: 4 });
    expect(readFileSync(out, "utf8")).toBe(await (await fileOf()).text());
  });
});

test("decisions survive a change of model and threshold", async () => {
  const { project, rescan, parsed } = await decidedMachine();
  const before = await parsed();
  const folder = freshFolder();
  const manifest = arithmeticManifest();
  writeModel(folder, manifest, arithmeticGraph({ layout: "NHWC", type: "uint8" }));
  await rescan(join(folder, manifest.file));
  expect(await parsed()).toEqual(before);
  for (const cosine of [-1, 0.5, 0.999]) {
    const threshold = { strategy: "cosine", cosine } as const;
    expect((await engine.project.overview({ project, threshold })).threshold.cosine).toBe(cosine);
    const state = await engine.decisions.state({ project });
    expect(state).toMatchObject({ keep: 1, remove: 1, notDuplicates: 1, corrections: 1 });
  }
});

describe("a right label", () => {
  test("survives a rename and another scan, and is cleared by undo", async () => {
    const { root, project, rescan, id, decided } = await machine();
    const images = [await id("train/dog/copy.jpg")];
    const state = await engine.decisions.decide({
      project,
      decision: { type: "label", images, label: "cat" },
    });
    expect(state).toMatchObject({ corrections: 1, undo: "label 1 image “cat”" });
    renameSync(join(root, "train/dog/copy.jpg"), join(root, "train/dog/renamed.jpg"));
    await rescan();
    // The other copy of the same bytes gets the label too, because the two are identical.
    expect(await decided()).toMatchObject({ "train/dog/renamed.jpg": "cat" });
    expect(await engine.decisions.state({ project })).toMatchObject({ corrections: 1 });
    expect(await engine.decisions.undo({ project })).toMatchObject({ corrections: 0 });
    expect(await decided()).toEqual({});
  });

  test("is no longer a correction once the file is in the right folder", async () => {
    const { root, project, rescan, id } = await machine();
    const images = [await id("train/dog/copy.jpg")];
    await engine.decisions.decide({ project, decision: { type: "label", images, label: "cat" } });
    renameSync(join(root, "train/dog/copy.jpg"), join(root, "train/cat/copy.jpg"));
    await rescan();
    expect(await engine.decisions.state({ project })).toMatchObject({ corrections: 0 });
    expect(await (await engine.decisions.corrections({ project })).text()).toBe(
      "split,path,sha256,label,correct_label\n",
    );
  });

  test("does not apply to a file whose content changed", async () => {
    const { root, project, rescan, id, decided } = await machine();
    const images = [await id("train/cat/002.jpg")];
    await engine.decisions.decide({ project, decision: { type: "label", images, label: "owl" } });
    await writeFiles(root, { "train/cat/002.jpg": 77 });
    await rescan();
    expect(await decided()).toEqual({});
  });

  test("can be cleared even if it came from a file that is gone", async () => {
    const { root, project, rescan, id, decided } = await machine();
    const label = (images: ImageId[], label: string | null) =>
      engine.decisions.decide({ project, decision: { type: "label", images, label } });
    await label([await id("train/dog/copy.jpg")], "owl");
    rmSync(join(root, "train/dog/copy.jpg"));
    await rescan();
    expect(await decided()).toEqual({ "train/cat/001.jpg": "owl" });
    await label([await id("train/cat/001.jpg")], null);
    expect(await decided()).toEqual({});
    await engine.decisions.undo({ project });
    expect(await decided()).toEqual({ "train/cat/001.jpg": "owl" });
  });

  test.each(["", "a/b"])("cannot be %j", async (label) => {
    const { project, id } = await machine();
    const images = [await id("train/dog/copy.jpg")];
    await expect(
      engine.decisions.decide({ project, decision: { type: "label", images, label } }),
    ).rejects.toThrow();
  });
});
