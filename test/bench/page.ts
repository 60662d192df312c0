/**
 * Measures the page in Chromium at 60,000 images and 20,000 clusters, with a real server and engine: opening, moving from
 * cluster to cluster, dragging the threshold, scrolling, memory.
 *
 *     node test/bench/page.ts [FOLDER]
 *
 * Moving from cluster to cluster is measured in Chromium's trace: from the key press to the frame with all pictures, and the
 * page thread's tasks in between.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type CDPSession, chromium, type Page } from "playwright";
import sharp from "sharp";
import { clusterPairs } from "../../src-main/engine/analysis/clusters/cluster.ts";
import {
  acceptPairs,
  resolveThreshold,
} from "../../src-main/engine/analysis/clusters/thresholds.ts";
import { openProject } from "../../src-main/engine/data/project-file.ts";
import { viewProject } from "../../src-main/engine/data/project-view.ts";
import { drawSvg, SUBJECTS } from "../../src-main/engine/demo/draw.ts";
import { makeLargeProject } from "./large-project.ts";

const PICTURES = 24;
const CLUSTERS_TIMED = 100;
/** Time between two key presses of a fast reviewer. */
const GLANCE_MS = 200;
/** Steps of one pixel through the confidences of the clusters. */
const DRAG_STEPS = 30;
const DRAG_FROM = 6;
const HEAP_AT = [0, 250, 500, 1000];
const SCROLL_FRAMES = 300;
/** A fast mouse wheel and a dragged scroll bar, in CSS pixels per frame. */
const SCROLL_SPEEDS = [
  ["scrolling", 120],
  ["flying through", 700],
] as const;
const LARGEST_CLUSTER = 4_998;
const LIMIT_MS = 120_000;
/** Chromium's steps for a frame after the page's thread has painted it. */
const FRAME_STEPS = ["Commit", "ActivateLayerTree", "DrawFrame"];

/** Functions in the page: the time from a key press to the frame that shows its effect. */
const WATCH = `window.bench = {
    painted: (ready) => new Promise((done) => requestAnimationFrame(function turn() {
      if (ready()) requestAnimationFrame(() => done(performance.now()));
      else requestAnimationFrame(turn);
    })),
    key: (key, code) =>
      window.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true })),
    cluster: () => document.querySelector('[aria-label="Open cluster"] h2')?.textContent,
    pictures: () => {
      const images = [...document.querySelectorAll("[data-images] img")];
      return images.length > 0 && images.every((image) => image.complete && image.naturalWidth > 0);
    },
  }`;

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "twinlens-page-"));
const project = join(folder, "bench.twinlens");
const pictures = await Promise.all(
  Array.from({ length: PICTURES }, (_, seed) => {
    const subject = SUBJECTS[seed % SUBJECTS.length] ?? SUBJECTS[0];
    return sharp(Buffer.from(drawSvg({ subject, seed })))
      .resize(160, 120)
      .jpeg()
      .toBuffer();
  }),
);
if (!existsSync(project)) await makeLargeProject(project, pictures, LARGEST_CLUSTER);

const sorted = (values: readonly number[]) => values.toSorted((a, b) => a - b);
const at = (values: readonly number[], share: number) =>
  sorted(values)[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0;
const figures = (values: readonly number[]) =>
  `median ${at(values, 0.5).toFixed(1)} ms, p95 ${at(values, 0.95).toFixed(1)} ms`;
const print = (what: string, text: string) => console.log(`${what.padEnd(38)}${text}`);

const clustering = timeClustering();
print("reference: clustering alone", `${clustering.toFixed(1)} ms`);

const server = spawn(
  process.execPath,
  [resolve("bin/twinlens.js"), "serve", "--root", folder, project],
  {
    env: { ...process.env, XDG_DATA_HOME: folder, HOME: folder },
    stdio: ["ignore", "pipe", "inherit"],
  },
);
const browser = await chromium.launch({
  executablePath: process.env.TWINLENS_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-background-networking", "--js-flags=--expose-gc"],
});
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(LIMIT_MS);
  const empty = await frames(page, CLUSTERS_TIMED);
  print("reference: frames of an empty page", figures(empty));
  const frame = at(empty, 0.5);

  const address = await addressOf(server);
  for (const [name, go] of [
    ["open to the overview, new engine", () => page.goto(address)],
    ["open to the overview, again", () => page.reload()],
  ] as const) {
    const start = performance.now();
    await go();
    await page.getByRole("heading", { name: "Images by split" }).waitFor();
    const opened = performance.now() - start;
    print(name, `${opened.toFixed(0)} ms = ${(opened / clustering).toFixed(1)} x clustering`);
  }

  await page.getByRole("button", { name: /^Review/ }).click();
  await page.getByRole("option", { name: /^Image 1,/ }).waitFor();
  await page.evaluate(WATCH);
  for (const [name, pause] of [
    ["next cluster at a glance each", GLANCE_MS],
    ["next cluster, key on key", 0],
  ] as const) {
    const { drawn, busy } = await goThrough(page, pause);
    print(
      name,
      `${figures(drawn)} = ${(at(drawn, 0.5) / frame).toFixed(1)} and ${(at(drawn, 0.95) / frame).toFixed(1)} frames; ` +
        `the page's thread busy for ${figures(busy)}`,
    );
  }

  await orderBy(page, "size");
  await open(page, /^Cluster 1: 4[0-9]{3} /);
  for (const [what, list] of [
    ["the list", "[data-clusters]"],
    [`a cluster of ${LARGEST_CLUSTER}`, "[data-images]"],
  ] as const) {
    for (const [how, px] of SCROLL_SPEEDS) {
      const scrolled = await scroll(page, list, px);
      const dropped = scrolled.reduce(
        (sum, ms) => sum + Math.max(0, Math.round(ms / frame) - 1),
        0,
      );
      const all = scrolled.length + dropped;
      print(
        `${how} ${what}`,
        `${figures(scrolled)} a frame; ${dropped} dropped in ${all} (${((100 * dropped) / all).toFixed(1)} %)`,
      );
    }
  }
  await open(page, /^Cluster 2: /);
  await orderBy(page, "leaks");

  const drags = await drag(page);
  print(
    "threshold dragged to new figures",
    `${figures(drags)} = ${(at(drags, 0.5) / clustering).toFixed(1)} x clustering`,
  );

  const cdp = await page.context().newCDPSession(page);
  let visited = 0;
  let first = 0;
  for (const goal of HEAP_AT) {
    for (; visited < goal; visited++) await next(page);
    const used = await heap(cdp);
    first ||= used;
    print(
      `heap after ${goal} clusters`,
      `${(used / 1e6).toFixed(1)} MB = ${(used / first).toFixed(2)} x the first`,
    );
  }
} finally {
  await browser.close();
  server.kill("SIGINT");
  await once(server, "exit");
  if (process.argv[2] === undefined) rmSync(folder, { recursive: true });
}

/** Median time of one cut of all pairs, in this process. */
function timeClustering(): number {
  using read = openProject(project);
  const view = viewProject(read);
  const pairs = view.modelOutputs[0]?.pairs;
  if (!pairs) throw new Error("The project has no model output");
  const times = Array.from({ length: 7 }, (_, round) => {
    const start = performance.now();
    const threshold = { strategy: "confidence", confidence: 0.5 + round / 100 } as const;
    const comparison = resolveThreshold(threshold, new Float64Array());
    clusterPairs(pairs, acceptPairs(pairs, comparison), view.nodes.copies);
    return performance.now() - start;
  });
  return at(times, 0.5);
}

async function addressOf({ stdout }: ChildProcess): Promise<string> {
  if (!stdout) throw new Error("The server's output is not available.");
  const [line] = (await once(stdout, "data")) as [Buffer];
  return line.toString().trim();
}

/** Milliseconds between frames. */
function frames(page: Page, count: number): Promise<number[]> {
  return page.evaluate(`new Promise((done) => {
    const times = [];
    let last = performance.now();
    requestAnimationFrame(function turn(now) {
      times.push(now - last);
      last = now;
      if (times.length > ${count}) done(times.slice(1));
      else requestAnimationFrame(turn);
    });
  })`);
}

/** Opens the next cluster. Resolves when it is painted with its pictures. */
function next(page: Page): Promise<void> {
  return page.evaluate(`(async () => {
    const before = bench.cluster();
    performance.mark("key");
    bench.key("j", "KeyJ");
    await bench.painted(() => {
      const shown = bench.cluster() !== before && bench.pictures();
      if (shown) performance.mark("shown");
      return shown;
    });
  })()`);
}

/** The fields of a trace event that are used here; times in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ts: number;
  readonly dur?: number;
  readonly pid: number;
  readonly tid: number;
}

/**
 * Moves through the next clusters, with a pause between key presses. Times come from Chromium's trace.
 * @returns milliseconds: `drawn` from the key press to the first frame with all pictures, `busy` in tasks of the page's
 *   thread meanwhile
 */
async function goThrough(page: Page, pause: number): Promise<{ drawn: number[]; busy: number[] }> {
  await browser.startTracing(page, {
    categories: [
      "blink.user_timing",
      "toplevel",
      "devtools.timeline",
      "disabled-by-default-devtools.timeline.frame",
      "devtools.timeline.frame",
    ],
  });
  for (let step = 0; step < CLUSTERS_TIMED; step++) {
    await next(page);
    if (pause > 0) await page.waitForTimeout(pause);
  }
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[];
  };
  const events = traceEvents.toSorted((a, b) => a.ts - b.ts);
  const marks = (name: string) =>
    events.filter((event) => event.cat.includes("user_timing") && event.name === name);
  const [keys, shown] = [marks("key"), marks("shown")];
  const steps = FRAME_STEPS.map((step) => events.filter(({ name }) => name === step));
  const tasks = events.filter(
    ({ name }) => name === "RunTask" || name === "ThreadControllerImpl::RunTask",
  );
  if (
    keys.length !== CLUSTERS_TIMED ||
    shown.length !== keys.length ||
    steps.some((step) => step.length === 0)
  ) {
    throw new Error(
      `The trace has ${keys.length} keys, ${shown.length} clusters shown, ${steps.map((step) => step.length)} steps of frames.`,
    );
  }
  const drawn: number[] = [];
  const busy: number[] = [];
  keys.forEach(({ ts: start, pid, tid }, cluster) => {
    const ready = shown[cluster]?.ts ?? start;
    const end = steps.reduce((at, found) => found.find(({ ts }) => ts > at)?.ts ?? at, ready);
    drawn.push((end - start) / 1000);
    const worked = tasks
      .filter(
        (task) =>
          task.pid === pid &&
          task.tid === tid &&
          task.ts + (task.dur ?? 0) > start &&
          task.ts < end,
      )
      .reduce(
        (sum, task) => sum + Math.min(end, task.ts + (task.dur ?? 0)) - Math.max(start, task.ts),
        0,
      );
    busy.push(worked / 1000);
  });
  return { drawn, busy };
}

/** Opens a cluster near the top of the list. */
async function open(page: Page, name: RegExp): Promise<void> {
  const row = page.getByRole("option", { name });
  while ((await row.count()) === 0) {
    await page.evaluate(`document.querySelector("[data-clusters]").scrollTop = 0`);
    await page.waitForTimeout(GLANCE_MS);
  }
  await row.click();
  await page.getByRole("option", { name: /^Image 1,/ }).waitFor();
}

function orderBy(page: Page, sort: "leaks" | "size"): Promise<void> {
  return page.evaluate(`location.hash = location.hash.split("?")[0] + "?sort=${sort}"`);
}

/** Moves the threshold step by step. @returns milliseconds from each move to the frame with the new figures */
async function drag(page: Page): Promise<number[]> {
  const slider = page.getByRole("slider", { name: /threshold$/ });
  for (let step = 0; step < DRAG_FROM; step++) await page.keyboard.press("]");
  await page.getByText("≥ 0.96").waitFor();
  const box = await slider.boundingBox();
  if (!box) throw new Error("The slider is not visible.");
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width / 2, y);
  await page.mouse.down();
  const times: number[] = [];
  for (let step = 1; step <= DRAG_STEPS; step++) {
    const waiting = page.evaluate<number>(`(async () => {
      const figures = () => document.querySelector('[aria-label=Threshold] [aria-live]').innerText;
      const slider = document.querySelector('[role=slider]');
      const before = figures();
      const value = slider.getAttribute("aria-valuenow");
      await bench.painted(() => slider.getAttribute("aria-valuenow") !== value);
      const start = performance.now();
      return await bench.painted(() => figures().split("precise")[1] !== before.split("precise")[1]) - start;
    })()`);
    await page.mouse.move(box.x + box.width / 2 + step, y);
    times.push(await waiting);
  }
  await page.mouse.up();
  return times;
}

/** Scrolls an element from the top by `px` per frame. @returns milliseconds between frames */
function scroll(page: Page, selector: string, px: number): Promise<number[]> {
  return page.evaluate(`new Promise((done) => {
    const list = document.querySelector("${selector}");
    list.scrollTop = 0;
    const times = [];
    let last = performance.now();
    requestAnimationFrame(function turn(now) {
      times.push(now - last);
      last = now;
      list.scrollTop += ${px};
      if (times.length > ${SCROLL_FRAMES}) done(times.slice(1));
      else requestAnimationFrame(turn);
    });
  })`);
}

/** Bytes of live objects. */
async function heap(cdp: CDPSession): Promise<number> {
  await cdp.send("HeapProfiler.collectGarbage");
  const { usedSize } = await cdp.send("Runtime.getHeapUsage");
  return usedSize;
}
