import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { LIMIT_MS } from "./running-app.ts";

/** Waits until a test of the page holds; the last value stands in the message when it never does. */
export async function eventually<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
): Promise<Value> {
  let value = await read();
  await expect
    .poll(
      async () => {
        value = await read();
        return holds(value) || value;
      },
      { timeout: LIMIT_MS, interval: 50 },
    )
    .toBe(true);
  return value;
}

const PICTURES_SHOWN = `[...document.images].every((image) => {
  const { top, bottom, width } = image.getBoundingClientRect();
  const seen = width > 0 && bottom > 0 && top < innerHeight;
  return !seen || (image.complete && image.naturalWidth > 0);
})`;

/** All thumbnails in sight have arrived. */
export async function picturesShown(page: Page): Promise<void> {
  await eventually(() => page.evaluate<boolean>(PICTURES_SHOWN), Boolean);
}

/** Goes from the overview to the review, and waits for the first cluster. */
export async function openReview(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Review [\d,]+.cluster/ }).click();
  await reviewShown(page);
}

export async function reviewShown(page: Page): Promise<void> {
  await page.getByRole("heading", { name: /^Cluster \d+ of \d+/ }).waitFor();
  await page.getByRole("option", { name: /^Image 1,/ }).waitFor();
}

/** What the open cluster calls itself: its place in the list and how many there are. */
export async function openCluster(page: Page): Promise<{ place: number; of: number }> {
  const text = await page.getByRole("region", { name: "Open cluster" }).locator("h2").innerText();
  const [, place, of] = /Cluster ([\d,]+)\s+of ([\d,]+)/.exec(text) ?? [];
  return { place: Number(place?.replace(",", "")), of: Number(of?.replace(",", "")) };
}

/** Names of the open cluster's images, as a screen reader says them. */
export function imageNames(page: Page): Promise<string[]> {
  return page
    .getByRole("listbox", { name: "Images in the cluster" })
    .getByRole("option")
    .evaluateAll((tiles) => tiles.map((tile) => tile.querySelector(".sr-only")?.textContent ?? ""));
}

/** The line under the review that tells what was just done. */
export function statusLine(page: Page) {
  return page.locator("main").getByRole("status").last();
}

/** Paths of the files that the plan dialog lists, as far as they are in sight. */
export function plannedPaths(dialog: Locator): Promise<string[]> {
  return dialog
    .getByRole("region", { name: /^Files in the plan/ })
    .locator(".path")
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("title") ?? ""));
}
