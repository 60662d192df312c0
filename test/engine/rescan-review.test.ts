import { copyFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { ScanEvent } from "../../src-main/contract/contract.ts";
import { folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { startTwinlens } from "../support/run-twinlens.ts";
import {
  reportOf,
  reportText,
  runningEngine,
  scanWith,
  withoutSeconds,
} from "../support/running-engine.ts";

const engine = runningEngine();

/** A scanned project whose folders then changed: a file went, one was replaced, and copies came. */
async function changed() {
  const root = await folderOf({
    ...pictures("train/cat", 8),
    ...pictures("test/cat", 4, 20),
    "test/cat/copy.jpg": 1,
    "test/cat/other copy.jpg": 2,
  });
  const project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  const request = { splits, project, threads: 1, batchSize: 4 };
  await scanWith(engine, request);
  const before = withoutSeconds(await reportText(engine, project));
  rmSync(join(root, "test/cat/other copy.jpg"));
  await writeFiles(root, { "train/cat/003.jpg": 90, ...pictures("train/new", 24, 100) });
  await writeFiles(root, { "test/cat/new copy.jpg": 100, "test/cat/newer copy.jpg": 4 });
  return { root, project, request, before };
}

/** What a report says apart from the figures that follow a person's marks. */
function withoutMarks(report: string): unknown {
  const { balanceAfter: _, imbalance: __, ...rest } = JSON.parse(report);
  return rest;
}

test("during a rescan the project is reviewed and decided as last scanned, then all of the new scan shows", async () => {
  const { project, request, before } = await changed();
  const stages = new Set<string>();
  const reports: Promise<string>[] = [];
  const deciding: Promise<unknown>[] = [];
  let decided = false;
  const onEvent = (event: ScanEvent) => {
    if (event.type !== "progress") return;
    stages.add(event.stage);
    if (reports.length < 12) reports.push(reportText(engine, project).then(withoutSeconds));
    if (!decided && event.stage === "embed") {
      decided = true;
      deciding.push(
        reportOf(engine, project).then(({ clusters }) => {
          const [image] = clusters[0]?.images ?? [];
          if (image === undefined) throw new Error("There is no cluster.");
          return engine.decisions.decide({
            project,
            decision: { type: "mark", images: [image], mark: "keep" },
          });
        }),
      );
    }
  };
  expect(await scanWith(engine, request, { onEvent })).toMatchObject({ images: 39 });
  await Promise.all(deciding);
  expect([...stages]).toEqual(expect.arrayContaining(["walk", "embed", "neighbors"]));
  const after = withoutSeconds(await reportText(engine, project));
  expect(after).not.toBe(before);
  const answers = await Promise.all(reports);
  expect(answers[0]).toBe(before);
  for (const answer of answers) {
    expect([before, after].map(withoutMarks)).toContainEqual(withoutMarks(answer));
  }
  expect(await engine.decisions.state({ project })).toMatchObject({ keep: 1 });
});

test("a rescan gives the same report as a first scan of the same folders", async () => {
  const { project, request } = await changed();
  await scanWith(engine, request);
  const fresh = join(freshFolder(), "fresh.twinlens");
  await scanWith(engine, { ...request, project: fresh });
  const facts = async (file: string) => {
    const { splits, leaks, clusters, images } = await reportOf(engine, file);
    const names = new Map(images.map(({ id, split, path }) => [id, `${split}/${path}`]));
    return {
      splits,
      leaks: leaks.map(({ from, into, images }) => ({ from, into, images })),
      clusters: clusters.map((cluster) => cluster.images.map((id) => names.get(id)).sort()).sort(),
    };
  };
  expect(await facts(project)).toEqual(await facts(fresh));
});

test("a rescan that is killed at any stage leaves the last scan readable, and the next one finishes", async () => {
  const { project, request, before } = await changed();
  for (const stage of ["Reading", "neighbors", "Comparing"]) {
    const copy = join(freshFolder(), "copy.twinlens");
    copyFileSync(project, copy);
    const scanning = startTwinlens([
      ...["scan", "--project", copy, "--threads", "1", "--batch-size", "1"],
      ...request.splits.flatMap(({ name, root }) => ["--split", `${name}=${root}`]),
    ]);
    await Promise.race([
      scanning.told(new RegExp(stage, "i")),
      new Promise((resolve) => setTimeout(resolve, 3000)),
    ]);
    scanning.process.kill("SIGKILL");
    await scanning.outcome;
    const left = withoutSeconds(await reportText(runningEngine(), copy));
    // The scan may have been complete by then.
    if (left !== before) expect(JSON.parse(left).splits[0].images).toBe(32);
    expect(await scanWith(engine, { ...request, project: copy })).toMatchObject({ images: 39 });
  }
});
