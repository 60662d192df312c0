import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, expect, test } from "vitest";
import type { ImageId } from "../../src-main/contract/ids.ts";
import { DEFAULT_PROJECT_RULES, type KeeperRules } from "../../src-main/contract/keeper.ts";
import type { Plan } from "../../src-main/contract/plan.ts";
import { folderOf, picture, pictures, writeFiles } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { run } from "../support/run-in-process.ts";
import { runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
let root: string;
let project: string;

const withCamera = picture(1)
  .withExif({ IFD0: { Make: "Maker", Model: "Camera", Copyright: "nobody" } })
  .jpeg()
  .toBuffer();

beforeEach(async () => {
  root = await folderOf({
    ...pictures("train/cat", 4, 20),
    "train/cat/a photo as it was taken.jpg": await withCamera,
    "train/cat/photo.jpg": await picture(1).jpeg({ quality: 95 }).toBuffer(),
    "test/cat/leak.jpg": 2,
    "train/cat/leak.jpg": 2,
  });
  project = join(freshFolder(), "p.twinlens");
  await scan();
});

const scan = () => {
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  return scanWith(engine, { splits, project });
};
const setRules = (rules: KeeperRules, kinds = DEFAULT_PROJECT_RULES.kinds) =>
  engine.keeper.setRules({ project, rules, kinds });
const planned = ({ operations }: Plan) => operations.map(({ split, path }) => `${split}/${path}`);
const listed = async (list: "keepList" | "removeList") => {
  let text = "";
  for await (const chunk of await engine.report({ project, outputs: { [list]: "-" } })) {
    text += chunk.text;
  }
  return text.trim().split("\n");
};

async function cluster(path: string) {
  const { rows } = await engine.review.clusters({
    project,
    filter: { text: path },
    offset: 0,
    limit: 1,
  });
  const image = rows[0]?.anchor as ImageId;
  const detail = await engine.review.cluster({ project, image });
  if (!detail) throw new Error("There is no such cluster");
  return detail;
}

const CAMERA = "train/cat/a photo as it was taken.jpg";
const PLAIN = "train/cat/photo.jpg";

test("a project uses the default rules until someone chooses others", async () => {
  expect(await engine.keeper.rules({ project })).toEqual(DEFAULT_PROJECT_RULES);
  const rules = { order: ["exif" as const, { folder: ["cat"] }], from: "all" as const };
  const stored = await setRules(rules, ["flipped"]);
  expect(stored).toEqual({ rules: { ...rules, dropLeaks: false }, kinds: ["flipped"] });
  expect(await runningEngine().keeper.rules({ project })).toEqual(stored);
  await scan();
  expect(await engine.keeper.rules({ project })).toEqual(stored);
});

test("rules from an incompatible version are ignored", async () => {
  await setRules({ order: ["bytes"] });
  const database = new Database(project);
  database
    .prepare("UPDATE settings SET value = ? WHERE name = 'keeper rules'")
    .run(JSON.stringify({ rules: { order: ["prettiest"] }, kinds: [] }));
  database.close();
  expect(await engine.keeper.rules({ project })).toEqual(DEFAULT_PROJECT_RULES);
});

test("the best image of a cluster, the plan, the lists and their figures follow the project's rules", async () => {
  expect(planned(await engine.plan.make({ project }))).toEqual([CAMERA, "train/cat/leak.jpg"]);
  await setRules({ order: ["exif"], from: "all" });
  const plan = await engine.plan.make({ project });
  expect(plan).toMatchObject({ rulesFrom: "project", rules: { order: ["exif"] } });
  expect(planned(plan)).toEqual(expect.arrayContaining([PLAIN]));
  expect(await listed("removeList")).toContain(join(root, PLAIN));
  expect(await listed("keepList")).toContain(join(root, CAMERA));

  const { best, images, anchor } = await cluster("photo");
  const kept = images.filter(({ id }) => best.keep.includes(id)).map(({ path }) => path);
  expect(kept).toEqual(["cat/a photo as it was taken.jpg"]);
  expect(best.reason).toMatch(/^kept: most entries of EXIF \(\d+\)$/);
  await engine.decisions.decide({
    project,
    decision: { type: "keepBest", of: { project, image: anchor } },
  });
  const marks = (await cluster("photo")).images.map(({ path, mark }) => [path, mark]);
  expect(Object.fromEntries(marks)).toEqual({
    "cat/photo.jpg": "remove",
    "cat/a photo as it was taken.jpg": "keep",
  });
});

test("the overview's figures and the filter's bulk decision follow new rules immediately", async () => {
  const after = async () => (await engine.project.overview({ project })).balanceAfter;
  expect(await after()).toMatchObject({ train: { cat: 5 }, test: { cat: 1 } });
  await setRules({ from: "others" });
  expect(await after()).toMatchObject({ train: { cat: 7 }, test: { cat: 0 } });
  const { splits } = await engine.project.open({ project });
  expect(splits).toHaveLength(2);
  await engine.decisions.decide({
    project,
    decision: { type: "filtered", cut: { project }, filter: {}, mark: "best" },
  });
  expect(planned(await engine.plan.make({ project, kinds: [] }))).toEqual(["test/cat/leak.jpg"]);
});

test("a plan with other rules says so, and does not change the project's", async () => {
  await setRules({ order: ["exif"] }, ["same-bytes"]);
  const own = await engine.plan.make({ project, rules: { order: ["shortest-path"] } });
  expect(own).toMatchObject({
    rulesFrom: "request",
    rules: { order: ["shortest-path"] },
    kinds: ["same-bytes"],
  });
  expect(planned(own)).toEqual(["train/cat/leak.jpg"]);
  expect(await engine.keeper.rules({ project })).toMatchObject({ rules: { order: ["exif"] } });
});

test("on the command line a plan follows the project's rules, or those from a file", async () => {
  await setRules({ order: ["exif"] });
  const stored = await run(["plan", project]);
  expect(stored.stdout).toMatch(/^Keeper rules: the project's\.$/m);
  expect(stored.stdout).toContain(`remove  ${PLAIN}`);
  await writeFiles(root, { "rules.json": JSON.stringify({ order: ["shortest-path"] }) });
  const given = await run([
    "plan",
    project,
    "--rules",
    join(root, "rules.json"),
    "--kinds",
    "resized",
  ]);
  expect(given.stdout).toMatch(/^Keeper rules: from --rules\.$/m);
  expect(given.stdout).toContain(`remove  ${CAMERA}`);
});
