import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import type { ScanEvent } from "../../src-main/contract/contract.ts";
import { ScanRequest } from "../../src-main/contract/scan-request.ts";
import { STAGES } from "../../src-main/contract/scans.ts";
import { FirstFindsSearch } from "../../src-main/engine/rpc/scan-jobs/first-finds.ts";
import { PauseGate } from "../../src-main/engine/scan/pause-gate.ts";
import { scan } from "../../src-main/engine/scan/scan.ts";
import type { ScanOrder } from "../../src-main/engine/scan/scan-run.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportText, runningEngine, scanWith, withoutSeconds } from "../support/running-engine.ts";

const engine = runningEngine();
const root = await folderOf({
  ...pictures("train/cat", 40),
  ...pictures("test/cat", 10, 60),
  "test/cat/copy.jpg": 3,
  "test/cat/broken.jpg": "no picture",
});
const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
const undisturbed = join(freshFolder(), "undisturbed.twinlens");
await scanWith(engine, { splits, project: undisturbed });
const expected = withoutSeconds(await reportText(engine, undisturbed));

type Stage = (typeof STAGES)[number];

/** A scan that pauses at the first event of a stage. */
function pausedIn(stage: Stage, request: Partial<ScanRequest> = {}) {
  const order: ScanOrder = {
    ...ScanRequest.parse({ splits, device: "cpu", threads: 1, batchSize: 4, ...request }),
    project: join(freshFolder(), "p.twinlens"),
  };
  const gate = new PauseGate();
  const stop = new AbortController();
  const events: ScanEvent[] = [];
  const reached = Promise.withResolvers<void>();
  const scanning = scan(order, {
    dataFolder: freshFolder(),
    signal: stop.signal,
    gate,
    emit: (event) => {
      events.push(event);
      const already = events.filter((e) => e.type === "progress" && e.stage === stage).length;
      if (event.type !== "progress" || event.stage !== stage || already > 1) return;
      gate.pause();
      reached.resolve();
    },
  });
  scanning.catch(() => {});
  return { order, gate, stop, events, scanning, reached: reached.promise };
}

/** Resolves once work in progress has finished: files being read, and the model being opened for them. */
async function standstill(events: readonly ScanEvent[]): Promise<void> {
  for (let seen = -1; seen !== events.length; ) {
    seen = events.length;
    await setTimeout(1000);
  }
}

test.each(STAGES.flatMap((stage) => [[stage, false] as const, [stage, true] as const]))(
  "a scan paused in %s makes no progress and then continues to the same report (approximate: %s)",
  async (stage, approximate) => {
    const paused = pausedIn(stage, approximate ? { approximateFrom: 1 } : {});
    await paused.reached;
    const clock = paused.gate.now();
    await standstill(paused.events);
    const seen = paused.events.length;
    await setTimeout(500);
    expect(paused.events).toHaveLength(seen);
    expect(paused.gate.now()).toBe(clock);
    paused.gate.resume();
    await paused.scanning;
    if (!approximate) {
      const text = await reportText(engine, paused.order.project);
      expect(withoutSeconds(text)).toBe(expected);
      expect(JSON.parse(text).seconds.total).toBeLessThan(60);
    }
  },
);

test.each(STAGES)("a scan cancelled while paused in %s keeps its results", async (stage) => {
  const paused = pausedIn(stage);
  await paused.reached;
  paused.stop.abort();
  paused.gate.resume();
  await expect(paused.scanning).rejects.toThrow(/abort/i);
  const { project } = paused.order;
  const { embedded } = await scanWith(engine, { splits, project });
  if (stage === "neighbors" || stage === "evidence") expect(embedded).toBe(0);
  expect(withoutSeconds(await reportText(engine, project))).toBe(expected);
});

test("pauses do not count in the seconds of the report", async () => {
  const paused = pausedIn("neighbors");
  const started = performance.now();
  await paused.reached;
  await setTimeout(1000);
  paused.gate.resume();
  await paused.scanning;
  const { seconds } = JSON.parse(await reportText(engine, paused.order.project));
  expect(seconds.total - seconds.clusters).toBeLessThan((performance.now() - started) / 1000 - 0.9);
});

test("the first finds are the copies and the likeliest pairs among the images embedded so far", async () => {
  const paused = pausedIn("neighbors");
  const finds = new FirstFindsSearch(paused.order, paused.gate);
  expect(await finds.get()).toEqual({ images: 0, pairs: [] });
  await paused.reached;
  const { images, pairs } = await finds.get();
  expect(images).toBe(51);
  expect(pairs.length).toBeLessThanOrEqual(60);
  expect(pairs[0]).toMatchObject({
    pathA: "cat/003.jpg",
    splitA: "train",
    pathB: "cat/copy.jpg",
    splitB: "test",
    similarity: 1,
  });
  const keys = pairs.map(({ a, b }) => `${a}-${b}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(pairs.every(({ a, b, similarity }) => a < b && similarity <= 1.000001)).toBe(true);
  // Nothing was added, so the result is reused without another search.
  expect(await finds.get()).toEqual({ images, pairs });
  finds.end();
  paused.stop.abort();
  paused.gate.resume();
  await expect(paused.scanning).rejects.toThrow(/abort/i);
});
