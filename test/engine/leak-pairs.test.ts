import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Report } from "../../src-main/contract/report.ts";
import { folderOf, picture, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let project: string;
let report: Report;

beforeAll(async () => {
  const root = await folderOf({
    ...pictures("train/cat", 6),
    "train/cat/again.jpg": 1,
    ...pictures("train/dog", 2, 30),
    ...pictures("test/cat", 3, 50),
    "test/cat/same.jpg": 1,
    "test/dog/same.jpg": 1,
    "test/cat/small.jpg": await picture(2).resize(120, 90).jpeg({ quality: 90 }).toBuffer(),
    ...pictures("pool", 4, 70),
    "pool/again.jpg": 70,
    "pool/third.jpg": 3,
  });
  project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test", "pool"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
  report = await reportOf(engine, project);
});

/** Pairs from one split into another, as paths. */
function pairs(from: string, into: string): [kind: string, a: string, b: string][] {
  const pathOf = new Map(report.images.map(({ id, path }) => [id, path]));
  return report.leakPairs
    .filter((pair) => pair.from === from && pair.into === into)
    .map(({ kind, a, b }) => [kind, pathOf.get(a) ?? "", pathOf.get(b) ?? ""]);
}

describe("a leak", () => {
  test("is reported per image with its best duplicate, and by kind, in both directions", () => {
    expect(pairs("test", "train")).toEqual([
      ["same-bytes", "cat/same.jpg", "cat/001.jpg"],
      ["same-bytes", "dog/same.jpg", "cat/001.jpg"],
      ["resized", "cat/small.jpg", "cat/002.jpg"],
    ]);
    expect(pairs("train", "test")).toEqual([
      ["same-bytes", "cat/001.jpg", "cat/same.jpg"],
      ["same-bytes", "cat/again.jpg", "cat/same.jpg"],
      ["resized", "cat/002.jpg", "cat/small.jpg"],
    ]);
    expect(pairs("pool", "train")).toEqual([["same-bytes", "third.jpg", "cat/003.jpg"]]);
  });

  test.each([0.9, 0.3, 0.001])(
    "at confidence %d has as many pairs as images, of every kind",
    async (confidence) => {
      const { leaks, leakPairs, images } = await reportOf(engine, project, {
        strategy: "confidence",
        confidence,
      });
      const splitOf = new Map(images.map(({ id, split }) => [id, split]));
      for (const { from, into, images: count, byKind } of leaks) {
        const own = leakPairs.filter((pair) => pair.from === from && pair.into === into);
        expect(new Set(own.map(({ a }) => a)).size).toBe(count);
        expect(own).toHaveLength(count);
        expect(Object.values(byKind).reduce((sum, n) => sum + n, 0)).toBe(count);
        for (const { a, b } of own) expect([splitOf.get(a), splitOf.get(b)]).toEqual([from, into]);
      }
    },
  );
});

describe("class balance", () => {
  test("counts images, distinct images, and images left after removing those on the remove list", async () => {
    expect(report.balance.train).toEqual({
      cat: { images: 7, distinct: 6 },
      dog: { images: 2, distinct: 2 },
    });
    expect(report.imbalance.train?.images).toEqual({ ratio: 3.5, entropy: 0.764205 });
    expect(report.imbalance.pool?.images).toEqual({ ratio: null, entropy: null });
    const removed = await listOf("removeList");
    const classOf = (path: string) => path.split("/").slice(-3, -1).join("/");
    const gone = (name: string) => removed.filter((path) => classOf(path) === name).length;
    expect(gone("train/cat")).toBeGreaterThan(0);
    for (const [split, labels] of Object.entries(report.balanceAfter)) {
      for (const [label, left] of Object.entries(labels)) {
        expect(left).toBe(
          (report.balance[split]?.[label]?.images ?? 0) - gone(`${split}/${label}`),
        );
      }
    }
  });

  test("counts unlabeled images that need annotation", () => {
    expect(report.unlabeled).toEqual({ pool: { images: 6, distinct: 5 } });
  });
});

async function listOf(output: "removeList"): Promise<string[]> {
  let text = "";
  const chunks = await engine.report({ project, outputs: { [output]: "-" } });
  for await (const chunk of chunks) text += chunk.text;
  return text.trim().split("\n");
}
