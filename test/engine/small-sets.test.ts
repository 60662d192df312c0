import { join } from "node:path";
import { expect, test } from "vitest";
import type { ScanRequest } from "../../src-main/contract/scan-request.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** The report of a fresh scan. @param roots folders by split name. */
async function scanned(roots: Record<string, string>, options: Partial<ScanRequest> = {}) {
  const project = join(freshFolder(), "p.twinlens");
  const splits = Object.entries(roots).map(([name, root]) => ({ name, root }));
  const result = await scanWith(engine, { ...options, splits, project });
  return { ...result, report: await reportOf(engine, project) };
}

test("an empty split has no leaks and stops nothing", async () => {
  const { report } = await scanned({
    train: await folderOf({ ...pictures("", 3), "copy.jpg": 1 }),
    test: freshFolder(),
  });
  expect(report.splits.map(({ images }) => images)).toEqual([4, 0]);
  expect(report.clusters).toHaveLength(1);
  expect(report.leaks).toEqual([
    { from: "train", into: "test", images: 0, of: 4, percent: 0, byLabel: {}, byKind: {} },
    { from: "test", into: "train", images: 0, of: 0, percent: 0, byLabel: {}, byKind: {} },
  ]);
});

test("a folder without images gives an empty report", async () => {
  const { images, report } = await scanned({
    all: await folderOf({ "README.txt": "Nothing to see.", "empty/notes.md": "# Nor here" }),
  });
  expect(images).toBe(0);
  expect(report).toMatchObject({ clusters: [], images: [], leaks: [], unreadable: [] });
  expect(report.splits[0]).toMatchObject({ name: "all", images: 0, unreadable: 0 });
});

test("splits with only unreadable files are reported as such", async () => {
  const { report } = await scanned({ all: await folderOf({ "a.jpg": "", "b.png": "text" }) });
  expect(report.splits[0]).toMatchObject({ images: 0, unreadable: 2 });
});

test("files with the same bytes are embedded once, and all of them are reported", async () => {
  const names = Array.from({ length: 40 }, (_, i) => [`${i}.jpg`, 1] as const);
  const { images, embedded, report } = await scanned({
    all: await folderOf({ ...Object.fromEntries(names), "other.jpg": 2 }),
  });
  expect([images, embedded]).toEqual([41, 2]);
  expect(report.clusters).toHaveLength(1);
  expect(report.images).toHaveLength(40);
});

test("damaged files with the same bytes are all reported", async () => {
  const names = Array.from({ length: 40 }, (_, i) => [`${i}.jpg`, "text"] as const);
  const { images, report } = await scanned({ all: await folderOf(Object.fromEntries(names)) });
  expect(images).toBe(0);
  expect(report.unreadable).toHaveLength(40);
});

test("a single image has no duplicate", async () => {
  const { images, report } = await scanned({ all: await folderOf({ "only.jpg": 1 }) });
  expect(images).toBe(1);
  expect(report).toMatchObject({ clusters: [], images: [], unreadable: [] });
});

test.each(["dnikit", undefined] as const)(
  "one image per split is compared with the other (preset %s)",
  async (preset) => {
    const { report } = await scanned(
      { train: await folderOf({ "1.jpg": 1 }), test: await folderOf({ "2.jpg": 2 }) },
      preset ? { preset } : {},
    );
    expect(report.clusters).toEqual([]);
    expect(report.leaks.map(({ images, of }) => [images, of])).toEqual([
      [0, 1],
      [0, 1],
    ]);
  },
);

test.each(["dnikit", undefined] as const)(
  "a hundred copies of one image are one cluster of a hundred (preset %s)",
  async (preset) => {
    const copies = (folder: string, count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`${folder}/${i}.jpg`, 1]));
    const { report } = await scanned(
      {
        train: await folderOf(copies("cat", 60)),
        test: await folderOf({ ...copies("cat", 30), ...copies("dog", 10) }),
      },
      preset ? { preset } : {},
    );
    expect(report.clusters).toHaveLength(1);
    const [cluster] = report.clusters;
    expect(cluster).toMatchObject({
      size: 100,
      mean: 0,
      std: 0,
      minSimilarity: 1,
      splits: { train: 60, test: 40 },
      labels: { cat: 90, dog: 10 },
    });
    expect(new Set(cluster?.images).size).toBe(100);
    expect(cluster?.pairs.every(({ kind }) => kind === "same-bytes")).toBe(true);
    expect(report.leaks.find(({ from }) => from === "test")).toEqual({
      from: "test",
      into: "train",
      images: 40,
      of: 40,
      percent: 100,
      byLabel: { cat: { images: 30, of: 30 }, dog: { images: 10, of: 10 } },
      byKind: { "same-bytes": 40 },
    });
    expect(report.balance.train).toEqual({ cat: { images: 60, distinct: 1 } });
    expect(report.labelConflicts).toEqual([cluster?.id]);
  },
);

test("the copies of two images next to each other stay two clusters", async () => {
  const root = await folderOf({ "a.jpg": 1, "b.jpg": 1, "c.jpg": 2, "d.jpg": 2 });
  const { report } = await scanned({ all: root });
  const pathOf = new Map(report.images.map(({ id, path }) => [id, path]));
  const clusters = report.clusters.map(({ images }) => images.map((id) => pathOf.get(id)).sort());
  expect(clusters.sort()).toEqual([
    ["a.jpg", "b.jpg"],
    ["c.jpg", "d.jpg"],
  ]);
});
