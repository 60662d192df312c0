import { existsSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { treeOf } from "../support/killable-apply.ts";
import { scanned } from "../support/review-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { eventually, openReview, plannedPaths, reviewShown } from "../support/screens.ts";

/** Enough files that the test can stop an apply halfway. */
const COPIES = 300;
/** The leak and the copies. */
const CLUSTERS = 2;

describe.skipIf(NO_CHROMIUM)(`keeper rules and clean copies ${IN_CHROMIUM}`, () => {
  let root: string;
  let project: string;
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    root = await folderOf({
      ...pictures("train/cat", 6, 10),
      ...pictures("test/cat", 4, 30),
      "train/cat/leaked.jpg": 1,
      "test/cat/leaked again.jpg": 1,
      "train/list.csv": "path,note\ncat/leaked.jpg,a\ncat/010.jpg,b\n",
      ...Object.fromEntries(
        Array.from({ length: COPIES }, (_, at) => [`train/dog/copy ${at}.jpg`, 2]),
      ),
    });
    project = await scanned(root);
    app = await startApp(["--root", root, project]);
    visit = await app.open();
    page = visit.page;
    await openReview(page);
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    expect(visit.foreign).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  const dialog = () => page.getByRole("dialog").first();
  const button = (name: string | RegExp) => dialog().getByRole("button", { name });
  const inPalette = async (title: string) => {
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("dialog", { name: "All commands" }).getByRole("combobox").waitFor();
    await page.keyboard.insertText(title);
    await page.getByRole("option", { name: new RegExp(`^${title}`) }).click();
  };
  const criteria = () =>
    dialog()
      .getByRole("region", { name: "Keeper criteria" })
      .getByRole("listitem")
      .evaluateAll((rows) => rows.map((row) => row.querySelector("p > span")?.textContent ?? ""));
  const planWithRules = async () => {
    await page.getByRole("button", { name: /^Plan/ }).click();
    await dialog()
      .getByRole("checkbox", { name: /^Also apply the keeper rules/ })
      .check();
    await eventually(
      () => plannedPaths(dialog()),
      (paths) => paths.length > 0,
    );
  };
  const dataSet = () => ({
    train: treeOf(join(root, "train")),
    test: treeOf(join(root, "test")),
  });

  test("rules can be reordered by keyboard and survive a reload", async () => {
    const best = page.getByText(/would keep/);
    await expect
      .poll(() => best.innerText())
      .toMatch(/fixes the leak: the cop(y|ies) in train (is|are) removed/);
    await inPalette("Keeper rules…");
    const before = await eventually(criteria, (names) => names.length > 0);
    expect(before.indexOf("Largest file")).toBe(4);
    await button("Move Largest file up").focus();
    await page.keyboard.press("Alt+ArrowUp");
    await page.keyboard.press("Alt+ArrowUp");
    expect(await dialog().getByRole("status").last().innerText()).toBe(
      "Largest file is now 3 of 6",
    );
    await button("Remove Shortest path").click();
    await dialog().getByLabel("Add a criterion").selectOption("Preferred folders");
    await dialog()
      .getByLabel(/^Preferred folders/)
      .fill("cat/originals");
    await button("similar").click();
    await dialog().getByLabel("Fix leaks by removing").selectOption("the other copy");
    await button("Done").click();
    await expect
      .poll(() => best.innerText())
      .toMatch(/fixes the leak: the cop(y|ies) in test (is|are) removed/);

    await page.reload();
    await reviewShown(page);
    await expect
      .poll(() => best.innerText())
      .toMatch(/fixes the leak: the cop(y|ies) in test (is|are) removed/);
    await page.getByRole("button", { name: "Change rules…" }).click();
    expect(await eventually(criteria, (names) => names.length > 0)).toEqual([
      "In a protected split",
      "Outside the training split",
      "Largest file",
      "Most pixels",
      "Better format",
      "Preferred folders",
    ]);
    expect(
      await dialog()
        .getByLabel(/^Preferred folders/)
        .inputValue(),
    ).toBe("cat/originals");
    expect(await button("similar").getAttribute("aria-pressed")).toBe("true");
    await button("similar").click();
    await button("Reset to default").click();
    await dialog().getByLabel("Fix leaks by removing").selectOption("the train copy");
    expect(await criteria()).toEqual(before);
    await button("Done").click();
    await expect
      .poll(() => best.innerText())
      .toMatch(/fixes the leak: the cop(y|ies) in train (is|are) removed/);
  });

  test("a clean copy is written to a chosen folder and leaves the originals alone", async () => {
    const before = dataSet();
    const copy = join(root, "all but copies");
    await planWithRules();
    await dialog()
      .getByRole("radio", { name: /^Write a clean copy/ })
      .check();
    expect(await button("Write copy").isDisabled()).toBe(true);
    await button("Choose folder…").click();
    await page.getByRole("button", { name: `Use “${basename(root)}”` }).click();
    await dialog().getByRole("textbox", { name: "New folder" }).fill("all but copies");
    await button("Check files").click();
    await dialog()
      .getByText(/^Would copy\s.*all but copies\s+and\s+leave\s+out 300\simages\./s)
      .waitFor();
    expect(existsSync(copy)).toBe(false);
    await button("Write copy").click();
    await dialog()
      .getByText(/^Copied\s.*all but copies\s+and\s+left\s+out 300\simages\./s)
      .waitFor();
    await dialog().getByText("Also removed their rows from 1 image list.").waitFor();
    await button("Done").click();
    expect(dataSet()).toEqual(before);
    const names = Object.keys(treeOf(copy));
    expect(names).toContain("test/cat/leaked again.jpg");
    expect(names).not.toContain("train/cat/leaked.jpg");
    expect(names.filter((name) => name.startsWith("train/dog/"))).toHaveLength(1);
    expect(statSync(join(copy, "train/cat/010.jpg")).nlink).toBe(2);

    await planWithRules();
    await dialog()
      .getByRole("radio", { name: /^Write a clean copy/ })
      .check();
    await button("Choose folder…").click();
    await page.getByRole("button", { name: `Use “${basename(root)}”` }).click();
    await dialog().getByRole("textbox", { name: "New folder" }).fill("all but copies");
    await button("Write copy").click();
    await dialog()
      .getByText(/all but copies is not empty\. Choose a new folder\./)
      .waitFor();
    await button("Back").click();
    await button("Cancel").click();
  });

  test("a stopped apply keeps the files it has not reached, and restores the others", async () => {
    const before = dataSet();
    const quarantine = `${project}.quarantine`;
    await planWithRules();
    await dialog()
      .getByRole("radio", { name: /^Quarantine folder/ })
      .check();
    await button(/^Move 300 /).click();
    await dialog()
      .getByText(/^[1-9]\d* of 300\sfiles moved/)
      .waitFor();
    process.kill(app.engine(), "SIGSTOP");
    await button("Stop").click();
    process.kill(app.engine(), "SIGCONT");
    await dialog().getByText("Stopped. You can restore the files removed so far.").waitFor();
    expect(existsSync(quarantine)).toBe(true);
    await button("Restore all").click();
    // The engine may have moved more files before it received the request to stop.
    const back = dialog().getByText(/^(\d+) of \1\sfiles restored/);
    await back.waitFor();
    const moved = Number.parseInt(await back.innerText(), 10);
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(COPIES);
    await button("Done").click();
    expect(dataSet()).toEqual(before);
    expect(existsSync(quarantine)).toBe(false);
  });

  test("files restored after another scan are found by scanning again", async () => {
    const before = dataSet();
    await expect.poll(clusters).toBe(CLUSTERS);
    await planWithRules();
    await dialog()
      .getByRole("radio", { name: /^Quarantine folder/ })
      .check();
    await button(/^Move 300 /).click();
    await dialog().getByText("300 of 300 files moved to the quarantine folder").waitFor();
    await button("Done").click();
    await scanned(root);
    await page.reload();
    await page.getByRole("button", { name: /^Plan/ }).waitFor();
    await inPalette("Undo last removal");
    await button("Put 300\u00a0files back").click();
    await dialog().getByText("Scan again to find them.", { exact: false }).waitFor();
    expect(dataSet()).toEqual(before);
    await button("Scan again").click();
    // The review stays open while the folders are scanned.
    await page.getByText("The new scan is complete", { exact: false }).waitFor();
    await expect.poll(clusters).toBe(CLUSTERS);
  });

  /** Number of clusters that the review shows. */
  async function clusters(): Promise<number> {
    const text = await page.getByRole("heading", { name: /^Cluster \d+ of \d+/ }).innerText();
    return Number(/of ([\d,]+)/.exec(text)?.[1]);
  }
});
