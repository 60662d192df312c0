import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { type Contents, drawnJpeg, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { eventually, imageNames, openReview } from "../support/screens.ts";

const LONG = `${"a very long name ".repeat(12)}.jpg`;
const CLASSES = 220;

describe.skipIf(NO_CHROMIUM)(`an unusual project ${IN_CHROMIUM}`, () => {
  const folder = freshFolder();
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  /** Scans a data set into `NAME.twinlens`. */
  async function project(name: string, contents: Contents, ...empty: string[]): Promise<string> {
    const root = join(folder, `data of ${name}`);
    await writeFiles(root, contents);
    for (const split of empty) mkdirSync(join(root, split));
    const file = join(folder, `${name}.twinlens`);
    const { code, stderr } = await run(["scan", root, "--project", file, "--quiet"]);
    // 4: the project is there, but too few images could be compared.
    if (code !== 0 && code !== 4) throw new Error(stderr);
    return file;
  }

  beforeAll(async () => {
    await project("clean", { ...pictures("train/cat", 2), ...pictures("test/cat", 2, 10) });
    await project("away", {
      ...pictures("train/cat", 2),
      ...pictures("test/cat", 2, 10),
      "test/cat/leak.jpg": 1,
    });
    rmSync(join(folder, "data of away/test"), { recursive: true });
    const newer = new Database(await project("newer", pictures("train/cat", 1)));
    newer.pragma("user_version = 99");
    newer.close();
    await project("single", { "only.jpg": 1 });
    await project("hollow", { ...pictures("train/cat", 2), "train/cat/again.jpg": 1 }, "test");
    const whole = await drawnJpeg(3);
    await project("partial", {
      ...pictures("train/cat", 2),
      ...pictures("test/cat", 2, 10),
      // The end mark is there, the rows before it are not.
      "train/cat/cut short.jpg": Buffer.concat([
        whole.subarray(0, whole.length * 0.7),
        whole.subarray(-2),
      ]),
      "train/@eaDir/thumbnail.jpg": 4,
      "extra/unused.jpg": 5,
    });
    await project("odd", {
      "train/two words/größe 猫.jpg": 1,
      "train/two words/line\nbreak.jpg": 1,
      [`train/ordinary/${LONG}`]: 1,
      ...Object.fromEntries(
        Array.from({ length: CLASSES }, (_, i) => [`test/class ${i}/${i}.jpg`, 2 + (i % 20)]),
      ),
    });
    app = await startApp(["--root", folder]);
    visit = await app.open();
    page = visit.page;
  });
  afterAll(async () => {
    // Chromium reports the picture whose file is missing.
    const others = visit.complaints.filter((told) => !told.startsWith("Failed to load resource"));
    expect(others).toEqual([]);
    expect(visit.foreign).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  /** Opens a project file from the start screen. */
  async function open(name: string) {
    await page.goto(`${app.origin}#/start`);
    await page.getByRole("button", { name: "Open file…" }).click();
    const list = page.getByRole("listbox", { name: "Folders" });
    await list.getByRole("option", { name: `${name}.twinlens`, exact: true }).waitFor();
    await list.getByRole("option", { name: `${name}.twinlens`, exact: true }).dblclick();
  }

  const overview = () => page.getByRole("heading", { name: "Images by split" }).waitFor();

  test("without duplicates shows the closest pair and opens it", async () => {
    await open("clean");
    await overview();
    await page.getByText(/^None of \d+/).waitFor();
    await page.getByText("0 of 4 images are in more than one split", { exact: true }).waitFor();
    await page.getByText(/The closest pair: .*% sure\./).waitFor();
    await page.keyboard.press("r");
    await page.getByText("No duplicates at 0.90").waitFor();
    await page.getByText(/The closest pair: .*% sure\./).waitFor();
    await page.getByRole("button", { name: "Show the pair" }).click();
    await eventually(
      () => imageNames(page),
      (names) => names.length >= 2,
    );
  });

  test("with a missing test folder says so and still opens", async () => {
    await open("away");
    await overview();
    expect(await page.getByText(/1\s+folder\s+missing/).getAttribute("title")).toContain(
      "data of away/test",
    );
    await openReview(page);
    expect(await imageNames(page)).toHaveLength(2);
  });

  test("from a newer Twinlens is not opened, and the page says what to do", async () => {
    await open("newer");
    const alert = page.getByRole("alert");
    await alert.getByText("This project was made by a newer Twinlens").waitFor();
    expect(await alert.innerText()).toMatch(/Update Twinlens\./);
  });

  test("with a single image has nothing to compare", async () => {
    await open("single");
    await overview();
    await page.getByText(/^Only one image could be read/).waitFor();
    await page.keyboard.press("r");
    await page.getByText("Nothing comes close among the 1 image compared.").waitFor();
  });

  test("with an empty split counts no images in it", async () => {
    await open("hollow");
    await overview();
    await page.getByText("Not compared: test", { exact: true }).waitFor();
    expect(await page.getByRole("cell", { name: "not compared", exact: true }).count()).toBe(2);
    await page.getByText(/or start a new scan with another folder\.$/).waitFor();
    expect(await page.getByText("--split").count()).toBe(0);
    const rows = page.getByRole("region", { name: "Images by split" }).locator("tbody tr");
    expect((await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim())).toEqual([
      expect.stringMatching(/^train 3 2 /),
      expect.stringMatching(/^test 0 0 /),
    ]);
  });

  test("names folders in no split, damaged images, and skipped folders", async () => {
    await open("partial");
    await overview();
    const left = await page.getByRole("region", { name: "Not compared" }).innerText();
    expect(left).toContain('1 image in the folder "extra" was not compared');
    expect(left).toContain("start a new scan and add the folder as a split");
    expect(left).not.toContain("--");
    const rows = async (name: string) =>
      (await page.getByRole("region", { name, exact: true }).getByRole("list").innerText()).replace(
        /\s+/g,
        " ",
      );
    expect(await rows("Damaged images")).toMatch(/cut short\.jpg/);
    expect(await rows("Skipped folders")).toMatch(/@eaDir 1 file/);
  });

  test("with unusual names, conflicting labels, and hundreds of classes shows all of them", async () => {
    await open("odd");
    await overview();
    const sideways = () =>
      page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.getByRole("link", { name: /^Conflicts/ }).click();
    await page.keyboard.press("/");
    await page.keyboard.insertText("größe");
    await page.keyboard.press("Enter");
    const names = await eventually(
      () => imageNames(page),
      (all) => all.some((name) => name.includes("größe 猫.jpg")),
    );
    expect(names.join()).toContain(LONG);
    expect(names.join()).toMatch(/line\sbreak\.jpg/);
    await page.getByText("labels differ", { exact: true }).first().waitFor();
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.getByRole("button", { name: /^Filters/ }).click();
    await page.getByPlaceholder(/^Search \d+ classes/).fill(`class ${CLASSES - 1}`);
    await page.getByRole("listbox", { name: "Classes" }).getByRole("option").first().click();
    await page.getByRole("button", { name: `Remove filter: class ${CLASSES - 1}` }).waitFor();
  });
});
