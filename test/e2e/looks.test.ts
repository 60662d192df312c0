import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import { eventually, openReview, picturesShown, reviewShown } from "../support/screens.ts";

const SCREENSHOTS = resolve("coverage/screenshots");
const AXE = readFileSync(resolve("node_modules/axe-core/axe.min.js"), "utf8");
const SCHEMES = ["light", "dark"] as const;
const USUAL = { width: 1280, height: 800 };
const LARGE = { width: 1920, height: 1080 };
/** The usual window at 200 % zoom, in CSS pixels. */
const ENLARGED = { width: 640, height: 400 };

/** Accessibility violations that axe finds, one line per rule, with the elements. */
async function violations(page: Page): Promise<string[]> {
  const { violations } = await page.evaluate<AxeResults>(
    "axe.run(document, { resultTypes: ['violations'] })",
  );
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(" | ")}`,
  );
}

const PAINTED = `
  new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))
`;

/** Waits until the page is repainted after a change of theme or size. */
async function painted(page: Page, colorScheme: string): Promise<void> {
  const query = `matchMedia("(prefers-color-scheme: ${colorScheme})").matches`;
  await eventually(() => page.evaluate<boolean>(query), Boolean);
  await page.evaluate(PAINTED);
}

/** Collects layout shifts without recent input in `window.shifts`. */
const WATCH_SHIFTS = `
  window.shifts = [];
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value, sources } of list.getEntries()) {
      const what = sources.map(({ node }) => node?.outerHTML?.slice(0, 120) ?? node?.textContent);
      if (!hadRecentInput) window.shifts.push({ value, what });
    }
  }).observe({ type: "layout-shift", buffered: true });
`;

/** Duration of the longest running animation, in milliseconds. */
const LONGEST_ANIMATION = `
  Math.max(0, ...document.getAnimations().map(({ effect }) => effect.getComputedTiming().duration))
`;

describe.skipIf(NO_CHROMIUM)(`every screen ${IN_CHROMIUM}`, () => {
  let app: RunningApp;
  let visit: Visit;

  beforeAll(async () => {
    const root = join(freshFolder(), "shapes");
    const { code, stderr } = await run(["demo", "--out", root, "--quiet"]);
    if (code !== 0) throw new Error(stderr);
    app = await startApp(["--root", root, join(root, "demo.twinlens")]);
    visit = await app.open({ reducedMotion: "reduce" });
    await visit.page.addInitScript(AXE);
    mkdirSync(SCREENSHOTS, { recursive: true });
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    expect(visit.foreign).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  /** Screens in the order in which the test visits them, each reached from the previous one. */
  const SCREENS: readonly (readonly [string, (page: Page) => Promise<void>])[] = [
    [
      "overview",
      async (page) => {
        await page.reload();
        await page.getByRole("heading", { name: "Images by split" }).waitFor();
      },
    ],
    [
      "settings",
      async (page) => {
        await page.getByRole("button", { name: "Settings" }).click();
        await page.getByRole("heading", { name: "Settings" }).waitFor();
      },
    ],
    [
      "review",
      async (page) => {
        await page.keyboard.press("Escape");
        await openReview(page);
        await page.keyboard.press("j");
        await page.getByRole("heading", { name: /^Cluster 2 of/ }).waitFor();
        await page.getByRole("option", { name: /^Image 1,/ }).waitFor();
        await page.keyboard.press("b");
        await page
          .getByRole("option", { name: /marked remove/ })
          .first()
          .waitFor();
      },
    ],
    [
      "filters",
      async (page) => {
        await page.getByRole("button", { name: "Filters" }).click();
        await page.getByRole("group", { name: "Kind of match" }).waitFor();
      },
    ],
    [
      "compare",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("group", { name: "Kind of match" }).waitFor({ state: "hidden" });
        await page.keyboard.press("c");
        await page.getByRole("region", { name: "Compare" }).getByRole("table").waitFor();
      },
    ],
    [
      "compare-swipe",
      async (page) => {
        await page.keyboard.press("c");
        await page.getByRole("slider", { name: "Divider" }).waitFor();
      },
    ],
    [
      "compare-difference",
      async (page) => {
        await page.keyboard.press("c");
        await page.keyboard.press("c");
        await page.getByLabel("Gain").waitFor();
      },
    ],
    [
      "similar",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.keyboard.press("f");
        await page.getByRole("listbox", { name: /^Similar images/ }).waitFor();
      },
    ],
    [
      "plan",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: /^Remove \d+ marked/ }).click();
        await page.getByRole("checkbox", { name: /^Also apply the keeper rules/ }).check();
        await page.getByLabel("Fix leaks by removing").selectOption("the other copy");
        await page.getByRole("region", { name: "Effect on leaks" }).waitFor();
        await page.getByRole("button", { name: "Check files", disabled: false }).waitFor();
      },
    ],
    [
      "plan-copy",
      async (page) => {
        await page.getByText("Which copy is best").click();
        await page.getByRole("radio", { name: /^Write a clean copy/ }).check();
        await page.getByRole("button", { name: "Choose folder…" }).waitFor();
      },
    ],
    [
      "plan-checked",
      async (page) => {
        await page.getByRole("radio", { name: /^System trash/ }).check();
        await page.getByRole("button", { name: "Check files" }).click();
        await page.getByText("No files have been changed.").waitFor();
      },
    ],
    [
      "rules",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("button", { name: "Change rules…" }).click();
        const dialog = page.getByRole("dialog", { name: "Keeper rules" });
        await dialog.getByLabel("Add a criterion").selectOption("Preferred folders");
      },
    ],
    [
      "help",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
        await page.keyboard.press("?");
        await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
      },
    ],
    [
      "palette",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
        await page.keyboard.press("ControlOrMeta+k");
        await page.getByRole("dialog", { name: "All commands" }).waitFor();
      },
    ],
    [
      "start",
      async (page) => {
        await page.keyboard.press("Escape");
        await page.getByRole("dialog").waitFor({ state: "hidden" });
        await page.getByRole("link", { name: "Twinlens" }).click();
        await page.getByRole("button", { name: "Choose folders…" }).waitFor();
        await page.getByRole("button", { name: /^shapes|^demo/ }).waitFor();
      },
    ],
    [
      "picker",
      async (page) => {
        await page.getByRole("button", { name: "Choose folders…" }).click();
        await page.getByRole("listbox", { name: "Folders" }).getByRole("option").first().waitFor();
      },
    ],
    [
      "chosen",
      async (page) => {
        await page.getByRole("button", { name: /^Use/ }).click();
        await page.getByText(/144\s+images\s+in\s+3\s+splits/).waitFor();
        await page.getByText("Options").click();
      },
    ],
    [
      "scan",
      async (page) => {
        await page.getByRole("button", { name: /^Scan/ }).click();
        await page.getByRole("button", { name: "Pause" }).click();
        await page.getByRole("heading", { name: /^Paused/ }).waitFor();
      },
    ],
  ];

  test.each(SCREENS)("%s is accessible in both themes and at 200 % zoom", async (name, reach) => {
    const { page } = visit;
    await page.setViewportSize(USUAL);
    await reach(page);
    const found: Record<string, string[]> = {};
    for (const viewport of [USUAL, LARGE, ENLARGED]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await painted(page, colorScheme);
        await picturesShown(page);
        const which = `${name}-${colorScheme}-${viewport.width}`;
        await page.screenshot({ path: join(SCREENSHOTS, `${which}.png`) });
        if (viewport === LARGE) continue;
        const broken = await violations(page);
        if (broken.length > 0) found[which] = broken;
      }
    }
    expect(found).toEqual({});
  });

  test("nothing moves with reduced motion", async () => {
    const { page } = visit;
    await page.goto(`${app.origin}#/start`);
    await page.getByRole("button", { name: /^shapes|^demo/ }).click();
    await openReview(page);
    await page.keyboard.press("c");
    await page.keyboard.press("c");
    await page.keyboard.press("c");
    await page.getByRole("button", { name: "Blink automatically" }).waitFor();
    const longest = await page.evaluate<number>(LONGEST_ANIMATION);
    expect(longest).toBeLessThanOrEqual(1);
    await page.keyboard.press("Escape");
  });

  test("nothing shifts as thumbnails arrive", async () => {
    const { page, close } = await app.open();
    await page.addInitScript(WATCH_SHIFTS);
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
    await page.goto(page.url().replace(/overview.*/, "review"));
    // Delay each picture.
    await page.route(/\/pictures\//, async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await route.continue();
    });
    await page.reload();
    await reviewShown(page);
    await page.evaluate("window.shifts.length = 0");
    await picturesShown(page);
    for (let turn = 0; turn < 3; turn++) {
      await page.keyboard.press("j");
      await picturesShown(page);
    }
    expect(await page.evaluate("window.shifts")).toEqual([]);
    await close();
  });
});
