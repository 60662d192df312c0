import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";

// The trash package looks up the trash folder when it is loaded.
const dataHome = freshFolder();
vi.stubEnv("XDG_DATA_HOME", dataHome);
const { trashFile } = await import("../../src-main/app/trash-file.ts");
const trash = join(dataHome, "Trash", "files");

async function file(name: string): Promise<string> {
  const folder = freshFolder();
  await writeFiles(folder, { [name]: "content" });
  return join(folder, name);
}

describe.runIf(process.platform === "linux")("a file", () => {
  test.each(["a.jpg", "[a].jpg", "a*.jpg", "!a.jpg", "{a,b}.jpg", "ä €.jpg", "-rf", "a\nb.jpg"])(
    "named %j is moved to the trash, and no other file is",
    async (name) => {
      const path = await file(name);
      await writeFiles(join(path, ".."), { "a.jpg.txt": "", "b.jpg": "", "ab.jpg": "" });
      const before = new Set(existsSync(trash) ? readdirSync(trash) : []);
      await trashFile(path);
      expect(existsSync(path)).toBe(false);
      const [arrived = "", ...more] = readdirSync(trash).filter((entry) => !before.has(entry));
      expect(more).toEqual([]);
      expect(readFileSync(join(trash, arrived), "utf8")).toBe("content");
      expect(readdirSync(join(path, ".."))).toEqual(expect.arrayContaining(["a.jpg.txt", "b.jpg"]));
    },
  );

  test("that does not exist is reported, not ignored", async () => {
    await expect(trashFile(join(freshFolder(), "gone.jpg"))).rejects.toThrow(/ENOENT/);
  });

  test("whose name is not valid text is kept, with the reason", async () => {
    await expect(trashFile("/tmp/caf\udce9.jpg")).rejects.toThrow(/not valid UTF-8/);
  });

  test("that is a folder or a link is kept, with the reason", async () => {
    const folder = freshFolder();
    mkdirSync(join(folder, "folder"));
    symlinkSync(await file("a.jpg"), join(folder, "link"));
    for (const name of ["folder", "link"])
      await expect(trashFile(join(folder, name))).rejects.toThrow("It is not a file.");
    expect(readdirSync(folder)).toEqual(["folder", "link"]);
  });

  test("that the trash refuses is left unchanged, with the reason", async () => {
    const path = await file("a.jpg");
    // A trash that cannot be used, because a file is in its folder's place.
    rmSync(join(dataHome, "Trash"), { recursive: true, force: true });
    writeFileSync(join(dataHome, "Trash"), "");
    await expect(trashFile(path)).rejects.toThrow(/^The system's trash refused it: /);
    expect(readFileSync(path, "utf8")).toBe("content");
  });
});
