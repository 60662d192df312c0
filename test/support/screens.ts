import type { Locator, Page } from "playwright";
import { expect } from "vitest";
import { LIMIT_MS } from "./running-app.ts";

/** Waits until a value satisfies a condition. The error message contains the last value. */
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

/** Waits until all visible images have loaded. */
export async function picturesShown(page: Page): Promise<void> {
  await eventually(() => page.evaluate<boolean>(PICTURES_SHOWN), Boolean);
}

/** Opens the review from the overview and waits for the first cluster. */
export async function openReview(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Review [\d,]+.cluster/ }).click();
  await reviewShown(page);
}

export async function reviewShown(page: Page): Promise<void> {
  await page.getByRole("heading", { name: /^Cluster \d+ of \d+/ }).waitFor();
  await page.getByRole("option", { name: /^Image 1,/ }).waitFor();
}

/** The open cluster's position in the list, from 1, and the number of clusters, as the heading shows them. */
export async function openCluster(page: Page): Promise<{ position: number; of: number }> {
  const text = await page.getByRole("region", { name: "Open cluster" }).locator("h2").innerText();
  const [, position, of] = /Cluster ([\d,]+)\s+of ([\d,]+)/.exec(text) ?? [];
  return { position: Number(position?.replace(",", "")), of: Number(of?.replace(",", "")) };
}

/** Accessible names of the open cluster's images. */
export function imageNames(page: Page): Promise<string[]> {
  return page
    .getByRole("listbox", { name: "Images in the cluster" })
    .getByRole("option")
    .evaluateAll((tiles) => tiles.map((tile) => tile.querySelector(".sr-only")?.textContent ?? ""));
}

/** The status line, which says what was just done. */
export function statusLine(page: Page) {
  return page.locator("main").getByRole("status").last();
}

/** Visible paths in the plan dialog's list of files. */
export function plannedPaths(dialog: Locator): Promise<string[]> {
  return dialog
    .getByRole("region", { name: /^Files in the plan/ })
    .locator(".path")
    .evaluateAll((paths) => paths.map((path) => path.getAttribute("title") ?? ""));
}
