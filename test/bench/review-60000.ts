/**
 * How long the review takes to answer at 60,000 images, 20,000 clusters and a million stored pairs, and how that compares with
 * clustering alone. Run: node test/bench/review-60000.ts [FOLDER]
 */
import { createHash } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createRouterClient } from "@orpc/server";
import { CLUSTER_SORTS } from "../../src-main/contract/cut.ts";
import { clusterPairs } from "../../src-main/engine/clusters/cluster.ts";
import { acceptPairs, resolveThreshold } from "../../src-main/engine/clusters/thresholds.ts";
import { loadModel } from "../../src-main/engine/embed/manifest.ts";
import { createEngine } from "../../src-main/engine/engine.ts";
import { openProject, openProjectToWrite } from "../../src-main/engine/store/project.ts";
import { writeScanRecord } from "../../src-main/engine/store/settings.ts";
import { viewProject } from "../../src-main/engine/view/project-view.ts";

const IMAGES = 60_000;
const CLUSTER_IMAGES = 3;
const STRANGERS = 950_000;

const folder = process.argv[2] ?? mkdtempSync(join(tmpdir(), "twinlens-review-"));
const project = join(folder, "bench.twinlens");
await makeProject(project);
const engine = createRouterClient(createEngine({ dataFolder: folder }));

const timed = async <T>(work: () => T | Promise<T>): Promise<[number, T]> => {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
};
const say = (what: string, ms: number, base?: number) =>
  console.log(
    `${what.padEnd(44)}${ms.toFixed(1).padStart(9)} ms${base ? `  ${(ms / base).toFixed(1)} x clustering` : ""}`,
  );
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

using read = openProject(project);
const view = viewProject(read);
const pairs = view.responses[0]?.pairs;
if (!pairs) throw new Error("The project has no response");
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

const [openMs] = await timed(() => engine.project.open({ project }));
say("open", openMs);
const [overviewMs, overview] = await timed(() => engine.project.overview({ project }));
say("overview, first", overviewMs);
console.log(`${overview.clusters} clusters, ${overview.clusteredImages} images in them`);
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

/** A project as a scan leaves it, without its pictures. */
async function makeProject(file: string): Promise<void> {
  const model = await loadModel();
  const [output] = model.manifest.outputs;
  if (!output) throw new Error("The model has no output");
  using made = await openProjectToWrite(file);
  const { database } = made;
  let seed = 1;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const insert = {
    split: database.prepare("INSERT INTO splits (id, name, root, position) VALUES (?, ?, ?, ?)"),
    content: database.prepare(
      "INSERT INTO contents (id, sha256, bytes, width, height, format, input_digest, signature) VALUES (?, ?, 1000, 32, 32, 'jpeg', ?, x'')",
    ),
    file: database.prepare(
      "INSERT INTO files (id, split, path, bytes, modified_ns, present, state, content) VALUES (?, ?, ?, 1000, 0, 1, 'image', ?)",
    ),
    embedding: database.prepare("INSERT INTO embeddings VALUES (?, 1, ?)"),
    pair: database.prepare("INSERT OR IGNORE INTO pairs VALUES (1, ?, ?, ?, ?, ?, ?)"),
  };
  database.transaction(() => {
    insert.split.run(1, "train", "/train", 0);
    insert.split.run(2, "test", "/test", 1);
    database.prepare("INSERT INTO responses VALUES (1, ?, ?)").run(model.sha256, output.name);
    for (let id = 1; id <= IMAGES; id++) {
      const digest = createHash("sha256").update(String(id)).digest();
      insert.content.run(id, digest, digest.subarray(0, 16));
      insert.file.run(id, id % 6 === 0 ? 2 : 1, Buffer.from(`class${id % 10}/${id}.jpg`), id);
      const vector = Float32Array.from({ length: output.dimensions }, () => random() - 0.5);
      const norm = Math.hypot(...vector);
      insert.embedding.run(id, Buffer.from(vector.map((x) => x / norm).buffer));
    }
    for (let id = 1; id < IMAGES; id++) {
      if (id % CLUSTER_IMAGES === 0) continue;
      const confidence = 0.95 + random() / 20;
      insert.pair.run(id, id + 1, 0.9 + random() / 10, 0.3, confidence, 2);
    }
    for (let pair = 0; pair < STRANGERS; pair++) {
      const a = 1 + Math.floor(random() * (IMAGES - 1));
      const b = a + 1 + Math.floor(random() * (IMAGES - a));
      insert.pair.run(a, b, 0.5 + random() / 4, 0.8 + random() / 5, random() / 4, 7);
    }
  })();
  writeScanRecord(made, {
    key: "bench",
    model: {
      manifest: model.manifest,
      sha256: model.sha256,
      file: model.file,
      device: "cpu",
      fallbacks: [],
    },
    splits: [
      { name: "train", root: "/train" },
      { name: "test", root: "/test" },
    ],
    responses: [output.name],
    preset: null,
    pca: null,
    neighbors: { k: 10, method: "exact", recall: 1 },
    seconds: { walk: 0, embed: 0, neighbors: 0, evidence: 0, total: 0 },
  });
}
