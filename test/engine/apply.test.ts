import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { openProjectToWrite } from "../../src-main/engine/data/project-file.ts";
import { drawnJpeg, folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { sha256, treeOf } from "../support/killable-apply.ts";
import { run } from "../support/run-in-process.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** A leak, copies within train with and without sidecars, and different images. */
async function scanned(protect: string[] = []) {
  const root = await folderOf({
    ...pictures("train/cat", 4),
    "train/cat/copy of 1.jpg": 1,
    "train/cat/copy of 1.txt": "0 0.5 0.5 1 1",
    "train/cat/002.xml": "<annotation/>",
    ...pictures("test/cat", 3, 20),
    "test/cat/leak.jpg": 2,
  });
  chmodSync(join(root, "train/cat/copy of 1.jpg"), 0o640);
  utimesSync(join(root, "train/cat/copy of 1.jpg"), 1_600_000_000, 1_600_000_000.123456);
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const scan = () => scanWith(engine, { splits, project, protect });
  await scan();
  const { images } = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
  const id = (name: string): ImageId => {
    const found = images.find(({ split, path }) => `${split}/${path}` === name);
    if (!found) throw new Error(`There is no ${name}`);
    return found.id;
  };
  const mark = (name: string, as: "keep" | "remove") =>
    engine.decisions.decide({ project, decision: { type: "mark", images: [id(name)], mark: as } });
  const at = (name: string) => join(root, name);
  return { root, at, project, quarantine: `${project}.quarantine`, scan, id, mark };
}

const twinlens = (...words: string[]) => run(words);
/** Timestamps with odd nanoseconds, which a copy would round. */
const timesOf = (root: string) =>
  Object.fromEntries(
    Object.keys(treeOf(root)).map((name) => [
      name,
      lstatSync(join(root, name), { bigint: true }).mtimeNs,
    ]),
  );

describe("apply", () => {
  test("moves images and their sidecars into a folder that mirrors the tree, and undo restores all of it", async () => {
    const { root, at, project, quarantine } = await scanned();
    const [before, times] = [treeOf(root), timesOf(root)];
    const applied = await twinlens("apply", project, "--yes");
    expect(applied).toMatchObject({ code: 0, stderr: "" });
    expect(applied.stdout).toContain("2 images moved to quarantine.");
    expect(Object.keys(treeOf(quarantine))).toEqual([
      "train/cat/002.jpg",
      "train/cat/002.xml",
      "train/cat/copy of 1.jpg",
      "train/cat/copy of 1.txt",
    ]);
    expect(existsSync(at("train/cat/002.jpg"))).toBe(false);
    const { leaks } = await reportOf(engine, project);
    expect(leaks.map(({ images }) => images)).toEqual([0, 0]);
    expect((await twinlens("apply", project, "--yes")).stdout).toContain("Nothing to remove.");

    const undone = await twinlens("undo", project);
    expect(undone).toMatchObject({ code: 0, stderr: "" });
    expect(undone.stdout).toContain("2 images restored.");
    expect([treeOf(root), timesOf(root)]).toEqual([before, times]);
    expect(existsSync(quarantine)).toBe(false);
    expect((await reportOf(engine, project)).leaks.map(({ images }) => images)).toEqual([1, 1]);
    expect(await twinlens("undo", project)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("There is nothing to undo"),
    });
  });

  test("changes nothing in a dry run, and asks for confirmation otherwise", async () => {
    const { root, project } = await scanned();
    const before = treeOf(root);
    const dry = await twinlens("apply", project, "--dry-run");
    expect(dry.stdout).toMatch(
      /^remove {4}train\/cat\/002\.jpg {2}to .*002\.jpg {2}with 1 sidecar$/m,
    );
    expect(await run(["apply", project], { withoutEngine: true })).toMatchObject({
      code: 2,
      stderr: "twinlens: There is no terminal to ask for confirmation. Add --yes or --dry-run.\n",
    });
    const refused = await run(["apply", project], { answers: ["n"] });
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("Nothing was changed."),
    });
    expect(treeOf(root)).toEqual(before);
    expect(await run(["apply", project], { answers: ["y"] })).toMatchObject({ code: 0 });
    expect(treeOf(root)).not.toEqual(before);
  });

  test("restores marks, can undo several removals in turn, and must be undone before an older decision", async () => {
    const { root, project, mark } = await scanned();
    const before = treeOf(root);
    await mark("train/cat/003.jpg", "remove");
    await twinlens("apply", project, "--yes", "--kinds", "none");
    expect(await engine.decisions.state({ project })).toMatchObject({ remove: 0 });
    await expect(engine.decisions.undo({ project })).rejects.toThrow(
      /^The last step removed 1.file, after every decision\. Put it back before you undo a decision\.$/,
    );
    await twinlens("apply", project, "--yes");
    expect((await twinlens("undo", project)).stdout).toContain("2 images restored");
    expect(await engine.apply.last({ project })).toMatchObject({ images: 1, finished: true });
    expect((await twinlens("undo", project)).stdout).toContain("1 image restored");
    expect(treeOf(root)).toEqual(before);
    expect(await engine.decisions.state({ project })).toMatchObject({ remove: 1 });
    expect(await engine.decisions.undo({ project })).toMatchObject({ remove: 0 });
  });

  test("can be undone after a rescan, and says to scan again", async () => {
    const { root, project, scan } = await scanned();
    const before = treeOf(root);
    await twinlens("apply", project, "--yes");
    await scan();
    expect((await twinlens("undo", project)).stdout).toContain("Scan again to see them");
    expect(treeOf(root)).toEqual(before);
    expect(await scan()).toMatchObject({ embedded: 0 });
    expect((await reportOf(engine, project)).clusters).toHaveLength(2);
  });

  test("is refused while another process has the project open", async () => {
    const { root, project } = await scanned();
    const before = treeOf(root);
    using _busy = await openProjectToWrite(project);
    for (const words of [
      ["apply", project, "--yes"],
      ["undo", project],
    ]) {
      expect(await twinlens(...words)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(/is busy: another process/),
      });
    }
    expect(treeOf(root)).toEqual(before);
  });

  test("never overwrites files in the quarantine, nor new files at a removed file's path", async () => {
    const { at, project, quarantine } = await scanned();
    await writeFiles(quarantine, { "train/cat/002.jpg": "somebody's own" });
    await twinlens("apply", project, "--yes");
    expect(readFileSync(join(quarantine, "train/cat/002.jpg"), "utf8")).toBe("somebody's own");
    expect(existsSync(join(quarantine, "train/cat/002~2.jpg"))).toBe(true);
    writeFileSync(at("train/cat/002.jpg"), "a new picture");
    const undone = await twinlens("undo", project);
    expect(undone.code).toBe(1);
    expect(undone.stdout).toMatch(
      /^stays +train\/cat\/002\.jpg {2}Another file is at .*002\.jpg\.$/m,
    );
    expect(readFileSync(at("train/cat/002.jpg"), "utf8")).toBe("a new picture");
    rmSync(at("train/cat/002.jpg"));
    expect(await twinlens("undo", project)).toMatchObject({ code: 0 });
    expect(sha256(at("train/cat/002.jpg"))).toBe(sha256(at("test/cat/leak.jpg")));
  });

  test("refuses a quarantine inside a scanned folder, or one that contains it", async () => {
    const { root, project } = await scanned();
    for (const folder of [join(root, "train/removed"), root]) {
      const { code, stderr } = await twinlens(
        "apply",
        project,
        "--yes",
        "--to",
        `quarantine=${folder}`,
      );
      expect([code, stderr]).toEqual([
        2,
        expect.stringContaining("the next scan would find them again"),
      ]);
    }
  });
});

describe("an edited plan", () => {
  async function editedRun(
    edit: (rows: Record<string, unknown>[]) => unknown[],
    ...more: string[]
  ) {
    const scene = await scanned(more.includes("protect") ? ["train"] : []);
    const file = join(freshFolder(), "plan.json");
    await twinlens("plan", scene.project, "--json", file, "--quiet");
    const plan = JSON.parse(readFileSync(file, "utf8"));
    writeFileSync(file, JSON.stringify({ ...plan, operations: edit(plan.operations) }));
    const before = treeOf(scene.root);
    const words = ["apply", scene.project, "--yes", "--plan", file];
    const answer = await twinlens(...words, ...more.filter((word) => word !== "protect"));
    return { ...scene, ...answer, before };
  }

  test("is applied as written", async () => {
    const { at, stdout } = await editedRun((rows) => rows.slice(0, 1));
    expect(stdout).toContain("1 image moved to quarantine.");
    expect(existsSync(at("train/cat/copy of 1.jpg"))).toBe(true);
  });

  test("can be read from CSV, with rows removed and added", async () => {
    const { project, at, id } = await scanned();
    const { images } = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
    const added = images.find((image) => image.id === id("train/cat/003.jpg"));
    const file = join(freshFolder(), "plan.csv");
    await twinlens("plan", project, "--csv", file, "--quiet");
    const [header = "", , second = ""] = readFileSync(file, "utf8").split("\n");
    const row = `train,cat/003.jpg,${added?.sha256},,,,by hand,,,`;
    writeFileSync(file, [header, second, row].join("\r\n"));
    const held = await twinlens("apply", project, "--plan", file, "--dry-run");
    expect(held.stdout).toMatch(/^stays +train\/cat\/003\.jpg {2}it has no duplicate/m);
    const words = ["apply", project, "--plan", file, "--yes", "--may-empty", String(added?.id)];
    expect(await twinlens(...words)).toMatchObject({ code: 0 });
    expect(existsSync(at("train/cat/002.jpg"))).toBe(true);
    expect(existsSync(at("train/cat/003.jpg"))).toBe(false);
    expect(existsSync(at("train/cat/copy of 1.txt"))).toBe(false);
  });

  test.each<[string, Record<string, unknown>, RegExp]>([
    ["an unknown image", { path: "cat/none.jpg" }, /no such image/],
    ["an unknown split", { split: "extra" }, /no split named "extra"/],
    ["a path that leads out", { path: "../test/cat/leak.jpg" }, /leads out of/],
    ["an absolute path", { path: "/etc/passwd" }, /leads out of/],
    ["a different content", { sha256: "0".repeat(64) }, /its content has changed/],
  ])("with %s changes nothing", async (_, change, reason) => {
    const { code, stdout, root, before } = await editedRun(([row]) => [{ ...row, ...change }]);
    expect([code, stdout]).toEqual([1, expect.stringMatching(reason)]);
    expect(treeOf(root)).toEqual(before);
  });

  test("with all images of a cluster removes none of them, unless that is allowed", async () => {
    interface Row extends Record<string, unknown> {
      readonly keeper?: unknown;
    }
    const both = (rows: Row[]) =>
      rows.flatMap((row) => {
        const { split, path } = row.keeper as { split: string; path: string };
        return split === "train" ? [row, { ...row, split, path }] : [];
      });
    const held = await editedRun(both);
    expect([held.code, held.stdout]).toEqual([
      1,
      expect.stringContaining("its cluster would lose all images"),
    ]);
    expect(treeOf(held.root)).toEqual(held.before);
    expect((await editedRun(both, "--may-empty", "all")).code).toBe(0);
  });

  test("keeps files of a protected split, files marked keep, and duplicate rows", async () => {
    const scene = await scanned(["test"]);
    const file = join(freshFolder(), "plan.json");
    await twinlens("plan", scene.project, "--json", file, "--quiet");
    const { operations } = JSON.parse(readFileSync(file, "utf8"));
    const rows = [
      { ...operations[0], ...operations[0].keeper },
      operations[1],
      operations[0],
      operations[0],
    ];
    writeFileSync(file, JSON.stringify({ operations: rows }));
    await scene.mark("train/cat/copy of 1.jpg", "keep");
    const { stdout } = await twinlens("apply", scene.project, "--plan", file, "--yes");
    expect(stdout).toMatch(/leak\.jpg {2}its split test is protected/);
    expect(stdout).toMatch(/copy of 1\.jpg {2}it is marked keep/);
    expect(stdout).toMatch(/002\.jpg {2}it is in the plan twice/);
    expect(stdout).toMatch(/^1 image moved to quarantine, 3 stay\.$/m);
  });

  test("that is invalid is refused, with the name of the wrong field", async () => {
    const { project } = await scanned();
    const file = join(freshFolder(), "plan.json");
    writeFileSync(file, '{"operations": [{"split": "train", "path": 7}]}');
    const { code, stderr } = await twinlens("apply", project, "--plan", file, "--yes");
    expect([code, stderr]).toEqual([2, expect.stringContaining("operations[0].path: ")]);
  });

  test("keeps a sidecar if one of its two images must be kept", async () => {
    const { at, project, scan } = await scanned();
    copyFileSync(at("test/cat/020.jpg"), at("train/cat/both.jpg"));
    copyFileSync(at("test/cat/021.jpg"), at("train/cat/both.jpeg"));
    writeFileSync(at("train/cat/both.txt"), "0 0.5 0.5 1 1");
    await scan();
    appendFileSync(at("train/cat/both.jpg"), "changed since");
    expect(await twinlens("apply", project, "--yes")).toMatchObject({ code: 1 });
    const left = ["both.jpg", "both.jpeg", "both.txt"].map((name) =>
      existsSync(at(`train/cat/${name}`)),
    );
    expect(left).toEqual([true, false, true]);
  });

  test("removes no sidecar that does not belong to the image", async () => {
    const { at, stdout } = await editedRun((rows) => [
      { ...rows[0], sidecars: ["cat/001.jpg", "../test/cat/leak.jpg"] },
    ]);
    expect(stdout).toContain("cat/001.jpg stays: ");
    expect(existsSync(at("train/cat/001.jpg"))).toBe(true);
    expect(existsSync(at("train/cat/002.xml"))).toBe(true);
    expect(existsSync(at("train/cat/002.jpg"))).toBe(false);
  });
});

describe("files in other folders", () => {
  test("are not reached through a folder that became a link, even if it leads into the split", async () => {
    const { root, at, project } = await scanned();
    renameSync(at("train/cat"), at("train/dog"));
    symlinkSync(at("train/dog"), at("train/cat"));
    const before = treeOf(root);
    const { code, stdout } = await twinlens("apply", project, "--yes");
    expect([code, stdout]).toEqual([1, expect.stringContaining("it is reached through a link")]);
    expect(treeOf(root)).toEqual(before);
  });
});

describe("hard links", () => {
  test("replace copies with links to their keeper, and move leaking images to quarantine", async () => {
    const { root, at, project, quarantine } = await scanned();
    const [before, times] = [treeOf(root), timesOf(root)];
    const { code, stdout } = await twinlens("apply", project, "--yes", "--to", "hardlink");
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining("a hard link would not fix the leak"),
    ]);
    const [copy, keeper] = [at("train/cat/copy of 1.jpg"), at("train/cat/001.jpg")];
    expect(statSync(copy).ino).toBe(statSync(keeper).ino);
    expect(Object.keys(treeOf(quarantine))).toEqual(["train/cat/copy of 1.jpg"]);
    const again = await twinlens("apply", project, "--yes", "--to", "hardlink");
    expect(again.stdout).toContain("it is already a hard link to its keeper");
    expect(await twinlens("undo", project)).toMatchObject({ code: 0 });
    expect([treeOf(root), timesOf(root)]).toEqual([before, times]);
    expect(statSync(copy).ino).not.toBe(statSync(keeper).ino);
    expect(existsSync(quarantine)).toBe(false);
  });

  test("are not undone if another file is at the path", async () => {
    const { at, project, quarantine } = await scanned();
    await twinlens("apply", project, "--yes", "--to", "hardlink");
    rmSync(at("train/cat/copy of 1.jpg"));
    linkSync(at("train/cat/003.jpg"), at("train/cat/copy of 1.jpg"));
    expect(await twinlens("undo", project)).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("Another file has taken its path"),
    });
    expect(Object.keys(treeOf(quarantine))).toHaveLength(1);
    expect(readFileSync(at("train/cat/copy of 1.jpg"))).toEqual(await drawnJpeg(3));
  });
});

describe("deleting forever", () => {
  test("asks twice, and undo says that nothing can be restored", async () => {
    const { root, at, project } = await scanned();
    const before = treeOf(root);
    const words = ["apply", project, "--delete-forever"];
    for (const answers of [["n"], ["y", "yes"]]) {
      expect(await run(words, { answers })).toMatchObject({ code: 1 });
      expect(treeOf(root)).toEqual(before);
    }
    expect(await run(words, { answers: ["y", "DELETE"] })).toMatchObject({ code: 0 });
    expect(existsSync(at("train/cat/002.jpg"))).toBe(false);
    expect(existsSync(at("train/cat/002.xml"))).toBe(false);
    expect(existsSync(at("test/cat/leak.jpg"))).toBe(true);
    const { code, stdout } = await twinlens("undo", project);
    expect([code, stdout]).toEqual([1, expect.stringContaining("The file was deleted forever.")]);
  });
});

describe("the trash", () => {
  test("that refuses a file leaves it in place, and the message suggests quarantine", async () => {
    const { root, project } = await scanned();
    const before = treeOf(root);
    expect(await twinlens("apply", project, "--yes", "--to", "trash")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("This system has no trash."),
      stderr: expect.stringContaining("--to quarantine"),
    });
    expect(treeOf(root)).toEqual(before);
  });
});

test("a scan that finds a journal next to its images harms neither", async () => {
  const { project, scan } = await scanned();
  await twinlens("apply", project, "--yes");
  const journal = join(`${project}.journal`, "000001.jsonl");
  expect(readdirSync(`${project}.journal`)).toEqual(["000001.jsonl"]);
  rmSync(`${project}.cache`, { recursive: true });
  mkdirSync(`${project}.cache`);
  await scan();
  expect(readFileSync(journal, "utf8").trim().split("\n").at(-1)).toBe('{"finished":"apply"}');
  expect(await twinlens("undo", project)).toMatchObject({ code: 0 });
});
