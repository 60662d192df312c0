import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { reviewSet, scanned } from "../support/review-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import {
  eventually,
  imageNames,
  openCluster,
  reviewShown,
  statusLine,
} from "../support/screens.ts";

interface Focus {
  readonly name: string;
  /** Whether an outline shows where it is. */
  readonly outlined: boolean;
  readonly inSight: boolean;
}

/** The focused element; `null` if there is none. */
const FOCUS = `(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const { outlineStyle, outlineWidth } = getComputedStyle(element);
  const { top, bottom, width } = element.getBoundingClientRect();
  const name = element.getAttribute("aria-label") ?? element.textContent.trim().slice(0, 40);
  return {
    name,
    outlined: outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0,
    inSight: width > 0 && bottom > 0 && top < innerHeight,
  };
})()`;

describe.skipIf(NO_CHROMIUM)(`without a mouse ${IN_CHROMIUM}`, () => {
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    const root = await reviewSet();
    app = await startApp(["--root", root, await scanned(root)]);
    visit = await app.open();
    page = visit.page;
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  const focus = () => page.evaluate<Focus | null>(FOCUS);
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key);
  };

  /** Presses Tab until an element with this name has the focus. */
  async function tabTo(name: string) {
    for (let step = 0; step < 60; step++) {
      await press("Tab");
      if ((await focus())?.name === name) return;
    }
    throw new Error(`Tab never reached ${name}.`);
  }

  test("the overview leads to the review by Tab and Enter", async () => {
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
    await press("r");
    await reviewShown(page);
    await press("o");
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
    const button = page.getByRole("button", { name: /^Review/ });
    await tabTo((await button.innerText()).trim());
    await press("Enter");
    await reviewShown(page);
  });

  test("Tab moves through the review with a visible focus", async () => {
    const names: string[] = [];
    for (let step = 0; step < 60; step++) {
      await press("Tab");
      const at = await focus();
      if (at === null) break;
      expect(at).toMatchObject({ outlined: true, inSight: true });
      if (names[0] === at.name && names.length > 5) break;
      names.push(at.name);
    }
    expect(names).toEqual(
      expect.arrayContaining([
        "Filter by path",
        "Clusters",
        "Images in the cluster",
        "Confidence threshold",
      ]),
    );
  });

  test("help and palette open by key, trap the focus, and return it", async () => {
    await tabTo("Clusters");
    await press("?");
    const help = page.getByRole("dialog", { name: "Keyboard shortcuts" });
    await help.getByText("Keep only this image").waitFor();
    for (let step = 0; step < 4; step++) {
      await press("Tab");
      expect(
        await help.evaluate((dialog) => dialog.contains(dialog.ownerDocument.activeElement)),
      ).toBe(true);
    }
    await press("x");
    await press("Escape");
    await help.waitFor({ state: "hidden" });
    await eventually(focus, (at) => at?.name === "Clusters");
    expect((await imageNames(page)).join()).not.toContain("marked");

    await press("ControlOrMeta+k");
    const palette = page.getByRole("dialog", { name: "All commands" });
    await palette.waitFor();
    await page.keyboard.insertText("keep the best");
    await palette.getByRole("option", { name: /^Keep the best image/ }).waitFor();
    await press("Enter");
    await palette.waitFor({ state: "hidden" });
    await eventually(
      () => statusLine(page).innerText(),
      (said) => said.startsWith("Kept the best"),
    );
    await eventually(focus, (at) => at?.name === "Clusters");
  });

  test("every cluster can be decided and undone by keyboard alone", async () => {
    const { of } = await openCluster(page);
    // Keys pressed before a cluster has loaded still act on that cluster.
    for (let position = 2; position <= of; position++) await press("j", "Enter");
    await page.getByText(`All ${of} decided`).waitFor();
    await press(...Array.from({ length: of }, () => "u"));
    await page.getByText(`0 of ${of} decided`).waitFor();
    expect(await focus()).toMatchObject({ name: "Clusters" });
  });

  test("the plan opens by key over both views and closes with its project", async () => {
    const plan = page.getByRole("dialog");
    for (const view of ["o", "r"]) {
      await press(view, "p");
      await plan.getByText("System trash").waitFor();
      await press("Escape");
      await plan.waitFor({ state: "hidden" });
    }
    await press("p");
    await plan.waitFor();
    const address = page.url();
    await page.evaluate('location.hash = "#/start"');
    await page.getByRole("heading", { name: "Does your test set leak?" }).waitFor();
    await plan.waitFor({ state: "hidden" });
    await page.goto(address);
    await reviewShown(page);
    expect(await plan.count()).toBe(0);
  });

  test("menus and the threshold work by keyboard", async () => {
    await tabTo("Sort: Leaks first");
    await press("Enter");
    await page.getByRole("menuitemradio", { name: /^Largest first/ }).waitFor();
    await page.locator("[role=menuitemradio][data-highlighted]").waitFor();
    await press("ArrowDown", "ArrowDown", "Enter");
    await eventually(focus, (at) => at?.name === "Sort: Largest first");
    await tabTo("Confidence threshold");
    const slider = page.getByRole("slider", { name: "Confidence threshold" });
    const before = Number(await slider.getAttribute("aria-valuenow"));
    await press("ArrowLeft");
    await eventually(
      async () => Number(await slider.getAttribute("aria-valuenow")),
      (now) => Math.abs(now - before + 0.01) < 1e-9,
    );
    expect(await focus()).toMatchObject({ name: "Confidence threshold", outlined: true });
  });
});
