import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { writeFiles } from "../support/drawn-data-set.ts";
import { reviewSet, scanned } from "../support/review-set.ts";
import { startApp } from "../support/running-app.ts";
import {
  eventually,
  openCluster,
  openReview,
  reviewShown,
  statusLine,
} from "../support/screens.ts";

/** Enough that the test can pause the scan halfway. */
const NEW_IMAGES = 500;
const SIDE = 48;

/** A noise image, different each time. */
function noise(): Promise<Buffer> {
  const [mean, sigma] = [128, 40];
  return sharp({
    create: {
      width: SIDE,
      height: SIDE,
      channels: 3,
      background: "gray",
      noise: { type: "gaussian", mean, sigma },
    },
  })
    .png()
    .toBuffer();
}

describe.skipIf(NO_CHROMIUM)(`a project that is scanned again ${IN_CHROMIUM}`, () => {
  test("stays open for decisions, and then shows the new scan in place", async () => {
    const root = await reviewSet();
    const project = await scanned(root);
    const noises = await Promise.all(
      Array.from({ length: NEW_IMAGES }, async (_, i) => [`train/new/${i}.png`, await noise()]),
    );
    await writeFiles(root, { ...Object.fromEntries(noises), "val/dog/another six.jpg": 4 });
    await using app = await startApp(["--root", root, project]);
    const visit = await app.open();
    const { page } = visit;
    await openReview(page);
    const before = await openCluster(page);
    const view = (name: RegExp) =>
      page.getByRole("navigation", { name: "Views" }).getByRole("link", { name });
    const scanAgain = page.getByTitle("Scan the folders again for new and changed files");
    const paused = page.getByRole("link", { name: "Scan paused" });

    await scanAgain.click();
    await page.getByRole("link", { name: "Scanning…" }).click();
    await page.getByRole("button", { name: "Pause", exact: true }).click();
    await page.getByRole("heading", { name: /^Paused/, level: 2 }).waitFor();
    await view(/^Review/).click();
    await paused.waitFor();
    await reviewShown(page);
    await page.keyboard.press("x");
    await page.getByRole("option", { name: /^Image 1,.*marked remove/ }).waitFor();
    await page.reload();
    await reviewShown(page);
    await page.keyboard.press("j");
    await page.getByRole("heading", { name: /^Cluster 2 of/ }).waitFor();
    await page.keyboard.press("c");
    await page.getByRole("region", { name: "Compare" }).waitFor();
    await page.keyboard.press("Escape");
    expect((await openCluster(page)).of).toBe(before.of);

    await paused.click();
    await page.getByRole("button", { name: "Resume", exact: true }).click();
    await view(/^Review/).click();
    await eventually(
      () => statusLine(page).innerText(),
      (said) => said.startsWith("The new scan is complete"),
    );
    await eventually(
      () => scanAgain.innerText(),
      (text) => /^scanned 5\d\d/.test(text),
    );
    await page
      .getByRole("option", { name: /^Cluster \d+: .*1 val.*/ })
      .first()
      .waitFor();
    await page.keyboard.press("k");
    await page.getByRole("option", { name: /^Image 1,.*marked remove/ }).waitFor();
    expect(visit.complaints).toEqual([]);
  });
});
