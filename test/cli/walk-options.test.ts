import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";

const dataFolder = freshFolder();

async function scan(root: string, ...words: string[]) {
  const summary = await run(["scan", root, ...words, "--no-progress"], { dataFolder });
  const { stdout } = await run(["scan", root, ...words, "--json", "-"], { dataFolder });
  return { code: summary.code, summary: summary.stdout, report: Report.parse(JSON.parse(stdout)) };
}

test("an image above --max-pixels is unreadable until the flag allows it", async () => {
  const root = await folderOf({
    ...pictures("train", 2),
    ...pictures("test", 2, 10),
    "test/large.png": await picture(1).resize(161, 120).png().toBuffer(),
  });
  const limited = await scan(root, "--max-pixels", String(160 * 120));
  const reason =
    "too large: 161 x 120 pixels; the limit is 19200 pixels. Raise it with --max-pixels";
  expect(limited.report.unreadable).toEqual([
    { split: "test", path: "large.png", reason, cause: "too-large" },
  ]);
  expect(limited.report.notCompared).toMatchObject([
    { split: "test", images: 1, advice: expect.stringContaining("--max-pixels N") },
  ]);
  expect(limited.summary).toContain(`test/large.png: ${reason}\n`);

  const gate = ["--fail-on-leak", "0", "--quiet", "--max-pixels"];
  expect(await run(["scan", root, ...gate, "19200"], { dataFolder })).toMatchObject({ code: 4 });
  // The image is a copy of one in train.
  expect(await run(["scan", root, ...gate, "19320"], { dataFolder })).toMatchObject({ code: 3 });
  const { report } = await scan(root, "--max-pixels", "19320");
  expect(report.unreadable).toEqual([]);
  expect(report.splits.map(({ images }) => images)).toEqual([2, 3]);
});

test("system folders are named and counted", async () => {
  const root = await folderOf({
    ...pictures("train", 2),
    ...pictures("train/$RECYCLE.BIN", 3),
    ...pictures("train/cat/@eaDir/1.jpg", 2),
    ...pictures("test", 2, 10),
    ...pictures("test/.Trash-1000", 1),
  });
  const { report, summary } = await scan(root);
  expect(report.skipped).toEqual([
    { split: "train", folder: "$RECYCLE.BIN", files: 3 },
    { split: "train", folder: "cat/@eaDir", files: 2 },
    { split: "test", folder: ".Trash-1000", files: 1 },
  ]);
  expect(report.splits.map(({ images }) => images)).toEqual([2, 2]);
  expect(report.clusters).toEqual([]);
  expect(summary).toMatch(/^Skipped 3 system folders \(.*\$RECYCLE\.BIN.*\) with 6 files\.$/m);
});

test.runIf(process.platform !== "win32")("--follow-links can be given several times", async () => {
  const stores = [await folderOf(pictures("", 1)), await folderOf(pictures("", 1, 2))];
  const root = await folderOf({ ...pictures("train", 3), ...pictures("test", 2, 10) });
  for (const [at, store] of stores.entries()) symlinkSync(store, join(root, "test", `store${at}`));
  const refused = await scan(root);
  expect(refused.report.unreadable.map(({ path }) => path)).toEqual(["store0", "store1"]);
  expect(refused.summary).toContain("--follow-links DIR");

  const { report, summary } = await scan(root, ...stores.flatMap((s) => ["--follow-links", s]));
  expect(report.unreadable).toEqual([]);
  expect(summary).toMatch(/^LEAK +2 of 4 test images/m);
});
