import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EditedPlan } from "../../src-main/contract/plan.ts";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { scanned } from "../support/review-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { eventually, openReview, plannedPaths, statusLine } from "../support/screens.ts";

/** Hash of every file in a folder, by path relative to it. */
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

describe.skipIf(NO_CHROMIUM)(`the plan ${IN_CHROMIUM}`, () => {
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

  /** Hashes of the files in both splits. */
  const dataSet = () => ({ train: tree(join(root, "train")), test: tree(join(root, "test")) });
  const dialog = () => page.getByRole("dialog");
  const button = (name: string | RegExp) => dialog().getByRole("button", { name });
  const planned = (count: number) =>
    eventually(
      () => plannedPaths(dialog()),
      (paths) => paths.length === count,
    );

  test("without marks removes nothing until the rules apply, which leave merely similar images alone", async () => {
    await page.getByRole("button", { name: /^Plan/ }).click();
    await dialog().getByText("Nothing to remove").waitFor();
    expect(await button(/^Move/).isDisabled()).toBe(true);
    await dialog()
      .getByRole("checkbox", { name: /^Also apply the keeper rules/ })
      .check();
    expect(await planned(2)).toEqual(["cat/leaked.jpg", "cat/twice more.jpg"]);
    await dialog().getByText("with 1\u00a0sidecar").waitFor();
    const leaks = dialog().getByRole("region", { name: "Effect on leaks" });
    expect((await leaks.innerText()).replace(/\s+/g, " ")).toMatch(/test in train 1 → 0/);
    await button("flipped").click();
    await planned(3);
    await button("flipped").click();
    await planned(2);
    await dialog().getByLabel("Fix leaks by removing").selectOption("the other copy");
    expect(await planned(1)).toEqual(["cat/leaked again.jpg"]);
    await dialog().getByLabel("Fix leaks by removing").selectOption("the train copy");
    await planned(2);
    await button("Cancel").click();
  });

  test("saves the same plan and lists as the command line", async () => {
    const before = dataSet();
    await page.getByRole("button", { name: /^Plan/ }).click();
    await dialog()
      .getByRole("checkbox", { name: /^Also apply the keeper rules/ })
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
    expect((await saved("List of files to remove")).text.trimEnd().split("\n")).toEqual(gone);
    const kept = (await saved("List of files to keep")).text.trimEnd().split("\n");
    expect(kept).toHaveLength(16 - gone.length);
    expect(kept.filter((path) => gone.includes(path))).toEqual([]);
    expect(dataSet()).toEqual(before);
    await button("Cancel").click();
  });

  test("checks without changing files, moves exactly what it shows, and restores all of it", async () => {
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
      .getByRole("checkbox", { name: /^Also apply the keeper rules/ })
      .check();
    // The rules leave the one filtered cluster alone.
    await planned(1);
    await dialog().getByLabel("Clusters that the rules apply to").selectOption({ index: 1 });
    await planned(3);
    await dialog()
      .getByRole("radio", { name: /^Quarantine folder/ })
      .check();

    await button("Check files").click();
    await dialog().getByText("All 3 files pass the checks").waitFor();
    expect(dataSet()).toEqual(before);
    await button("Move 3 to quarantine").click();
    await dialog().getByText("3 of 3 files moved to the quarantine folder").waitFor();
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

    await button("Restore all").click();
    await dialog().getByText("3 of 3 files restored").waitFor();
    await button("Done").click();
    expect(dataSet()).toEqual(before);
    expect(existsSync(quarantine)).toBe(false);
  });

  test("moves what the trash refuses to the quarantine instead, and undoes that later", async () => {
    const before = dataSet();
    rmSync(join(dataHome, "Trash"), { recursive: true, force: true });
    mkdirSync(dataHome, { recursive: true });
    writeFileSync(join(dataHome, "Trash"), "a file where the trash folder should be");
    await page.getByRole("button", { name: "Remove 1 marked…" }).click();
    await planned(1);
    await button("Move 1 to trash").click();
    await dialog().getByText("The trash did not accept 1\u00a0file.", { exact: false }).waitFor();
    expect(dataSet()).toEqual(before);
    await button("Move to quarantine instead").click();
    await dialog().getByText("1 of 1 file moved to the quarantine folder").waitFor();
    await button("Done").click();
    expect(Object.keys(tree(quarantine))).toHaveLength(1);

    await page.keyboard.press("u");
    await page.getByRole("dialog", { name: /^Put 1.file back\?$/ }).waitFor();
    await button("Cancel").click();
    expect(Object.keys(tree(quarantine))).toHaveLength(1);

    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("dialog", { name: "All commands" }).getByRole("combobox").waitFor();
    await page.keyboard.insertText("undo last removal");
    await page.getByRole("option", { name: /^Undo last removal/ }).click();
    await button("Put 1\u00a0file back").waitFor();
    expect(await dialog().innerText()).toMatch(/1\sfile removed today at/);
    await button("Put 1\u00a0file back").click();
    await dialog().getByText("1 of 1 file restored").waitFor();
    await button("Done").click();
    expect(dataSet()).toEqual(before);
    expect(await statusLine(page).innerText()).toMatch(/^1.file restored$/);
    await page.keyboard.press("u");
    await expect.poll(() => statusLine(page).innerText()).toMatch(/^Undone: /);
  });

  test("the menu of the list counts decided images and spares them unless they are included", async () => {
    await page.keyboard.press("r");
    const menu = page.getByRole("button", { name: "Decide all clusters in the list" });
    await page.keyboard.press("Enter");
    await expect.poll(() => statusLine(page).innerText()).toMatch(/^Kept 1/);
    await menu.click();
    await page.getByText(/undecided, \d+.decided images?$/).waitFor();
    const also = page.getByRole("menuitemcheckbox", { name: /Also change \d+.decided image/ });
    expect(await also.getAttribute("aria-checked")).toBe("false");
    await page.getByRole("menuitem", { name: /^Mark images keep/ }).click();
    await expect.poll(() => statusLine(page).innerText()).toMatch(/^Undecided images of/);
    await page.keyboard.press("u");
  });
});
