import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openProjectToWrite } from "../../src-main/engine/data/project-file.ts";
import { DISK, type Disk } from "../../src-main/engine/removal/apply/disk.ts";
import { type Contents, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { settleTimes, sha256, treeOf } from "../support/killable-apply.ts";
import { copyOnto, pointedDisk } from "../support/killable-copy.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const MARKER = ".twinlens-incomplete";

/** A leak, a copy within train, sidecars, other files and an unreadable image. */
async function scanned(more: Contents = {}) {
  const root = await folderOf({
    ...pictures("train/cat", 3),
    "train/cat/copy of 1.jpg": 1,
    "train/cat/copy of 1.txt": "0 0.5 0.5 1 1",
    "train/cat/002.xml": "<annotation/>",
    "train/cat/003.txt": "1 0.5 0.5 1 1",
    "train/cat/broken.jpg": "no picture",
    "train/README.md": "About this data.",
    ...pictures("test/cat", 2, 20),
    "test/cat/leak.jpg": 2,
    ...more,
  });
  settleTimes(root);
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
  const folder = join(freshFolder(), "clean");
  const copy = (...words: string[]) => run(["apply", project, "--to", `copy=${folder}`, ...words]);
  return { root, project, folder, copy, at: (name: string) => join(root, name) };
}

const LEFT_OUT = [
  "train/cat/002.jpg",
  "train/cat/002.xml",
  "train/cat/copy of 1.jpg",
  "train/cat/copy of 1.txt",
];

/** The files in a tree that its copy contains. */
const without = (tree: Record<string, string>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(tree).filter(([name]) => !names.includes(name)));

describe("a copy", () => {
  test("has hard links to everything that is kept, and does not change the originals", async () => {
    const { root, folder, copy, project, at } = await scanned();
    const before = treeOf(root);
    const { code, stdout, stderr } = await copy();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^left out {2}train\/cat\/002\.jpg {2}with 1 sidecar$/m);
    expect(stdout).toMatch(
      /^6 images and 2 other files are in .*clean, 2 images left out\.\nThe files are hard links/m,
    );
    expect(treeOf(root)).toEqual(before);
    expect(treeOf(folder)).toEqual(without(before, LEFT_OUT));
    expect(statSync(join(folder, "train/cat/001.jpg")).ino).toBe(
      statSync(at("train/cat/001.jpg")).ino,
    );
    expect(statSync(at("train/cat/001.jpg")).nlink).toBe(2);
    expect(statSync(at("train/cat/002.jpg")).nlink).toBe(1);
    expect(await engine.apply.last({ project })).toBeNull();
    expect(existsSync(`${project}.journal`)).toBe(false);
  });

  test("has separate files on request, with times and permissions", async () => {
    const { root, folder, copy, at } = await scanned();
    const before = treeOf(root);
    const { code, stdout } = await copy("--copy-by", "file");
    expect([code, stdout]).toEqual([0, expect.not.stringContaining("hard links")]);
    expect(treeOf(folder)).toEqual(without(before, LEFT_OUT));
    expect(statSync(at("train/cat/001.jpg")).nlink).toBe(1);
    writeFileSync(join(folder, "train/README.md"), "Cleaned.");
    expect(treeOf(root)).toEqual(before);
  });

  test("is described by --dry-run, which writes nothing", async () => {
    const { root, folder, copy } = await scanned({
      "train/list.csv": "path\ncat/002.jpg\ncat/001.jpg\n",
    });
    const before = treeOf(root);
    const { code, stdout } = await copy("--dry-run");
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^6 images and 3 other files would be in .*1 manifest/m),
    ]);
    expect(existsSync(folder)).toBe(false);
    expect(treeOf(root)).toEqual(before);
  });

  test("follows an edited plan, and keeps what the plan may not remove", async () => {
    const { project, folder, copy, at } = await scanned();
    const file = join(freshFolder(), "plan.json");
    await run(["plan", project, "--json", file, "--quiet"]);
    const plan = JSON.parse(readFileSync(file, "utf8"));
    const [leak] = plan.operations;
    const rows = [leak, { ...leak, path: "../test/cat/leak.jpg" }];
    writeFileSync(file, JSON.stringify({ ...plan, operations: rows }));
    const { code, stdout } = await copy("--plan", file, "--quiet");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^stays .*leads out of[^\n]*\n$/)]);
    expect(existsSync(join(folder, "train/cat/002.jpg"))).toBe(false);
    expect(existsSync(join(folder, "train/cat/copy of 1.jpg"))).toBe(true);

    rmSync(folder, { recursive: true });
    writeFileSync(at("train/cat/002.jpg"), "drawn over");
    const changed = await copy();
    expect([changed.code, changed.stdout]).toEqual([
      1,
      expect.stringMatching(/^stays +train\/cat\/002\.jpg {2}it has changed since the scan/m),
    ]);
    expect(readFileSync(join(folder, "train/cat/002.jpg"), "utf8")).toBe("drawn over");
    expect(existsSync(join(folder, "train/cat/002.xml"))).toBe(true);
  });

  test("can have names with any characters", async () => {
    const names = ["two words.jpg", "größe 日本 🐈.jpg", "line\nbreak.jpg", "[a]*?.jpg", "'\".jpg"];
    const { root, folder, copy } = await scanned(
      Object.fromEntries(names.map((name, at) => [`train/cät 1\n/${name}`, 30 + at])),
    );
    const before = treeOf(root);
    expect(await copy()).toMatchObject({ code: 0 });
    expect(treeOf(folder)).toEqual(without(before, LEFT_OUT));
  });

  test("is refused while another process has the project open", async () => {
    const { project, folder, copy } = await scanned();
    using _busy = await openProjectToWrite(project);
    expect(await copy()).toMatchObject({ code: 1, stderr: expect.stringContaining("is busy") });
    expect(existsSync(folder)).toBe(false);
  });
});

describe("manifests", () => {
  const coco = (...names: string[]) => ({
    images: names.map((file_name, id) => ({ id, file_name })),
    annotations: names.map((_, image_id) => ({ id: 10 + image_id, image_id })),
  });
  const cases: Contents = {
    "train/annotations/instances.json": JSON.stringify(coco("cat/001.jpg", "cat/002.jpg")),
    "train/cat/metadata.csv": 'file_name,label\r\n"copy of 1.jpg",a\r\n003.jpg,b\r\n',
    "test/whole.csv": "path\ncat/leak.jpg\n",
    "train/metadata.jsonl":
      '{"file_name": "cat/002.jpg"}\n{"file_name": "cat/003.jpg", "text": "b"}\n',
    "test/settings.json": '{"images": "none"}',
    "test/table.csv": "name,cat\n002.jpg,1\n",
  };

  test("lose the rows of left-out images, in the copy only", async () => {
    const { root, folder, copy, at } = await scanned(cases);
    const before = treeOf(root);
    const { code, stdout } = await copy();
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^written +train\/annotations\/instances\.json {2}without 1 row and 1 annotation$/m,
    );
    expect(stdout).toMatch(/^written +train\/cat\/metadata\.csv {2}without 1 row$/m);
    const text = (name: string) => readFileSync(join(folder, name), "utf8");
    expect(text("train/annotations/instances.json")).toBe(JSON.stringify(coco("cat/001.jpg")));
    expect(stdout).toMatch(/^written +train\/metadata\.jsonl {2}without 1 row$/m);
    expect(text("train/metadata.jsonl")).toBe('{"file_name": "cat/003.jpg", "text": "b"}\n');
    expect(text("train/cat/metadata.csv")).toBe("file_name,label\r\n003.jpg,b\r\n");
    for (const name of ["test/whole.csv", "test/settings.json", "test/table.csv"])
      expect(text(name)).toBe(cases[name]);
    expect(treeOf(root)).toEqual(before);
    const links = Object.keys(cases).map((name) => statSync(at(name)).nlink);
    expect(links).toEqual([1, 1, 1, 1, 2, 2]);
  });
});

describe("the folder for a copy", () => {
  test("must be empty, and neither be inside a scanned folder nor contain one", async () => {
    const { root, project, folder } = await scanned();
    const before = treeOf(root);
    mkdirSync(folder);
    writeFileSync(join(folder, "mine.txt"), "mine");
    symlinkSync(join(root, "train"), `${folder}-link`);
    for (const [to, why] of [
      [folder, "is not empty"],
      [join(folder, "mine.txt"), "Cannot use the folder"],
      [join(root, "train/clean"), "is inside the scanned folder"],
      [join(root, "train"), "is inside the scanned folder"],
      [join(`${folder}-link`, "clean"), "is inside the scanned folder"],
      [root, "contains the scanned folder"],
    ] as const) {
      for (const dry of [[], ["--dry-run"]]) {
        const words = ["apply", project, "--to", `copy=${to}`, ...dry];
        const { code, stderr } = await run(words);
        expect([code, stderr]).toEqual([2, expect.stringMatching(`^twinlens: .*${why}.*\n$`)]);
      }
    }
    expect(treeOf(root)).toEqual(before);
    expect(treeOf(folder)).toEqual({ "mine.txt": expect.anything() });
  });

  test("that has an interrupted copy is started over, unless it also has something else", async () => {
    const { root, folder, copy, at } = await scanned();
    const before = treeOf(root);
    mkdirSync(join(folder, "train/old"), { recursive: true });
    writeFileSync(join(folder, MARKER), "");
    writeFileSync(join(folder, "train/old/1.jpg"), "old");
    symlinkSync(at("test"), join(folder, "test"));
    writeFileSync(join(folder, "mine.txt"), "mine");
    expect(await copy()).toMatchObject({ code: 2, stderr: expect.stringContaining("not empty") });
    expect(existsSync(join(folder, "train/old/1.jpg"))).toBe(true);
    rmSync(join(folder, "mine.txt"));
    expect(await copy()).toMatchObject({ code: 0 });
    expect(treeOf(folder)).toEqual(without(before, LEFT_OUT));
    expect(existsSync(join(folder, MARKER))).toBe(false);
    expect(treeOf(root)).toEqual(before);
  });
});

test("links are followed only inside the data set, and links leading outside are reported", async () => {
  const { root, folder, copy, at } = await scanned({});
  const outside = await folderOf({ "outside.jpg": 40 });
  symlinkSync("cat/003.jpg", at("train/linked.jpg"));
  symlinkSync(join(outside, "outside.jpg"), at("train/leads out.jpg"));
  symlinkSync("nowhere", at("train/dangling"));
  const before = treeOf(root);
  const { code, stdout } = await copy();
  expect(code).toBe(1);
  expect(stdout).toMatch(/^problem +train\/leads out\.jpg {2}link that leaves the split$/m);
  expect(stdout).toMatch(/^problem +train\/dangling {2}missing: broken link$/m);
  expect(sha256(join(folder, "train/linked.jpg"))).toBe(sha256(at("train/cat/003.jpg")));
  expect(treeOf(folder)).toHaveProperty(["train/linked.jpg"]);
  expect(existsSync(join(folder, "train/leads out.jpg"))).toBe(false);
  expect(treeOf(root)).toEqual(before);
});

describe("a failing disk", () => {
  /** @param failing disk operation that fails with `code` from the second file on */
  async function copiedWith(failing: "link" | "copy", code: string, by: "link" | "file") {
    const scene = await scanned();
    const before = treeOf(scene.root);
    let acts = 0;
    const disk: Disk = {
      ...DISK,
      async [failing](from: Buffer, to: Buffer) {
        if (++acts > 1) throw Object.assign(new Error(code), { code });
        await DISK[failing](from, to);
      },
    };
    const problems: string[] = [];
    const copying = copyOnto(
      disk,
      { project: scene.project, folder: scene.folder, by },
      (event) => {
        if (event.type === "problem") problems.push(event.reason);
      },
    );
    const outcome = await copying.catch((cause: unknown) => cause);
    expect(treeOf(scene.root)).toEqual(before);
    return { ...scene, before, problems, outcome };
  }

  test("stops the copy in one line and leaves it marked as incomplete", async () => {
    const { outcome, folder, copy, before } = await copiedWith("copy", "ENOSPC", "file");
    expect(outcome).toMatchObject({
      code: "DISK_UNWRITABLE",
      message: expect.stringMatching(/: the disk is full\. The copy is incomplete/),
    });
    expect(existsSync(join(folder, MARKER))).toBe(true);
    expect(await copy()).toMatchObject({ code: 0 });
    expect(treeOf(folder)).toEqual(without(before, LEFT_OUT));
  });

  test("that cannot make links gets copies instead", async () => {
    const { outcome, folder, before } = await copiedWith("link", "EXDEV", "link");
    expect(outcome).toMatchObject({ linked: 1, images: 6, others: 2, problems: 0 });
    expect(treeOf(folder)).toEqual(without(before, LEFT_OUT));
  });

  test("that fails for single files does not stop the others, and the failures are reported", async () => {
    const { outcome, problems } = await copiedWith("copy", "EIO", "file");
    expect(outcome).toMatchObject({ images: 0, others: 1, problems: 7 });
    expect(new Set(problems)).toEqual(new Set(["EIO"]));
  });
});

describe("a copy that is stopped", () => {
  test("by a kill at any point says that it is incomplete, and can be started over", async () => {
    const { root, project, copy } = await scanned();
    const before = treeOf(root);
    const whole = without(before, LEFT_OUT);
    let points = 0;
    const counting = pointedDisk(() => points++);
    await copyOnto(counting, { project, folder: join(freshFolder(), "clean") });
    const draws = fc.sample(fc.integer({ min: 4, max: points - 2 }), { numRuns: 3, seed: 20260 });
    for (const killAt of [2, 3, ...draws, points - 1]) {
      const folder = join(freshFolder(), "clean");
      await killed(project, folder, killAt);
      expect(treeOf(root)).toEqual(before);
      const { [MARKER]: marker, ...there } = treeOf(folder);
      if (Object.keys(there).length > 0) expect(marker, `killed at ${killAt}`).toBeDefined();
      const words = ["apply", project, "--to", `copy=${folder}`];
      expect(await run(words)).toMatchObject({ code: 0, stderr: "" });
      expect(treeOf(folder)).toEqual(whole);
    }
    expect(await copy()).toMatchObject({ code: 0 });
    expect(treeOf(root)).toEqual(before);
  });

  test("by its caller stays marked as incomplete", async () => {
    const { root, project, folder } = await scanned();
    const before = treeOf(root);
    const stop = new AbortController();
    const disk: Disk = {
      ...DISK,
      async link(from, to) {
        await DISK.link(from, to);
        stop.abort();
      },
    };
    const copying = copyOnto(disk, { project, folder }, () => {}, stop.signal);
    await expect(copying).rejects.toThrow(/abort/);
    expect(Object.keys(treeOf(folder))).toEqual([MARKER, "train/README.md"]);
    expect(treeOf(root)).toEqual(before);
  });
});

/** Makes a copy in another process, which is killed at a given point as by `kill -9`. */
async function killed(project: string, folder: string, killAt: number): Promise<void> {
  const program = join(import.meta.dirname, "../support/killed-copy.ts");
  const words = [program, project, folder, String(killAt)];
  const child = spawn(process.execPath, words, { stdio: ["ignore", "ignore", "inherit"] });
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
}
