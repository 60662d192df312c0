import { join } from "node:path";
import { expect, test } from "vitest";
import { openProjectToWrite } from "../../src-main/engine/data/project-file.ts";
import { pendingFiles } from "../../src-main/engine/scan/embed-images.ts";
import { recordWalk } from "../../src-main/engine/scan/walk-splits.ts";
import { freshFolder } from "../support/fresh-folder.ts";

test("a small split is embedded all along a large one, not behind it", async () => {
  using project = await openProjectToWrite(join(freshFolder(), "p.twinlens"));
  const walked = (count: number) => ({
    files: Array.from({ length: count }, (_, at) => ({
      path: Buffer.from(`${String(at).padStart(2, "0")}.jpg`),
      bytes: 1,
      modifiedNs: 0n,
      changedNs: 0n,
      inode: BigInt(at),
      key: `${count}/${at}`,
      otherNames: 0,
      linked: false,
    })),
    problems: [],
    skipped: [],
  });
  const splits = ["train", "test"].map((name) => ({ name, root: `/${name}` }));
  recordWalk(project, splits, [walked(12), walked(3)], []);
  const order = pendingFiles(project, [1]);
  expect(order.flatMap(({ split }, at) => (split === "test" ? [at] : []))).toEqual([2, 7, 12]);
  for (const { name } of splits) {
    const ids = order.filter(({ split }) => split === name).map(({ id }) => id);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
  }
});
