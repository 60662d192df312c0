/**
 * Measures the review at 60,000 images, 20,000 clusters and one million stored pairs, and compares it with clustering alone.
 * Reports processor time of all threads, because the machine may be busy.
 *
 *     node test/bench/review-60000.ts [FOLDER]
 */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import { CLUSTER_SORTS } from "../../src-main/contract/cut.ts";
import { clusterPairs } from "../../src-main/engine/analysis/clusters/cluster.ts";
import {
  acceptPairs,
  resolveThreshold,
} from "../../src-main/engine/analysis/clusters/thresholds.ts";
import { openProject } from "../../src-main/engine/data/project-file.ts";
import { viewProject } from "../../src-main/engine/data/project-view.ts";
import { createEngine } from "../../src-main/engine/engine.ts";
import { makeLargeProject } from "./large-project.ts";

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "twinlens-review-"));
const project = join(folder, "bench.twinlens");
await makeLargeProject(project);
const engine = createRouterClient(createEngine({ dataFolder: folder }));

const timed = async <T>(work: () => T | Promise<T>): Promise<[number, T]> => {
  const start = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(start);
  return [(user + system) / 1000, result];
};
const say = (what: string, ms: number, base?: number) =>
  console.log(
    `${what.padEnd(44)}${ms.toFixed(1).padStart(9)} ms${base ? `  ${(ms / base).toFixed(1)} x clustering` : ""}`,
  );
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const [openMs] = await timed(() => engine.project.open({ project }));
say("open", openMs);
const [overviewMs, overview] = await timed(() => engine.project.overview({ project }));
say("overview, first", overviewMs);
const [firstFiguresMs] = await timed(() => engine.review.figures({ project }));
say("open, overview and figures together", openMs + overviewMs + firstFiguresMs);
console.log(`${overview.clusters} clusters, ${overview.clusteredImages} images in them`);

using read = openProject(project);
const view = viewProject(read);
const pairs = view.modelOutputs[0]?.pairs;
if (!pairs) throw new Error("The project has no model output");
const base: number[] = [];
for (let round = 0; round < 7; round++) {
  const [ms] = await timed(() => {
    const comparison = resolveThreshold(
      { strategy: "confidence", confidence: 0.5 + round / 100 },
      new Float64Array(),
    );
    return clusterPairs(pairs, acceptPairs(pairs, comparison), view.nodes.copies);
  });
  base.push(ms);
}
const clustering = median(base);
say("clustering alone", clustering);

for (const column of ["confidence", "similarity", "distance"] as const) {
  const [ms] = await timed(() => engine.review.histogram({ project, column }));
  say(`histogram of ${column}, first`, ms);
}

const figures: number[] = [];
for (let round = 0; round < 9; round++) {
  const threshold = { strategy: "confidence", confidence: 0.6 + round / 100 } as const;
  figures.push((await timed(() => engine.review.figures({ project, threshold })))[0]);
}
say("figures after a change of the threshold", median(figures), clustering);
for (const [at, sort] of CLUSTER_SORTS.entries()) {
  const times: number[] = [];
  for (let round = 0; round < 9; round++) {
    const confidence = 0.7 + at / 20 + round / 1000;
    const threshold = { strategy: "confidence", confidence } as const;
    const ask = { project, threshold, sort, offset: 0, limit: 100 };
    times.push((await timed(() => engine.review.clusters(ask)))[0]);
  }
  say(`clusters by ${sort} after a change`, median(times), clustering);
}
const { rows } = await engine.review.clusters({ project, offset: 0, limit: 300 });
const decide: number[] = [];
for (const { anchor } of rows.slice(0, 9)) {
  const decision = { type: "mark" as const, images: [anchor], mark: "remove" as const };
  decide.push((await timed(() => engine.decisions.decide({ project, decision })))[0]);
}
say("a mark", median(decide));
const all = { type: "filtered", cut: { project }, filter: {}, mark: "best" } as const;
const [allMs] = await timed(() => engine.decisions.decide({ project, decision: all }));
say("the best of all clusters", allMs);
const [oneMs] = await timed(() =>
  engine.decisions.decide({
    project,
    decision: {
      type: "mark",
      images: [rows[20]?.anchor ?? rows[0]?.anchor].flatMap((id) => id ?? []),
      mark: null,
    },
  }),
);
say("a mark among as many marks as images", oneMs);
const [undoMs] = await timed(async () => {
  await engine.decisions.undo({ project });
  await engine.decisions.undo({ project });
});
say("undo of both", undoMs);
