import { spawnSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { settleTimes, treeOf } from "../support/killable-apply.ts";
import { run } from "../support/run-in-process.ts";
import { runTwinlens, startTwinlens } from "../support/run-twinlens.ts";

const MARKER = ".twinlens-incomplete";

async function scanned(others: number) {
  const root = await folderOf({
    ...pictures("train", 3),
    "train/copy.jpg": 1,
    ...Object.fromEntries(
      Array.from({ length: others }, (_, at) => [`train/notes/${at}.txt`, "a".repeat(1000)]),
    ),
    "train/list.csv": "file_name,label\n001.jpg,a\ncopy.jpg,b\n",
  });
  settleTimes(root);
  const project = join(freshFolder(), "p.twinlens");
  await run(["scan", root, "--project", project, "--quiet"]);
  const copyTo = (folder: string) => ["apply", project, "--to", `copy=${folder}`];
  return { root, project, copyTo, before: treeOf(root) };
}

describe("apply --to copy", () => {
  test("prints what was left out of the copy and what it contains", async () => {
    const { root, copyTo, before } = await scanned(0);
    const folder = join(freshFolder(), "a clean\ncopy");
    const { code, stdout, stderr } = await runTwinlens(copyTo(folder));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(String(stdout).replace(folder.split("\n")[0] ?? "", "DIR")).toBe(
      [
        "left out  train/copy.jpg",
        "written   train/list.csv  without 1 row",
        "3 images and 1 other file are in DIR\\ncopy, 1 image left out; their rows removed from 1 manifest.",
        "The files are hard links: editing one in place also changes the original. Use --copy-by file for separate files.\n",
      ].join("\n"),
    );
    expect(Object.keys(treeOf(folder))).toEqual(
      Object.keys(before).filter((name) => name !== "train/copy.jpg"),
    );
    expect(treeOf(root)).toEqual(before);
    expect((await run([...copyTo(`${folder} 2`), "--quiet"])).stdout).toBe("");
  });

  test.each<[string, string[], RegExp]>([
    ["without a folder", ["--to", "copy"], /Expected .*copy=DIR but received "copy"/],
    [
      "with --delete-forever",
      ["--to", "copy=x", "--delete-forever"],
      /Give either --to copy=DIR or/,
    ],
    [
      "with an unknown --copy-by",
      ["--to", "copy=x", "--copy-by", "symlink"],
      /Allowed choices are link, file/,
    ],
  ])("is refused %s", async (_, words, why) => {
    const { code, stderr } = await run(["apply", "p.twinlens", ...words], { withoutEngine: true });
    expect([code, stderr]).toEqual([2, expect.stringMatching(why)]);
  });

  test("is refused with sidecar folders, which the copy would not contain", async () => {
    const { copyTo } = await scanned(0);
    const folder = join(freshFolder(), "clean");
    const answer = await run([...copyTo(folder), "--sidecar-root", "/labels"]);
    expect(answer).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("only the splits' folders"),
    });
    expect(existsSync(folder)).toBe(false);
  });

  test("reports after Ctrl-C that the copy is incomplete, and starts over the next time", async () => {
    const { root, copyTo, before } = await scanned(2000);
    const folder = join(freshFolder(), "clean");
    const words = [...copyTo(folder), "--copy-by", "file"];
    const running = startTwinlens(words);
    running.process.stdout?.once("data", () => running.process.kill("SIGINT"));
    const { code, stderr } = await running.outcome;
    expect(treeOf(root)).toEqual(before);
    // A fast machine finishes before the signal arrives.
    if (code !== 0) {
      expect({ code, stderr }).toEqual({
        code: 130,
        stderr: `Cancelled. The copy in ${folder} is incomplete. Run the same command to start it over.\n`,
      });
      const { [MARKER]: marker, ...files } = treeOf(folder);
      if (Object.keys(files).length > 0) expect(marker).toBeDefined();
    } else rmSync(folder, { recursive: true });
    expect(await run(words)).toMatchObject({ code: 0 });
    expect(existsSync(join(folder, MARKER))).toBe(false);
    expect(Object.keys(treeOf(folder))).toHaveLength(Object.keys(before).length - 1);
  });
});

describe("a full disk", () => {
  const disk = freshFolder();
  /** A separate file system. Only root can mount one, and not everywhere. */
  const isMounted =
    process.getuid?.() === 0 &&
    process.platform === "linux" &&
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]).status === 0;
  afterAll(() => {
    if (isMounted) spawnSync("umount", [disk]);
  });

  test.runIf(isMounted)(
    "stops a copy in one line, which says that the copy is incomplete",
    async () => {
      const { root, copyTo, before } = await scanned(400);
      const folder = join(disk, "clean");
      const { code, stderr } = await run(copyTo(folder));
      expect({ code, stderr }).toEqual({
        code: 1,
        stderr: `twinlens: Cannot write the copy ${folder}: the disk is full. The copy is incomplete. Make it again to start over.\n`,
      });
      const { [MARKER]: marker, "train/list.csv": _, ...files } = treeOf(folder);
      expect(marker).toBeDefined();
      for (const [name, facts] of Object.entries(files)) expect(facts).toBe(before[name]);
      expect(treeOf(root)).toEqual(before);
    },
  );
});
