import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Cut } from "../../src-main/contract/cut.ts";
import { ProjectCache } from "../../src-main/engine/analysis/project/project-cache.ts";
import { clusterDetail } from "../../src-main/engine/review/cluster-detail.ts";
import { folderOf, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();

test("an open cluster is described completely even if its project is closed meanwhile", async () => {
  const root = await folderOf({ ...pictures("cat", 6), "cat/a.jpg": 1, "cat/b.jpg": 1 });
  const folder = freshFolder();
  const project = join(folder, "p.twinlens");
  await scanWith(engine, { splits: [{ name: "all", root }], project });
  const threshold = { strategy: "cosine", cosine: -1 } as const;
  const projects = new ProjectCache();
  const opened = projects.open(project);
  const detail = clusterDetail(opened.cut(Cut.parse({ project, threshold })), opened, 0);
  for (const name of ["a", "b", "c"]) {
    const other = join(folder, `${name}.twinlens`);
    copyFileSync(project, other);
    projects.open(other);
  }
  expect(opened.project.database.open).toBe(false);
  const [anchor] = (await reportOf(engine, project, threshold)).clusters[0]?.images ?? [];
  if (anchor === undefined) throw new Error("There is no cluster");
  expect(await detail).toEqual(await engine.review.cluster({ project, threshold, image: anchor }));
});

test("an open project follows a scan in another process, and can be read while it runs", async () => {
  const root = await folderOf({ ...pictures("cat", 12), "cat/copy.jpg": 1 });
  const project = join(freshFolder(), "p.twinlens");
  const splits = [{ name: "all", root }];
  await scanWith(engine, { splits, project });
  expect(await engine.review.figures({ project })).toMatchObject({ clusteredImages: 2 });
  await writeFiles(root, { "cat/copy of 2.jpg": 2, "cat/copy of 3.jpg": 3, "cat/copy.jpg": 60 });
  const answers: unknown[] = [];
  const asking: Promise<unknown>[] = [];
  await scanWith(
    runningEngine(),
    { splits, project },
    {
      onEvent: () => {
        asking.push(
          engine.review.figures({ project }).then(
            ({ clusteredImages }) => answers.push(clusteredImages),
            ({ code }) => answers.push(code),
          ),
        );
      },
    },
  );
  await Promise.all(asking);
  // Before or after, but neither a mixture nor an error.
  expect(answers.length).toBeGreaterThan(0);
  for (const answer of answers) expect([2, 4]).toContain(answer);
  expect(await engine.review.figures({ project })).toMatchObject({ clusteredImages: 4 });
  const report = await reportOf(engine, project);
  const overview = await engine.project.overview({ project });
  expect(overview).toMatchObject({ splits: report.splits, balance: report.balance });
});

test("leaks are counted even if the splits do not fit in one word of bits", async () => {
  const names = Array.from({ length: 34 }, (_, at) => `s${String(at).padStart(2, "0")}`);
  const root = await folderOf({
    ...Object.fromEntries(names.map((name, at) => [`${name}/own.jpg`, at + 1])),
    "s00/a.jpg": 90,
    "s31/b.jpg": 90,
    "s33/c.jpg": 90,
    "s33/d.jpg": 32,
  });
  const project = join(freshFolder(), "p.twinlens");
  await scanWith(engine, {
    splits: names.map((name) => ({ name, root: join(root, name) })),
    project,
  });
  const { leaks } = await engine.project.overview({ project });
  const report = await reportOf(engine, project);
  expect(leaks).toEqual(report.leaks.map(({ byKind: _, ...leak }) => leak));
  const leaking = leaks
    .filter(({ images }) => images > 0)
    .map(({ from, into }) => `${from}-${into}`);
  expect(leaking).toEqual(
    expect.arrayContaining(["s00-s31", "s00-s33", "s31-s00", "s31-s33", "s33-s00", "s33-s31"]),
  );
  const { rows } = await engine.review.clusters({
    project,
    filter: { splitPair: ["s00", "s33"] },
    offset: 0,
    limit: 10,
  });
  expect(rows.map(({ splits }) => splits)).toEqual([{ s00: 1, s31: 1, s33: 1 }]);
});
