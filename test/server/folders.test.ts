import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { Folders } from "../../src-main/server/folders.ts";
import { pathTextFromBytes } from "../../src-main/text/paths.ts";
import { writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";

/** Two roots and the folders next to them. */
let all: string;
let folders: Folders;
beforeAll(async () => {
  all = freshFolder();
  await writeFiles(all, {
    "pets/train/cat/1.jpg": "",
    "pets/test/cat/1.jpg": "",
    "pets/a10/1.jpg": "",
    "pets/a9/1.jpg": "",
    "pets/.hidden/secret/1.jpg": "",
    "pets/pets.twinlens": "",
    "pets/pets.twinlens.cache/lock": "",
    "pets/.hidden.twinlens": "",
    "pets/readme.txt": "",
    "birds/1.jpg": "",
    "petshop/1.jpg": "",
    "outside/other.twinlens": "",
    "data/projects/p.twinlens": "",
  });
  symlinkSync(join(all, "outside"), join(all, "pets", "way-out"));
  symlinkSync(join(all, "pets", "train"), join(all, "pets", "way-within"));
  symlinkSync(join(all, "nowhere"), join(all, "pets", "way-nowhere"));
  symlinkSync(join(all, "outside", "other.twinlens"), join(all, "pets", "link.twinlens"));
  folders = await Folders.within([join(all, "pets"), join(all, "birds")], join(all, "data"));
});

const at = (...names: string[]) => join(all, ...names);

describe("a listing", () => {
  test("begins at the first root and sorts folders and projects in natural order", async () => {
    expect(await folders.list(null)).toEqual({
      path: at("pets"),
      parent: null,
      folders: ["a9", "a10", "test", "train", "way-within"].map((name) => ({
        name,
        path: at("pets", name),
      })),
      projects: [{ name: "pets.twinlens", path: at("pets", "pets.twinlens") }],
      roots: [at("pets"), at("birds")],
    });
  });

  test("of a subfolder leads back up", async () => {
    expect(await folders.list(at("pets", "train"))).toMatchObject({
      path: at("pets", "train"),
      parent: at("pets"),
      folders: [{ name: "cat", path: at("pets", "train", "cat") }],
    });
  });

  test.each([
    ["next to the roots", ["outside"]],
    ["above the roots", []],
    ["a folder whose name starts with a root's name", ["petshop"]],
    ["that a link leads out to", ["pets", "way-out"]],
    ["that is hidden", ["pets", ".hidden"]],
    ["below a hidden one", ["pets", ".hidden", "secret"]],
    ["of the program's own", ["data"]],
  ])("of a folder %s is refused", async (_which, names) => {
    await expect(folders.list(at(...names))).rejects.toMatchObject({ code: "OUTSIDE_ROOTS" });
  });

  test.each(["..", "pets", "", "/pets/\0", "pets/../../outside"])(
    "of %j, which is not an absolute path, is refused",
    async (path) => {
      await expect(folders.list(path)).rejects.toMatchObject({ code: "OUTSIDE_ROOTS" });
    },
  );

  test("through a path that leaves the root and returns is refused", async () => {
    const path = `${at("pets")}/train/../../outside`;
    await expect(folders.list(path)).rejects.toMatchObject({ code: "OUTSIDE_ROOTS" });
  });

  test("of a file, or of a missing folder, says so", async () => {
    for (const name of ["readme.txt", "nothing"])
      await expect(folders.list(at("pets", name))).rejects.toMatchObject({
        code: "FOLDER_UNAVAILABLE",
      });
  });

  test.runIf(process.platform === "linux")(
    "escapes names that are not UTF-8, and the folders can be opened by them",
    async () => {
      const root = freshFolder();
      const name = Buffer.from([0x63, 0xe9]);
      mkdirSync(Buffer.concat([Buffer.from(`${root}/`), name]));
      const odd = await Folders.within([root], at("data"));
      const [folder] = (await odd.list(null)).folders;
      expect(folder?.name).toBe(pathTextFromBytes(name));
      expect(await odd.list(folder?.path ?? "")).toMatchObject({ parent: root });
    },
  );

  test.runIf(process.platform !== "win32" && process.getuid?.() !== 0)(
    "of an unreadable folder says so",
    async () => {
      mkdirSync(at("birds", "closed"));
      chmodSync(at("birds", "closed"), 0);
      await expect(folders.list(at("birds", "closed"))).rejects.toMatchObject({
        code: "FOLDER_UNAVAILABLE",
      });
    },
  );
});

describe("a path", () => {
  test.each([
    ["a root", ["pets"]],
    ["below a root", ["birds", "1.jpg"]],
    ["below a root, but does not exist yet", ["birds", "new", "p.twinlens"]],
    ["a link that stays inside", ["pets", "way-within", "cat"]],
    ["in the data folder", ["data", "projects", "p.twinlens"]],
  ])("that is %s is allowed", async (_which, names) => {
    await folders.require(at(...names));
  });

  test.each([
    ["next to the roots", ["outside"]],
    ["above the roots", []],
    ["a folder whose name starts with a root's name", ["petshop"]],
    ["behind a link that leads out", ["pets", "way-out"]],
    ["behind a link that leads out, but does not exist yet", ["pets", "way-out", "new"]],
    ["a linked file", ["pets", "link.twinlens"]],
  ])("that is %s is refused", async (_which, names) => {
    await expect(folders.require(at(...names))).rejects.toMatchObject({ code: "OUTSIDE_ROOTS" });
  });

  test("that is ambiguous is refused", async () => {
    const odd = ["pets", "./pets", `${at("pets")}/../outside`, `${at("pets")}/x/../train`, "~", ""];
    for (const path of odd)
      await expect(folders.require(path)).rejects.toMatchObject({ code: "OUTSIDE_ROOTS" });
  });
});

test("a root that is not a folder is refused at startup", async () => {
  await expect(Folders.within([at("nothing")], at("data"))).rejects.toThrow(
    /is not a folder\. Choose an existing folder\.$/,
  );
});
