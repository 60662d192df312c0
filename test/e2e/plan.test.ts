import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EditedPlan } from "../../src-main/contract/plan.ts";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { scanned } from "../support/review-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { eventually, openReview, plannedPaths, statusLine } from "../support/screens.ts";

/** Content of every file below a folder, as its hash, by path. */
function tree(root: string): Record<string, string> {
  const files = readdirSync(root, { withFileTypes: true, recursive: true });
  return Object.fromEntries(
    files
      .filter((file) => file.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .sort()
      .map((file) => [
        file.slice(root.length + 1),
        createHash("sha256").update(readFileSync(file)).digest("hex"),
      ]),
  );
}

describe.skipIf(NO_CHROMIUM)(`from a plan to the disk and back ${IN_CHROMIUM}`, () => {
  const dataHome = freshFolder();
  let root: string;
  let quarantine: string;
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    root = await folderOf({
      ...pictures("train/cat", 6, 10),
      ...pictures("test/cat", 4, 30),
      "train/cat/leaked.jpg": 1,
      "train/cat/leaked.txt": "0 0.5 0.5 1 1",
      "test/cat/leaked again.jpg": 1,
      "train/cat/twice.jpg": 2,
      "train/cat/twice more.jpg": 2,
      "train/cat/turned.jpg": 3,
      "train/cat/turned, mirrored.jpg": await picture(3).flop().jpeg().toBuffer(),
    });
    const project = await scanned(root);
    quarantine = `${project}.quarantine`;
    app = await startApp(["--root", root, project], dataHome);
    visit = await app.open();
    page = visit.page;
    await openReview(page);
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    expect(visit.foreign).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  /** What the data set holds: the splits, and no more. */
  const dataSet = () => ({ train: tree(join(root, "train")), test: tree(join(root, "test")) });
  const dialog = () => page.getByRole("dialog");
  const button = (name: string | RegExp) => dialog().getByRole("button", { name });
  const planned = (count: number) =>
    eventually(
      () => plannedPaths(dialog()),
      (paths) => paths.length === count,
    );

  test("without marks nothing goes until the rules are let choose, and they leave what is only alike", async () => {
    await page.getByRole("button", { name: /^Plan/ }).click();
    await dialog().getByText("Nothing would go").waitFor();
    expect(await button(/^Move/).isDisabled()).toBe(true);
    await dialog()
      .getByRole("checkbox", { name: /^and what the keeper rules choose/ })
      .check();
    expect(await planned(2)).toEqual(["cat/leaked.jpg", "cat/twice more.jpg"]);
    await dialog().getByText("with 1\u00a0sidecar").waitFor();
    const leaks = dialog().getByRole("region", { name: "What it does to the leaks" });
    expect((await leaks.innerText()).replace(/\s+/g, " ")).toMatch(/test in train 1 → 0/);
    await button("flipped").click();
    await planned(3);
    await button("flipped").click();
    await planned(2);
    await dialog().getByLabel("A leak is mended by removing").selectOption("the other copy");
    expect(await planned(1)).toEqual(["cat/leaked again.jpg"]);
    await dialog().getByLabel("A leak is mended by removing").selectOption("the train copy");
    await planned(2);
    await button("Cancel").click();
  });

  test("the plan and its lists can be saved, as the command line writes them", async () => {
    const before = dataSet();
    await page.getByRole("button", { name: /^Plan/ }).click();
    await dialog()
      .getByRole("checkbox", { name: /^and what the keeper rules choose/ })
      .check();
    await planned(2);
    const saved = async (item: string) => {
      await button("Save…").click();
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByRole("menuitem", { name: item }).click(),
      ]);
      return {
        name: download.suggestedFilename(),
        text: readFileSync(await download.path(), "utf8"),
      };
    };
    const plan = await saved("Plan as JSON");
    expect(plan.name).toMatch(/-plan\.json$/);
    expect(EditedPlan.parse(JSON.parse(plan.text)).operations.map(({ path }) => path)).toEqual([
      "cat/leaked.jpg",
      "cat/twice more.jpg",
    ]);
    expect((await saved("Plan as CSV")).text.trimEnd().split("\n")).toHaveLength(3);
    const gone = ["cat/leaked.jpg", "cat/twice more.jpg"].map((path) => join(root, "train", path));
    expect((await saved("List of what goes")).text.trimEnd().split("\n")).toEqual(gone);
    const kept = (await saved("List of what stays")).text.trimEnd().split("\n");
    expect(kept).toHaveLength(16 - gone.length);
    expect(kept.filter((path) => gone.includes(path))).toEqual([]);
    expect(dataSet()).toEqual(before);
    await button("Cancel").click();
  });

  test("a check touches nothing, a plan moves what it shows, and all can be put back", async () => {
    const before = dataSet();
    await page.keyboard.press("/");
    await page.keyboard.insertText("mirrored");
    await page.keyboard.press("Enter");
    await page.getByRole("option", { name: /^Image 2,.*turned/ }).waitFor();
    await page.keyboard.press("2");
    await page.keyboard.press("x");
    await page.getByRole("button", { name: "Remove 1 marked…" }).click();
    await planned(1);
    await dialog()
      .getByRole("checkbox", { name: /^and what the keeper rules choose/ })
      .check();
    // The filter shows one cluster, which the rules leave alone.
    await planned(1);
    await dialog().getByLabel("Clusters that the rules act on").selectOption({ index: 1 });
    await planned(3);
    await dialog()
      .getByRole("radio", { name: /^Quarantine folder/ })
      .check();

    await button("Check the files").click();
    await dialog().getByText("3 of 3 would go").waitFor();
    expect(dataSet()).toEqual(before);
    await button("Move 3 to quarantine").click();
    await dialog().getByText("3 of 3 moved to the quarantine folder").waitFor();
    const { train, test } = dataSet();
    const gone = Object.keys(before.train).filter((path) => !(path in train));
    expect(gone).toEqual([
      "cat/leaked.jpg",
      "cat/leaked.txt",
      expect.stringMatching(/^cat\/turned/),
      "cat/twice more.jpg",
    ]);
    expect(test).toEqual(before.test);
    expect(tree(join(quarantine, "train"))).toEqual(
      Object.fromEntries(gone.map((path) => [path, before.train[path]])),
    );

    await button("Put all back").click();
    await dialog().getByText("3 of 3 put back").waitFor();
    await button("Done").click();
    expect(dataSet()).toEqual(before);
    expect(existsSync(quarantine)).toBe(false);
  });

  test("what the trash refuses can go to the quarantine instead, and is taken back later", async () => {
    const before = dataSet();
    rmSync(join(dataHome, "Trash"), { recursive: true, force: true });
    mkdirSync(dataHome, { recursive: true });
    writeFileSync(join(dataHome, "Trash"), "where the trash's folder should be");
    await page.getByRole("button", { name: "Remove 1 marked…" }).click();
    await planned(1);
    await button("Move 1 to trash").click();
    await dialog().getByText("The trash did not take 1\u00a0file.", { exact: false }).waitFor();
    expect(dataSet()).toEqual(before);
    await button("Move these to the quarantine instead").click();
    await dialog().getByText("1 of 1 moved to the quarantine folder").waitFor();
    await button("Done").click();
    expect(Object.keys(tree(quarantine))).toHaveLength(1);

    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("dialog", { name: "All commands" }).getByRole("combobox").waitFor();
    await page.keyboard.insertText("undo last removal");
    await page.getByRole("option", { name: /^Undo last removal/ }).click();
    await button("Put 1 back").waitFor();
    expect(await dialog().innerText()).toMatch(/1\sfile removed today at/);
    await button("Put 1 back").click();
    await dialog().getByText("1 of 1 put back").waitFor();
    await button("Done").click();
    expect(dataSet()).toEqual(before);
    expect(await statusLine(page).innerText()).toMatch(/^1.file put back$/);
  });
});
