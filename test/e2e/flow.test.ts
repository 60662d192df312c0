import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { plainText, reportHeadline } from "../../src-main/text/headline.ts";
import { IN_CHROMIUM, NO_CHROMIUM } from "../support/chromium.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reviewSet } from "../support/review-set.ts";
import { run } from "../support/run-in-process.ts";
import { type RunningApp, startApp, type Visit } from "../support/running-app.ts";
import {
  eventually,
  imageNames,
  openCluster,
  openReview,
  plannedPaths,
  statusLine,
} from "../support/screens.ts";

/** Text with every kind of space as a plain space. */
const plain = (text: string | null) => (text ?? "").replace(/\s+/g, " ").trim();

async function jsonOf(...words: string[]): Promise<Report> {
  const { code, stdout, stderr } = await run([...words, "--quiet", "--json", "-"]);
  if (code !== 0) throw new Error(stderr);
  return Report.parse(JSON.parse(stdout));
}

describe.skipIf(NO_CHROMIUM)(`from folders to the trash ${IN_CHROMIUM}`, () => {
  let root: string;
  let app: RunningApp;
  let visit: Visit;
  let page: Page;
  /** Project file of the scan that the page started. */
  let project: string;

  beforeAll(async () => {
    root = await reviewSet();
    app = await startApp(["--root", root]);
    visit = await app.open();
    page = visit.page;
  });
  afterAll(async () => {
    expect(visit.complaints).toEqual([]);
    expect(visit.foreign).toEqual([]);
    await app?.[Symbol.asyncDispose]();
  });

  const threshold = () => page.getByRole("slider", { name: /threshold$/ });
  const option = (name: RegExp) =>
    page.getByRole("listbox", { name: "Images in the cluster" }).getByRole("option", { name });
  const shownClusters = async () => (await openCluster(page)).of;

  /** Shows only clusters with this in a path, and opens the first. */
  async function filterBy(text: string) {
    await page.keyboard.press("/");
    await page.keyboard.insertText(text);
    await page.keyboard.press("Enter");
    await eventually(
      () => imageNames(page),
      (names) => names.some((name) => name.includes(text)),
    );
  }

  async function clearFilter() {
    await page.keyboard.press("/");
    await page.keyboard.press("Escape");
    await eventually(shownClusters, (count) => count > 1);
  }

  test("the address works once and does not show its token", () => {
    expect(page.url()).toMatch(new RegExp(`^${app.origin}(#.*)?$`));
  });

  test("choosing a data set shows its splits with their images and classes", async () => {
    await page.getByRole("button", { name: "Choose folders…" }).click();
    const listed = page.getByRole("listbox", { name: "Folders" }).getByRole("option");
    await eventually(
      () => listed.evaluateAll((rows) => rows.map((row) => row.textContent ?? "")),
      (names) => ["test", "train", "val"].every((name, i) => names[i]?.includes(name)),
    );
    await page.getByRole("button", { name: /^Use/ }).click();
    const splits = page.getByRole("list", { name: "Splits to scan" }).getByRole("listitem");
    const facts = async () =>
      Promise.all(
        (await splits.all()).map(async (split) => [
          await split.getByLabel("Split name").inputValue(),
          plain(await split.innerText()),
        ]),
      );
    const [train, test, val] = await eventually(
      facts,
      (rows) => rows.length === 3 && rows.every(([, text]) => /class/.test(text ?? "")),
    );
    expect(train).toEqual(["train", expect.stringMatching(/30 images 2 classes/)]);
    expect(test).toEqual(["test", expect.stringMatching(/7 images 1 class$/)]);
    expect(val).toEqual(["val", expect.stringMatching(/4 images 1 class$/)]);
  });

  test("the scan shows its stages and ends on the overview", async () => {
    await page.keyboard.press("Control+Enter");
    await page.getByText("Read files").waitFor();
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
    expect(page.url()).toContain("/overview");
    project = (await page.getByRole("heading", { level: 1 }).getAttribute("title")) ?? "";
    expect(existsSync(project)).toBe(true);
  });

  test("the overview counts what the command line counts", async () => {
    const scan = await jsonOf("scan", root, "--project", join(freshFolder(), "other.twinlens"));
    const report = await jsonOf("report", project);
    expect({ ...report, seconds: null, twinlens: null }).toEqual({
      ...scan,
      seconds: null,
      twinlens: null,
    });
    const text = plain(await page.locator("main").innerText());
    for (const sentence of reportHeadline(scan)) expect(text).toContain(plain(plainText(sentence)));
    const clustered = new Set(scan.clusters.flatMap(({ images }) => images)).size;
    expect(text).toContain(`${scan.clusters.length} clusters contain ${clustered} images`);
    const rows = async (panel: string) =>
      (await page.getByRole("region", { name: panel }).locator("tbody tr").allInnerTexts()).map(
        plain,
      );
    for (const { name, images } of scan.splits) {
      expect(await rows("Images by split")).toContainEqual(
        expect.stringMatching(new RegExp(`^${name} ${images} `)),
      );
    }
    const leaks = await page.getByRole("region", { name: "Leaks", exact: true }).innerText();
    for (const { from, into, images, of } of scan.leaks) {
      expect(plain(leaks)).toMatch(new RegExp(`${from} ${into} [\\d.]+ % ${images} of ${of}`));
    }
    const unreadable = await page
      .getByRole("region", { name: "Unreadable files", exact: true })
      .innerText();
    for (const { path, reason } of scan.unreadable) {
      expect(unreadable).toContain(basename(path));
      expect(unreadable).toContain(reason);
    }
    expect(scan.unreadable).toHaveLength(2);
  });

  test("keys go from cluster to cluster and from image to image", async () => {
    await openReview(page);
    const { clusters } = await jsonOf("report", project);
    expect(await openCluster(page)).toEqual({ position: 1, of: clusters.length });
    await page.keyboard.press("j");
    await page.keyboard.press("ArrowDown");
    await eventually(
      () => openCluster(page),
      ({ position }) => position === 3,
    );
    await page.keyboard.press("k");
    await eventually(
      () => openCluster(page),
      ({ position }) => position === 2,
    );
    await option(/^Image 2,/).waitFor();
    await page.keyboard.press("l");
    expect(await option(/^Image 2,/).getAttribute("aria-selected")).toBe("true");
    await page.keyboard.press("1");
    expect(await option(/^Image 1,/).getAttribute("aria-selected")).toBe("true");
  });

  test("clusters can be filtered by path and across splits, and sorted", async () => {
    const all = await shownClusters();
    const report = await jsonOf("report", project);
    await filterBy("gray");
    expect(await openCluster(page)).toEqual({ position: 1, of: 1 });
    expect(await imageNames(page)).toHaveLength(3);
    await clearFilter();
    await page.getByRole("button", { name: "Filters" }).click();
    await page.getByRole("button", { name: "across splits" }).click();
    const across = report.clusters.filter(({ splits }) => Object.keys(splits).length > 1);
    await eventually(shownClusters, (count) => count === across.length);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Remove filter: across splits" }).click();
    await eventually(shownClusters, (count) => count === all);
    await page.getByRole("button", { name: /^Sort:/ }).click();
    await page.getByRole("menuitemradio", { name: /^Largest first/ }).click();
    const first = page.getByRole("listbox", { name: "Clusters" }).getByRole("option").first();
    await eventually(
      () => first.textContent(),
      (name) => /6 train/.test(name ?? ""),
    );
    expect(page.url()).toContain("sort=size");
  });

  test("the threshold moves by key and pointer, figures follow, and the open cluster stays open", async () => {
    await filterBy("gray");
    await clearFilter();
    const names = await imageNames(page);
    const at = async () => Number(await threshold().getAttribute("aria-valuenow"));
    const before = await at();
    await page.keyboard.press("]");
    await eventually(at, (value) => Math.abs(value - before - 0.01) < 1e-9);
    await page.keyboard.press("[");
    await eventually(at, (value) => Math.abs(value - before) < 1e-9);

    const box = await threshold().boundingBox();
    if (!box) throw new Error("The slider is not visible.");
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x - 120, box.y + box.height / 2, { steps: 12 });
    await page.mouse.up();
    const value = await eventually(at, (now) => now < before - 0.05);
    const report = await jsonOf("report", project, "--threshold", `confidence:${value}`);
    const figures = page.getByRole("region", { name: "Threshold" });
    await eventually(
      async () => plain(await figures.innerText()),
      (text) => text.includes(`${report.clusters.length} clusters`),
    );
    const [worst] = report.leaks.toSorted((a, b) => b.percent - a.percent);
    expect(plain(await figures.innerText())).toContain(
      `${worst?.images} of ${worst?.of} ${worst?.from} images also in ${worst?.into}`,
    );
    await eventually(shownClusters, (count) => count === report.clusters.length);
    expect(await imageNames(page)).toEqual(expect.arrayContaining(names));
    expect(await page.getByText("Not in the list").count()).toBe(0);
  });

  test("one key decides, one undoes, and one redoes", async () => {
    await filterBy("second");
    await page.keyboard.press("x");
    await option(/^Image 1,.*marked remove/).waitFor();
    await page.keyboard.press("u");
    await eventually(
      () => imageNames(page),
      (names) => !names.join().includes("marked remove"),
    );
    await page.keyboard.press("Shift+U");
    await option(/^Image 1,.*marked remove/).waitFor();
    await page.keyboard.press("2");
    await page.keyboard.press("x");
    await option(/^Image 2,.*marked remove/).waitFor();
    await page.keyboard.press("Enter");
    await option(/^Image 2,.*keep/).waitFor();
    expect((await imageNames(page))[0]).toContain("marked remove");
    await page.keyboard.press("b");
    await eventually(
      async () => plain(await statusLine(page).innerText()),
      (said) => /^Kept the best/.test(said),
    );
    expect((await imageNames(page)).filter((name) => /, keep,/.test(name))).toHaveLength(1);
    await clearFilter();
  });

  test("one key says that a pair is not a duplicate, and another splits a cluster", async () => {
    const all = await shownClusters();
    await filterBy("third");
    await page.keyboard.press("n");
    await page.getByText("No cluster matches the filter").waitFor();
    await page.keyboard.press("u");
    await eventually(shownClusters, (count) => count === 1);
    await clearFilter();
    await eventually(shownClusters, (count) => count === all);
    await filterBy("gray");
    await page.keyboard.press("s");
    await eventually(
      async () => plain(await statusLine(page).innerText()),
      (said) => /^Split at/.test(said),
    );
    await page.getByRole("option", { name: "Cluster 1: 2 train" }).waitFor();
    await page.keyboard.press("Control+z");
    await eventually(
      () => imageNames(page),
      (names) => names.length === 3,
    );
    await clearFilter();
  });

  test("compare goes through its modes and closes to the same scroll position", async () => {
    await filterBy("six");
    await page.keyboard.press("6");
    const grid = page.locator("[data-images]");
    const list = page.locator("[data-clusters]");
    const positions = async () => [
      await grid.evaluate(({ scrollTop }) => scrollTop),
      await list.evaluate(({ scrollTop }) => scrollTop),
    ];
    const before = await positions();
    await page.keyboard.press("c");
    const compare = page.getByRole("region", { name: "Compare" });
    for (const way of ["Side by side", "Swipe", "Blink", "Difference"]) {
      await compare.getByRole("button", { name: way, pressed: true }).waitFor();
      await page.keyboard.press("c");
    }
    await page.keyboard.press("Shift+C");
    await compare.getByRole("button", { name: "Difference", pressed: true }).waitFor();
    await page.keyboard.press("Escape");
    await compare.waitFor({ state: "hidden" });
    expect(await positions()).toEqual(before);
    expect(await option(/^Image 6,/).getAttribute("aria-selected")).toBe("true");

    await page.keyboard.press("f");
    const similar = page.getByRole("listbox", { name: /^Similar images/ }).getByRole("option");
    await similar.first().waitFor();
    expect(plain(await similar.first().textContent())).toMatch(/^train, 100 % sure, dog\/six/);
    await page.keyboard.press("Escape");
    await similar.first().waitFor({ state: "hidden" });
    expect(await positions()).toEqual(before);
    await clearFilter();
  });

  test("a reload keeps the cluster, sort order, threshold and marks", async () => {
    await filterBy("second");
    const names = await imageNames(page);
    const value = await threshold().getAttribute("aria-valuenow");
    const focused = await page.locator("[data-images]").getAttribute("aria-activedescendant");
    const image = focused?.replace("tile-", "");
    await eventually(
      async () => new URL(page.url().replace("#/", "")).searchParams,
      (kept) => kept.get("image") === image && kept.has("threshold"),
    );
    const address = page.url();
    await page.reload();
    expect(
      await eventually(
        () => imageNames(page),
        (now) => now.length === 2,
      ),
    ).toEqual(names);
    expect(names.join()).toContain("marked remove");
    expect(page.url()).toBe(address);
    await eventually(
      () => threshold().getAttribute("aria-valuenow"),
      (now) => now === value,
    );
    await clearFilter();
  });

  test("the page does not overwrite an address that was changed from outside", async () => {
    const review = page.url();
    // Simulates the moment before the change event arrives. replaceState sends none, so the moment lasts.
    await page.evaluate('history.replaceState(null, "", "#/start")');
    await page.keyboard.press("j");
    await page.waitForTimeout(600); // Longer than the review waits before it writes.
    expect(new URL(page.url()).hash).toBe("#/start");
    await page.goto(review);
    await eventually(
      () => imageNames(page),
      (names) => names.length > 1,
    );
  });

  test("marked files move to the trash, changed files stay with a reason, and the overview follows", async () => {
    const report = await jsonOf("report", project);
    await filterBy("six");
    await page.keyboard.press("3");
    await page.keyboard.press("Enter");
    await option(/^Image 3,.*keep/).waitFor();
    await page.getByRole("button", { name: "Remove 6 marked…" }).click();
    const dialog = page.getByRole("dialog");
    const marked = await eventually(
      () => plannedPaths(dialog),
      (paths) => paths.length === 6,
    );
    const files = marked.map((path) => {
      const found = report.images.find((image) => image.path === path);
      if (!found) throw new Error(`The report has no ${path}.`);
      return join(root, found.split, path);
    });
    const [changed = "", ...going] = files;
    const contents = going.map((file) => readFileSync(file));
    appendFileSync(changed, "written since");
    await dialog.getByRole("button", { name: "Move 6 to trash" }).click();
    await dialog.getByText("5 of 6 files moved to the trash").waitFor();
    const stayed = dialog.getByRole("region", { name: /^1.file left in place$/ });
    expect(plain(await stayed.innerText())).toMatch(
      new RegExp(`1 file left in place .*${basename(changed)} .*chang`),
    );
    await dialog.getByRole("button", { name: "Done" }).click();
    expect(existsSync(changed)).toBe(true);
    expect(going.map((file) => existsSync(file))).toEqual(going.map(() => false));
    const trash = join(app.dataHome, "Trash");
    const trashed = readdirSync(join(trash, "info")).map((info) => ({
      from: decodeURI(
        /^Path=(.*)$/m.exec(readFileSync(join(trash, "info", info), "utf8"))?.[1] ?? "",
      ),
      content: readFileSync(join(trash, "files", info.replace(/\.trashinfo$/, ""))),
    }));
    expect(trashed).toHaveLength(going.length);
    expect(trashed).toEqual(
      expect.arrayContaining(going.map((from, i) => ({ from, content: contents[i] }))),
    );

    await page.keyboard.press("o");
    const train = page.getByRole("region", { name: "Images by split" }).locator("tbody");
    const images = report.splits.find(({ name }) => name === "train")?.images ?? 0;
    const gone = going.filter((file) => file.startsWith(join(root, "train"))).length;
    await eventually(
      async () => plain(await train.innerText()),
      (text) => text.startsWith(`train ${images - gone} `),
    );
  });
});
