import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src-main/contract/report.ts";
import { drawnJpeg, folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

describe("a file may have any name", () => {
  const NAMES = [
    "a space.jpg",
    "$HOME `rm` %s \\ * ?.jpg",
    "\"quoted\" and 'quoted'.jpg",
    "two\nlines.jpg",
    "tab\tand return\r.jpg",
    "<b>&amp;</b>, comma; semicolon.jpg",
    "😀 größe 写真.jpg",
    "-.jpg",
    " leading and trailing .jpg ",
  ];
  let root: string;
  let project: string;

  beforeAll(async () => {
    root = await folderOf(Object.fromEntries(NAMES.map((name) => [`cat/${name}`, 1])));
    project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits: [{ name: "train", root }], project });
  });

  test("and the report contains it", async () => {
    const { images } = await reportOf(engine, project);
    expect(images.map(({ path }) => path).sort()).toEqual(
      NAMES.map((name) => `cat/${name}`).sort(),
    );
  });

  test("and a list has it on one line, as JSON if the name itself could not be", async () => {
    const [keepList, removeList] = [join(freshFolder(), "keep"), join(freshFolder(), "remove")];
    for await (const _ of await engine.report({ project, outputs: { keepList, removeList } })) {
      // Nothing goes to standard output.
    }
    const lines = [keepList, removeList].flatMap((file) =>
      readFileSync(file, "utf8").split("\n").slice(0, -1),
    );
    const listed = lines.map((line) => (line.startsWith('"') ? JSON.parse(line) : line));
    expect(listed.sort()).toEqual(NAMES.map((name) => join(root, "cat", name)).sort());
  });
});

// Other systems do not allow such names.
describe.runIf(process.platform === "linux")("a name that is not UTF-8", () => {
  const NAME = Buffer.from("caf\xe9 \xff.jpg", "latin1");
  let root: string;
  let project: string;
  const pathBytes = () => Buffer.concat([Buffer.from(`${root}/caf\u00e9/`), NAME]);

  beforeAll(async () => {
    root = await folderOf({ "caf\u00e9/plain.jpg": 1 });
    writeFileSync(pathBytes(), await drawnJpeg(1));
    project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits: [{ name: "train", root }], project });
  });

  test("is in the JSON report with its bytes as lone surrogates, as in PEP 383", async () => {
    const { images, unreadable } = await reportOf(engine, project);
    expect(unreadable).toEqual([]);
    expect(images.map(({ path }) => path)).toEqual([
      "caf\u00e9/caf\udce9 \udcff.jpg",
      "caf\u00e9/plain.jpg",
    ]);
  });

  test("is in a list as its original bytes", async () => {
    const [keepList, removeList] = [join(freshFolder(), "keep"), join(freshFolder(), "remove")];
    for await (const _ of await engine.report({ project, outputs: { keepList, removeList } })) {
      // Nothing goes to standard output.
    }
    const lists = Buffer.concat([readFileSync(keepList), readFileSync(removeList)]);
    expect(lists.includes(Buffer.concat([pathBytes(), Buffer.from("\n")]))).toBe(true);
  });

  test("does not make a rescan read the file again", async () => {
    const again = await scanWith(engine, { splits: [{ name: "train", root }], project });
    expect(again).toMatchObject({ images: 2, embedded: 0 });
  });
});

describe.runIf(process.platform !== "win32")("symbolic links", () => {
  let report: Report;
  const reasonOf = (path: string) => report.unreadable.find((file) => file.path === path)?.reason;

  beforeAll(async () => {
    const outside = await folderOf({ "secret.jpg": 3, "folder/deep.jpg": 4 });
    const root = await folderOf({ "cat/1.jpg": 1, "dog/2.jpg": 2 });
    symlinkSync("1.jpg", join(root, "cat", "linked.jpg"));
    symlinkSync("../dog", join(root, "cat", "dogs"));
    symlinkSync(join(outside, "secret.jpg"), join(root, "cat", "outside.jpg"));
    symlinkSync(join(outside, "folder"), join(root, "outside"));
    symlinkSync("gone.jpg", join(root, "cat", "broken.jpg"));
    symlinkSync("..", join(root, "cat", "up"));
    symlinkSync("self.jpg", join(root, "self.jpg"));
    mkdirSync(join(root, "round"));
    symlinkSync("../square", join(root, "round", "to-square"));
    mkdirSync(join(root, "square"));
    symlinkSync("../round", join(root, "square", "to-round"));
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(engine, { splits: [{ name: "train", root }], project });
    report = await reportOf(engine, project, { strategy: "cosine", cosine: -1 });
  });

  test("within the split lead to files that are counted once", () => {
    expect(report.splits[0]).toMatchObject({ images: 2, otherNames: 4 });
    // A link of its own each, and the link to the root.
    expect(report.images.map(({ path, otherNames }) => [path, otherNames])).toEqual([
      ["cat/1.jpg", 2],
      ["dog/2.jpg", 2],
    ]);
  });

  test("are not followed out of it", () => {
    expect(reasonOf("cat/outside.jpg")).toMatch(/^link that leaves the split$/);
    expect(reasonOf("outside")).toMatch(/^link that leaves the split$/);
  });

  test("that are broken are reported", () => {
    expect(reasonOf("cat/broken.jpg")).toBe("missing: broken link");
    expect(reasonOf("self.jpg")).toBe("missing: broken link");
  });

  test("that form a cycle end there", () => {
    expect(report.unreadable.filter(({ path }) => /up$|to-(square|round)/.test(path))).toEqual([]);
  });
});
