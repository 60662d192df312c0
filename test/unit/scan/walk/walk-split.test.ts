import { linkSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  LEADS_OUTSIDE,
  type WalkOptions,
  walkSplit,
} from "../../../../src-main/engine/scan/walk/walk-split.ts";
import { type Contents, folderOf } from "../../../support/drawn-data-set.ts";

/** Walks a folder with these files and links, given as targets by path. */
async function walked(
  contents: Contents,
  links: Readonly<Record<string, string>> = {},
  options: Partial<WalkOptions> = {},
) {
  const root = await folderOf(contents);
  for (const [path, target] of Object.entries(links)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    symlinkSync(target, join(root, path));
  }
  return await walk(root, options);
}

async function walk(root: string, options: Partial<WalkOptions> = {}) {
  const { signal } = new AbortController();
  const { files, problems, skipped } = await walkSplit(root, { signal, ...options });
  return {
    files: files.map(({ path, otherNames, linked }) => ({
      path: path.toString(),
      otherNames,
      linked,
    })),
    problems: problems.map(({ path, reason }) => [path.toString(), reason]),
    skipped: skipped.map(({ path, files: count }) => [path.toString(), count]),
  };
}

describe.runIf(process.platform !== "win32")("a file is found once", () => {
  test("with its real path if links lead to it", async () => {
    const found = await walked({ "z/1.jpg": "1" }, { "a.jpg": "z/1.jpg", "b.jpg": "a.jpg" });
    expect(found.files).toEqual([{ path: "z/1.jpg", otherNames: 2, linked: false }]);
  });

  test("if it has hard links", async () => {
    const root = await folderOf({ "a/1.jpg": "1", "2.jpg": "2" });
    linkSync(join(root, "a/1.jpg"), join(root, "z.jpg"));
    linkSync(join(root, "a/1.jpg"), join(root, "0.jpg"));
    expect((await walk(root)).files).toEqual([
      { path: "0.jpg", otherNames: 2, linked: false },
      { path: "2.jpg", otherNames: 0, linked: false },
    ]);
  });

  test("if its folder is linked twice, and from within itself", async () => {
    const found = await walked(
      { "real/1.jpg": "1", "real/deep/2.jpg": "2" },
      { "a-link": "real", "z-link": "real", "real/deep/self": ".." },
    );
    expect(found.problems).toEqual([]);
    expect(found.files).toEqual([
      { path: "real/1.jpg", otherNames: 3, linked: false },
      { path: "real/deep/2.jpg", otherNames: 3, linked: false },
    ]);
  });

  test("with the first link if only links in the split lead to it", async () => {
    const store = await folderOf({ "blob.jpg": "1" });
    const blob = join(store, "blob.jpg");
    const found = await walked({}, { "b.jpg": blob, "a.jpg": blob }, { follow: [store] });
    expect(found.files).toEqual([{ path: "a.jpg", otherNames: 1, linked: true }]);
    expect(found.problems).toEqual([]);
  });

  test("unless all its names are asked for", async () => {
    const found = await walked({ "1.jpg": "1" }, { "2.jpg": "1.jpg" }, { names: "all" });
    expect(found.files.map(({ path }) => path)).toEqual(["1.jpg", "2.jpg"]);
  });
});

describe.runIf(process.platform !== "win32")("links out of the split", () => {
  test("are followed only into the allowed folders", async () => {
    const [allowed, other] = [await folderOf({ "1.jpg": "1" }), await folderOf({ "2.jpg": "2" })];
    const links = { allowed, other, "two.jpg": join(other, "2.jpg") };
    const found = await walked({}, links, { follow: [allowed] });
    expect(found.files).toEqual([{ path: "allowed/1.jpg", otherNames: 0, linked: true }]);
    expect(found.problems).toEqual([
      ["other", LEADS_OUTSIDE],
      ["two.jpg", LEADS_OUTSIDE],
    ]);
  });

  test("are not followed into a folder whose name only begins like an allowed one", async () => {
    const parent = await folderOf({ "store/1.jpg": "1", "store-2/2.jpg": "2" });
    const links = { one: join(parent, "store"), two: join(parent, "store-2") };
    const found = await walked({}, links, { follow: [join(parent, "store")] });
    expect(found.files.map(({ path }) => path)).toEqual(["one/1.jpg"]);
    expect(found.problems).toEqual([["two", LEADS_OUTSIDE]]);
  });
});

describe("a folder is skipped and its files are counted", () => {
  test.each([
    "$RECYCLE.BIN",
    "#recycle",
    "lost+found",
    "@eaDir",
    "__MACOSX",
    "System Volume Information",
    ".Trash-1000",
    ".thumbnails",
    ".hidden",
  ])("if it is named %s", async (name) => {
    const found = await walked({
      "cat/1.jpg": "1",
      [`${name}/1.jpg`]: "1",
      [`cat/${name}/deep/2.jpg`]: "2",
      [`cat/${name}/3.jpg`]: "3",
    });
    expect(found.files.map(({ path }) => path)).toEqual(["cat/1.jpg"]);
    expect(found.skipped).toEqual(
      [
        [name, 1],
        [`cat/${name}`, 2],
      ].sort(),
    );
  });

  test("but not if a class only has a similar name", async () => {
    const contents = { "recycle/1.jpg": "1", "trash/2.jpg": "2", "eaDir/3.jpg": "3" };
    const { files, skipped } = await walked(contents);
    expect(files.map(({ path }) => path).sort()).toEqual(Object.keys(contents).sort());
    expect(skipped).toEqual([]);
  });
});
