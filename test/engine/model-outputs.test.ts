import { mkdirSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { Report } from "../../src-main/contract/report.ts";
import { folderOf } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { arithmeticGraph, arithmeticManifest, writeModel } from "../support/models.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

/** Two pixels wide and high. `turned` has the same sum per channel, but a different arrangement. */
function four(colors: readonly [number, number, number][]): Promise<Buffer> {
  const raw = { width: 2, height: 2, channels: 3 } as const;
  return sharp(Buffer.from(colors.flat()), { raw }).png().toBuffer();
}

test("the review of each model output counts the same as a report of only that output", async () => {
  const [red, blue, gray] = [
    [250, 10, 10],
    [10, 10, 240],
    [120, 120, 120],
  ] as [number, number, number][];
  if (!red || !blue || !gray) throw new Error("There are three colors");
  const root = await folderOf({
    "train/cat/a.png": await four([red, red, blue, blue]),
    "train/dog/turned.png": await four([blue, red, red, blue]),
    "test/cat/mirrored.png": await four([blue, blue, red, red]),
    "test/dog/other.png": await four([gray, gray, gray, red]),
    "train/cat/other.png": await four([gray, gray, gray, [250, 12, 10]]),
  });
  const folder = freshFolder();
  mkdirSync(join(folder, "model"));
  const manifest = arithmeticManifest();
  writeModel(join(folder, "model"), manifest, arithmeticGraph({ layout: "NHWC", type: "uint8" }));
  const model = join(folder, "model", manifest.file);
  const project = join(folder, "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project, model, modelOutputs: ["all"] });
  const threshold = { strategy: "cosine", cosine: 0.999 } as const;
  const conflicts: number[] = [];
  for (const modelOutput of ["flat", "sums"]) {
    let text = "";
    const request = { project, threshold, modelOutputs: [modelOutput], outputs: { json: "-" } };
    for await (const chunk of await engine.report(request)) text += chunk.text;
    const report = Report.parse(JSON.parse(text));
    const overview = await engine.project.overview({ project, modelOutput, threshold });
    const figures = await engine.review.figures({ project, modelOutput, threshold });
    expect(overview).toMatchObject({
      leaks: report.leaks.map(({ byKind, ...leak }) => leak),
      clusters: report.clusters.length,
      labelConflicts: report.labelConflicts.length,
    });
    expect(figures.labelConflicts).toBe(report.labelConflicts.length);
    expect(figures.leaks).toEqual(report.leaks.map(({ byLabel, byKind, ...leak }) => leak));
    conflicts.push(report.clusters.flatMap(({ images }) => images).length);
    const first = await engine.project.overview({ project, threshold });
    if (modelOutput === "flat") expect(first).toEqual(overview);
  }
  // The two model outputs must find different clusters, or this would test nothing.
  expect(new Set(conflicts).size).toBe(2);
});
