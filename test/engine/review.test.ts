import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { Threshold } from "../../src-main/contract/threshold.ts";
import { folderOf, pictures } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let project: string;

beforeAll(async () => {
  const root = await folderOf({
    ...pictures("train/cat", 8),
    ...pictures("train/dog", 4, 30),
    "train/cat/again.jpg": 1,
    "train/dog/mislabeled.jpg": 2,
    ...pictures("test/cat", 5, 50),
    "test/cat/leak.jpg": 1,
    "test/dog/leak.jpg": 31,
    "test/dog/broken.jpg": "not an image",
    ...pictures("val/dog", 3, 70),
  });
  project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test", "val"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
});

const THRESHOLDS: Threshold[] = [
  { strategy: "auto" },
  { strategy: "confidence", confidence: 0.01 },
  { strategy: "cosine", cosine: 0.7 },
  { strategy: "distance", distance: 0 },
  { strategy: "slope", sensitivity: 5 },
  { strategy: "percentile", percentile: 90 },
];

describe.each(THRESHOLDS)("at $strategy", (threshold) => {
  test("the overview matches the report", async () => {
    const report = await reportOf(engine, project, threshold);
    const overview = await engine.project.overview({ project, threshold });
    const { splits, balance, balanceAfter, imbalance, unlabeled, unreadable } = report;
    expect(overview).toMatchObject({ splits, balance, balanceAfter, imbalance, unlabeled });
    expect(overview.unreadable).toEqual(unreadable);
    expect(overview.leaks).toEqual(report.leaks.map(({ byKind, ...leak }) => leak));
    expect(overview.threshold).toEqual(report.threshold);
    const clustered = report.clusters.reduce((sum, { size }) => sum + size, 0);
    expect(overview).toMatchObject({
      clusters: report.clusters.length,
      clusteredImages: clustered,
      redundantImages: clustered - report.clusters.length,
      crossSplitClusters: report.clusters.filter((c) => Object.keys(c.splits).length > 1).length,
      labelConflicts: report.labelConflicts.length,
    });
    const splitOf = new Map(report.images.map(({ id, split }) => [id, split]));
    for (const { kind, within, across } of overview.kinds) {
      const pairs = report.clusters.flatMap((c) => c.pairs).filter((pair) => pair.kind === kind);
      const inOne = pairs.filter(({ a, b }) => splitOf.get(a) === splitOf.get(b)).length;
      expect([within, across]).toEqual([inOne, pairs.length - inOne]);
    }
    const kinds = new Set(report.clusters.flatMap((c) => c.pairs.map(({ kind }) => kind)));
    expect(new Set(overview.kinds.map(({ kind }) => kind))).toEqual(kinds);
    for (const { name } of splits) {
      const inSplit = report.images.filter(({ split }) => split === name).length;
      expect(overview.bySplit[name]).toMatchObject({ duplicates: inSplit });
    }
  });

  test("the figures match the overview", async () => {
    const overview = await engine.project.overview({ project, threshold });
    const figures = await engine.review.figures({ project, threshold });
    expect(overview).toMatchObject({
      threshold: figures.threshold,
      clusters: figures.clusters,
      clusteredImages: figures.clusteredImages,
      redundantImages: figures.redundantImages,
      crossSplitClusters: figures.crossSplitClusters,
      labelConflicts: figures.labelConflicts,
      leaks: figures.leaks,
    });
    expect(figures.closest === null).toBe(figures.clusters > 0);
  });

  test("rows and open clusters match the report", async () => {
    const report = await reportOf(engine, project, threshold);
    const { total, rows } = await engine.review.clusters({
      project,
      threshold,
      sort: "tightest",
      offset: 0,
      limit: 500,
    });
    expect(total).toBe(report.clusters.length);
    expect(rows.map(({ mean }) => mean)).toEqual(report.clusters.map(({ mean }) => mean));
    for (const row of rows) {
      const cluster = report.clusters.find(({ images }) => images.includes(row.anchor));
      if (!cluster) throw new Error("The report lacks a cluster");
      expect(row).toMatchObject({
        anchor: Math.min(...cluster.images),
        size: cluster.size,
        splits: cluster.splits,
        mean: cluster.mean,
        weakest: cluster.weakestLink.similarity,
        images: cluster.images.slice(0, 4),
        labelConflict: Object.keys(cluster.labels).length > 1,
      });
      expect(new Set(row.kinds)).toEqual(new Set(cluster.pairs.map(({ kind }) => kind)));
      const detail = await engine.review.cluster({ project, threshold, image: row.anchor });
      const { size, mean, std, minSimilarity, weakestLink, splits, labels, pairs } = cluster;
      expect(detail).toMatchObject({
        anchor: row.anchor,
        ...{ size, mean, std, minSimilarity, weakestLink, splits, labels, pairs },
      });
      expect(detail?.images.map(({ id }) => id)).toEqual(cluster.images);
    }
  });
});
