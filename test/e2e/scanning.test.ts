import { join } from "node:path";
import type { Page } from "playwright";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { eventually, imageNames, openReview, reviewShown } from "../support/screens.ts";

/** Enough that the test can pause the scan halfway. */
const IMAGES = 500;
const SIDE = 24;

/** A noise image, different for each number. */
function noise(number: number): Promise<Buffer> {
  let state = number + 1;
  const data = Buffer.from(
    Array.from({ length: SIDE * SIDE * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    }),
  );
  return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } })
    .png()
    .toBuffer();
}

describe.skipIf(NO_CHROMIUM)(`a scan ${IN_CHROMIUM}`, () => {
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    const noises = await Promise.all(Array.from({ length: IMAGES }, (_, i) => noise(i)));
    const root = await folderOf({
      ...Object.fromEntries(noises.map((bytes, i) => [join("train/noise", `${i}.png`), bytes])),
      ...pictures("train/cat", 4),
      ...pictures("test/cat", 2),
      "test/cat/no picture.jpg": "not a picture at all",
    });
    app = await startApp(["--root", root]);
    visit = await app.open();
    page = visit.page;
    await page.getByRole("button", { name: "Choose folders…" }).click();
    await page.getByRole("button", { name: /^Use/ }).click();
    await page.getByRole("button", { name: /^Scan Ctrl/ }).click();
  });
  afterAll(async () => {
    expect(visit.foreign).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  const state = (name: RegExp) => page.getByRole("heading", { name, level: 2 });
  const button = (name: string) => page.getByRole("button", { name, exact: true });

  test("stays paused after a reload", async () => {
    await button("Pause").click();
    await state(/^Paused/).waitFor();
    await page.reload();
    await state(/^Paused/).waitFor();
    expect(page.url()).toContain("#/scan/");
  });

  test("resumes with the Space key", async () => {
    await page.keyboard.press("Space");
    await state(/^Scanning/).waitFor();
    await button("Pause").click();
    await state(/^Paused/).waitFor();
  });

  test("can be cancelled, and scanning again finishes it", async () => {
    await button("Cancel").click();
    await state(/^Cancelled/).waitFor();
    await page.getByText("Finished work is kept.").waitFor();
    await button("Scan again").click();
    await state(/^Scanning/).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
    const unreadable = page.getByRole("region", { name: "Unreadable files", exact: true });
    expect(await unreadable.innerText()).toMatch(/no picture\.jpg\s+.{8,}/);
  });

  test("a decision survives an engine that is killed, and the page reports the restart", async () => {
    await openReview(page);
    process.kill(app.engine(), "SIGSTOP");
    await page.keyboard.press("x");
    await page.getByRole("option", { name: /^Image 1,.*marked remove/ }).waitFor();
    process.kill(app.engine(), "SIGKILL");
    await page.getByText("The engine stopped unexpectedly and has restarted.").waitFor();
    await reviewShown(page);
    await page.getByText("1 image marked remove").waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByText("The engine stopped unexpectedly").waitFor({ state: "hidden" });
    await page.reload();
    await page.getByRole("option", { name: /^Image 1,.*marked remove/ }).waitFor();
    await page.keyboard.press("b");
    await eventually(
      () => imageNames(page),
      (names) => names.some((name) => name.includes(", keep,")),
    );
  });
});
