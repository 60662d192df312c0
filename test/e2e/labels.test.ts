import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DecisionsFile } from "../../src-main/contract/decisions.ts";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { writeFiles } from "../support/drawn-data-set.ts";
import { reviewSet, scanned } from "../support/review-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { reviewShown, statusLine } from "../support/screens.ts";

describe.skipIf(NO_CHROMIUM)(`label conflicts and decisions as files ${IN_CHROMIUM}`, () => {
  let root: string;
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    root = await reviewSet();
    app = await startApp(["--root", root, await scanned(root)]);
    visit = await app.open();
    page = visit.page;
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  /** Runs a command of the palette. */
  async function command(title: string) {
    await page.keyboard.press("Control+K");
    await page.getByPlaceholder("What do you want to do?").fill(title);
    await page.getByRole("option", { name: title, exact: true }).waitFor();
    await page.keyboard.press("Enter");
  }

  /** What a command saves. */
  async function saved(title: string): Promise<string> {
    const [download] = await Promise.all([page.waitForEvent("download"), command(title)]);
    return readFileSync(await download.path(), "utf8");
  }

  test("one key settles a conflict, and the number of conflicts goes down", async () => {
    const tab = page.getByRole("link", { name: /^Conflicts/ });
    await page.keyboard.press("Shift+R");
    await reviewShown(page);
    await page.getByText("The labels differ. Which one is right?").waitFor();
    expect(await tab.innerText()).toMatch(/\b1$/);
    await page.keyboard.press("t");
    await page.getByText("label settled").waitFor();
    expect(await statusLine(page).innerText()).toMatch(/^Right label of 2.images: cat/);
    await tab.getByText("0", { exact: true }).waitFor();
    await page.keyboard.press("u");
    await page.getByText("The labels differ. Which one is right?").waitFor();
  });

  test("the plan counts the files that a conflict holds back, and lists them on demand", async () => {
    await page.keyboard.press("p");
    const dialog = page.getByRole("dialog").first();
    await dialog.getByRole("checkbox", { name: /^Also apply the keeper rules/ }).check();
    const held = dialog.getByRole("region", { name: "Label conflicts" });
    await held.getByText(/held back because/).waitFor();
    expect(await held.getByRole("listitem").count()).toBe(0);
    await held.locator("summary").click();
    await expect
      .poll(async () => (await held.getByRole("listitem").allInnerTexts()).join())
      .toMatch(/mistaken\.jpg/);
    expect(await held.innerText()).toMatch(/has another label \(Same /);
    await dialog.getByRole("button", { name: "Cancel" }).click();
  });

  test("another label can be typed, and corrections are saved as CSV", async () => {
    await page.keyboard.press("Shift+T");
    await page.getByRole("combobox", { name: "Right label" }).fill("owl");
    await page.keyboard.press("Enter");
    await page.getByText("label settled").waitFor();
    const lines = (await saved("Save label corrections as CSV")).trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe("split,path,sha256,label,correct_label");
    expect(lines[1]).toMatch(/^train,cat\/mistaken\.jpg,[0-9a-f]{64},cat,owl$/);
  });

  test("decisions are saved to a file and imported from it", async () => {
    const text = await saved("Save decisions to a file");
    expect(DecisionsFile.parse(JSON.parse(text)).labels).toHaveLength(2);
    await page.keyboard.press("u");
    await page.getByText("The labels differ. Which one is right?").waitFor();
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      command("Import decisions…"),
    ]);
    await writeFiles(root, { "decisions.json": text });
    await chooser.setFiles(join(root, "decisions.json"));
    await page.getByText("label settled").waitFor();
    expect(await statusLine(page).innerText()).toMatch(/^2 decisions imported/);
  });
});
