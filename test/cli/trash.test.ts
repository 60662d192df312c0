import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { drawnJpeg, folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { treeOf } from "../support/killable-apply.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

// The trash package looks up the trash folder when it is loaded.
const dataHome = freshFolder();
vi.stubEnv("XDG_DATA_HOME", dataHome);
const { trashFile } = await import("../../src-main/app/trash-file.ts");
const trash = join(dataHome, "Trash");

test.runIf(process.platform === "linux")(
  "files in the trash can be restored, and files emptied from it cannot",
  async () => {
    const root = await folderOf({
      ...pictures("cat", 5),
      "cat/copy #1 of 100%.jpg": 1,
      "cat/copy #1 of 100%.txt": "0",
      "cat/copy of 2.jpg": 2,
    });
    const project = join(freshFolder(), "p.twinlens");
    await scanWith(runningEngine(), { splits: [{ name: "all", root }], project });
    const before = treeOf(root);
    const applied = await run(["apply", project, "--yes", "--to", "trash"], { trash: trashFile });
    expect(applied).toMatchObject({ code: 0, stderr: "" });
    expect(applied.stdout).toContain("2 images moved to the trash.");
    expect(existsSync(join(root, "cat/copy #1 of 100%.jpg"))).toBe(false);
    expect(readdirSync(join(trash, "files"))).toHaveLength(3);

    expect(await run(["undo", project])).toMatchObject({ code: 0 });
    expect(treeOf(root)).toEqual(before);
    expect(readdirSync(join(trash, "files"))).toEqual([]);
    expect(readdirSync(join(trash, "info"))).toEqual([]);

    await run(["apply", project, "--yes", "--to", "trash"], { trash: trashFile });
    const [thrown = ""] = readdirSync(join(trash, "files")).filter((name) =>
      readFileSync(join(trash, "files", name)).equals(readFileSync(join(root, "cat/002.jpg"))),
    );
    rmSync(join(trash, "files", thrown));
    const { code, stdout } = await run(["undo", project]);
    expect([code, stdout]).toEqual([1, expect.stringContaining("Restore it from the trash")]);
    expect(readFileSync(join(root, "cat/copy #1 of 100%.jpg"))).toEqual(await drawnJpeg(1));
  },
);
