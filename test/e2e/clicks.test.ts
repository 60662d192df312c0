import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { reviewSet, scanned } from "../support/review-set.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import {
  eventually,
  imageNames,
  openCluster,
  openReview,
  reviewShown,
  statusLine,
} from "../support/screens.ts";

describe.skipIf(NO_CHROMIUM)(`after a click ${IN_CHROMIUM}`, () => {
  let app: RunningApp;
  let visit: Visit;
  let page: Page;

  beforeAll(async () => {
    const root = await reviewSet();
    app = await startApp(["--root", root, await scanned(root)]);
    visit = await app.open();
    page = visit.page;
    await openReview(page);
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  const button = (name: string | RegExp) => page.getByRole("button", { name });
  const said = () => statusLine(page).innerText();

  /** Presses J, then Enter: the next cluster must be decided by Enter's own command. */
  async function nextKeepsOnlyOne() {
    const before = await openCluster(page);
    await page.keyboard.press("j");
    await eventually(
      () => openCluster(page),
      ({ position }) => position === before.position + 1,
    );
    await page.keyboard.press("Enter");
    const names = await eventually(
      () => imageNames(page),
      (all) => all.some((name) => name.includes("marked remove")),
    );
    expect(names.filter((name) => name.includes(", keep,"))).toHaveLength(1);
    await page.keyboard.press("u");
    await eventually(said, (text) => text.startsWith("Undone"));
    await page.keyboard.press("k");
    await eventually(
      () => openCluster(page),
      ({ position }) => position === before.position,
    );
  }

  test("on “Not duplicates”, Enter keeps one image of the next cluster", async () => {
    const { of } = await openCluster(page);
    // The first cluster holds identical files, which are always duplicates.
    await page.keyboard.press("j");
    await eventually(
      () => openCluster(page),
      ({ position }) => position === 2,
    );
    await button(/^Not duplicates/).click();
    await eventually(said, (text) => !text.startsWith("Failed") && /not duplicates/i.test(text));
    await page.keyboard.press("u");
    await eventually(
      () => openCluster(page),
      (at) => at.position === 2 && at.of === of,
    );
    await nextKeepsOnlyOne();
    expect((await openCluster(page)).of).toBe(of);
  });

  test("on other buttons, menus and links, Enter and Space still belong to the review", async () => {
    await button("Copy path").first().click();
    await nextKeepsOnlyOne();
    await button(/^Sort:/).click();
    await page.keyboard.press("Escape");
    await page.getByRole("menuitemradio").first().waitFor({ state: "hidden" });
    await nextKeepsOnlyOne();
    await page
      .getByRole("link", { name: /^Review/ })
      .first()
      .click();
    await reviewShown(page);
    await nextKeepsOnlyOne();
    await page.getByRole("slider", { name: "Confidence threshold" }).click();
    await nextKeepsOnlyOne();
  });

  test("on “Compare”, Space switches the images and does not close anything", async () => {
    await button(/^Compare with its match/).click();
    const overlay = page.getByRole("region", { name: /^Compare/ });
    await overlay.waitFor();
    await overlay.getByRole("button", { name: "Zoom in" }).click();
    const zoomed = await overlay.innerText();
    await page.keyboard.press("Space");
    await overlay.waitFor();
    await page.keyboard.press("Escape");
    await overlay.waitFor({ state: "hidden" });
    expect(zoomed).not.toBe("");
    await nextKeepsOnlyOne();
  });

  test("a button that Tab reaches is still pressed by Enter and Space", async () => {
    const name = () =>
      page.evaluate<string>("document.activeElement?.getAttribute('aria-label') ?? ''");
    const tabTo = async (wanted: RegExp) => {
      for (let step = 0; step < 60 && !wanted.test(await name()); step++) {
        await page.keyboard.press("Tab");
      }
      expect(await name()).toMatch(wanted);
    };
    await tabTo(/^Sort:/);
    await page.keyboard.press("Enter");
    await page.getByRole("menuitemradio").first().waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("menuitemradio").first().waitFor({ state: "hidden" });
    await tabTo(/^Copy path/);
    await page.keyboard.press("Space");
    await page.getByTitle("Copied").or(page.getByText("Cannot copy the path")).first().waitFor();
  });
});

describe.skipIf(NO_CHROMIUM)(`the start screen ${IN_CHROMIUM}`, () => {
  test("starts a scan with Ctrl+Enter after Options was clicked, and another window sees its end", async () => {
    const root = await reviewSet();
    await using app = await startApp(["--root", root]);
    const other = await app.open();
    const projects = other.page.getByRole("complementary", { name: "Projects" });
    await projects.getByText("Projects you scan appear here.").waitFor();

    const visit = await app.open();
    const { page } = visit;
    await page.getByRole("button", { name: "Choose folders…" }).click();
    await page.getByRole("button", { name: /^Use/ }).click();
    await page.getByText(/images\s+in\s+3\s+splits/).waitFor();
    await page.locator("summary", { hasText: "Options" }).click();
    await page.getByText("Fastest available").waitFor({ state: "attached" });
    await page.keyboard.press("ControlOrMeta+Enter");
    await page.getByRole("heading", { name: "Images by split" }).waitFor();

    await projects.getByText(/^\d+ images/).waitFor();
    expect(await projects.innerText()).not.toContain("not finished");
    await page.evaluate('location.hash = "#/start"');
    const own = page.getByRole("complementary", { name: "Projects" });
    await own.getByText(/^\d+ images/).waitFor();
    expect(await own.innerText()).not.toContain("not finished");
    expect([...visit.complaints, ...other.complaints]).toEqual([]);
  });
});
