import { join } from "node:path";
import { expect, test } from "vitest";
import type { ScanRequest } from "../../src-main/contract/scan-request.ts";
import type { ScanState } from "../../src-main/contract/scans.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import {
  type Engine,
  reportText,
  runningEngine,
  scanWith,
  withoutSeconds,
} from "../support/running-engine.ts";

/** Watches the scans until one of this project satisfies the condition. */
async function stateWhen(
  engine: Engine,
  project: string,
  wanted: (state: ScanState) => boolean,
): Promise<ScanState> {
  for await (const states of await engine.scans.watch()) {
    const state = states.find((candidate) => candidate.project === project);
    if (state && wanted(state)) return state;
  }
  throw new Error("The watch ended");
}

const over = ({ status }: ScanState) => status !== "running" && status !== "paused";

test("a background scan finishes with the same report as any other", async () => {
  const engine = runningEngine();
  const root = await folderOf({
    ...pictures("cat", 12),
    "cat/copy.jpg": 3,
    "cat/broken.jpg": "no",
  });
  const splits = [{ name: "all", root }];
  const other = join(freshFolder(), "p.twinlens");
  await scanWith(engine, { splits, project: other });
  const { project } = await engine.scans.start({ splits, device: "cpu" });
  const state = await stateWhen(engine, project, over);
  expect(state).toMatchObject({ status: "done", unreadable: 1, device: "cpu", error: null });
  expect(state.stages.map(({ stage, finished }) => [stage, finished])).toEqual([
    ["walk", true],
    ["embed", true],
    ["neighbors", true],
    ["evidence", true],
  ]);
  expect(withoutSeconds(await reportText(engine, project))).toBe(
    withoutSeconds(await reportText(engine, other)),
  );
  const finds = await engine.scans.firstFinds({ project });
  expect(finds).toEqual({ images: 0, pairs: [] });
});

test("a cancelled scan reports its request, and sending it again continues the scan", async () => {
  const engine = runningEngine();
  const splits = [{ name: "train", root: await folderOf(pictures("cat", 8)) }];
  const asked: ScanRequest = { splits, device: "cpu", neighbors: 3, protect: ["train"] };
  const { project, key } = await engine.scans.start(asked);
  await engine.scans.cancel({ project });
  const cancelled = await stateWhen(engine, project, over);
  expect(cancelled).toMatchObject({ key, status: "cancelled" });
  expect(cancelled.request).toMatchObject({ ...asked, project });
  expect(await engine.project.recent()).toMatchObject([
    { project, key, images: 0, unfinished: cancelled.request },
  ]);

  expect(await engine.scans.start(cancelled.request)).toEqual({ project, key });
  const done = await stateWhen(engine, project, over);
  expect(done).toMatchObject({ status: "done", request: cancelled.request });
  expect(await engine.project.recent()).toMatchObject([
    { project, key, images: 8, unfinished: null, present: true },
  ]);
  const info = await engine.project.open({ project });
  expect(info).toMatchObject({ request: cancelled.request, neighbors: { k: 3 } });
});

test("two callers watch the same scans, and each may leave at any time", async () => {
  const engine = runningEngine();
  const splits = [{ name: "all", root: await folderOf(pictures("cat", 6)) }];
  const [first, second] = [await engine.scans.watch(), await engine.scans.watch()];
  expect(await first.next()).toMatchObject({ value: [] });
  expect(await second.next()).toMatchObject({ value: [] });
  const waiting = first.next();
  await first.return?.();
  expect(await waiting).toMatchObject({ done: true });
  const { project } = await engine.scans.start({ splits, device: "cpu" });
  const started = performance.now();
  let updates = 0;
  for await (const states of second) {
    updates++;
    if (states.some((state) => state.project === project && over(state))) break;
  }
  expect(updates).toBeGreaterThan(0);
  expect(updates).toBeLessThanOrEqual(2 + (performance.now() - started) / 125);
});

test("a watch ends with its caller's signal", async () => {
  const engine = runningEngine();
  const gone = new AbortController();
  const watch = await engine.scans.watch(undefined, { signal: gone.signal });
  await watch.next();
  const waiting = watch.next().catch(() => ({ done: true }));
  gone.abort();
  expect(await waiting).toMatchObject({ done: true });
});

test("a project has only one scan at a time, which can be paused, resumed, cancelled and started again", async () => {
  const engine = runningEngine();
  const splits = [{ name: "all", root: await folderOf(pictures("cat", 30)) }];
  const { project } = await engine.scans.start({ splits, device: "cpu", threads: 1 });
  await engine.scans.pause({ project });
  await expect(engine.scans.start({ splits })).rejects.toMatchObject({
    code: "PROJECT_BUSY",
    message: `The project ${project} is already being scanned. Wait until the scan is done, or cancel it.`,
  });
  expect(await stateWhen(engine, project, () => true)).toMatchObject({ status: "paused" });
  await engine.scans.resume({ project });
  expect(await stateWhen(engine, project, () => true)).toMatchObject({ status: "running" });
  await engine.scans.pause({ project });
  await engine.scans.cancel({ project });
  expect(await stateWhen(engine, project, over)).toMatchObject({
    status: "cancelled",
    error: null,
  });
  await engine.scans.start({ splits, device: "cpu" });
  expect(await stateWhen(engine, project, over)).toMatchObject({ status: "done" });
  // Calls for a finished scan do no harm.
  await engine.scans.pause({ project });
  await engine.scans.cancel({ project });
  expect(await stateWhen(engine, project, () => true)).toMatchObject({ status: "done" });
});

test("a scan that fails reports why in one line", async () => {
  const engine = runningEngine();
  const root = join(freshFolder(), "missing");
  const { project } = await engine.scans.start({ splits: [{ name: "all", root }] });
  expect(await stateWhen(engine, project, over)).toMatchObject({
    status: "failed",
    error: {
      code: "FOLDER_UNAVAILABLE",
      message: `The folder ${root} does not exist. Connect its drive, or choose another folder.`,
    },
  });
});

test("the latest hundred unreadable files are reported while the scan runs", async () => {
  const engine = runningEngine();
  const broken = Object.fromEntries(
    Array.from({ length: 130 }, (_, i) => [`${String(i).padStart(3, "0")}.jpg`, "no picture"]),
  );
  const splits = [{ name: "all", root: await folderOf(broken) }];
  const { project } = await engine.scans.start({ splits, device: "cpu", threads: 1 });
  const state = await stateWhen(engine, project, over);
  expect(state).toMatchObject({ status: "done", unreadable: 130 });
  expect(state.unreadableLatest).toHaveLength(100);
  expect(state.unreadableLatest[0]).toMatchObject({
    split: "all",
    reason: "not an image",
  });
});

test("each demo gets a separate folder and project", async () => {
  const engine = runningEngine();
  const first = await engine.scans.startDemo();
  const second = await engine.scans.startDemo();
  expect(second.project).not.toBe(first.project);
  await engine.scans.cancel(second);
  expect(await stateWhen(engine, second.project, over)).toMatchObject({ status: "cancelled" });
  const state = await stateWhen(engine, first.project, over);
  expect(state).toMatchObject({ status: "done" });
  expect(state.splits.map(({ name }) => name)).toEqual(["train", "test", "val"]);
});

test("inspecting folders reports what a scan would read, or what is wrong with them", async () => {
  const engine = runningEngine();
  const root = await folderOf({
    "train/cat/a.jpg": "",
    "train/dog/b.PNG": "",
    "train/notes.txt": "",
    "test/c.webp": "",
    "empty/readme.md": "",
  });
  const inspect = async (splits: Record<string, string>) =>
    engine.inspectSplits({
      splits: Object.entries(splits).map(([name, folder]) => ({ name, root: join(root, folder) })),
    });
  expect(await inspect({ train: "train", test: "test" })).toEqual([
    { name: "train", root: join(root, "train"), images: 2, classes: ["cat", "dog"], problem: null },
    { name: "test", root: join(root, "test"), images: 1, classes: [], problem: null },
  ]);
  const problems = async (splits: Record<string, string>) =>
    (await inspect(splits)).map(({ problem }) => problem);
  expect(await problems({ a: "missing", b: "empty", c: "train/notes.txt" })).toEqual([
    expect.stringMatching(/does not exist/),
    expect.stringMatching(/^No file in this folder is named like an image/),
    expect.stringMatching(/is not a folder/),
  ]);
  expect(await problems({ a: "train", b: "train/cat", c: "train" })).toEqual([
    null,
    expect.stringMatching(/^Overlaps with the folder of "a"/),
    expect.stringMatching(/is listed twice/),
  ]);
});
