import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import type { ImageId } from "../../src-main/contract/ids.ts";
import type { Report } from "../../src-main/contract/report.ts";
import { folderOf, picture } from "../support/drawn-data-set.ts";
import { freshFolder } from "../support/fresh-folder.ts";
import { reportOf, runningEngine, scanWith } from "../support/running-engine.ts";

const engine = runningEngine();
const FRAMES = 21;

/** One scene that fades into another: neighbors nearly agree, the ends have nothing in common. */
async function fade(): Promise<Record<string, Buffer>> {
  const [from, to] = await Promise.all(
    [1, 4].map((seed) => picture(seed).removeAlpha().raw().toBuffer({ resolveWithObject: true })),
  );
  if (!from || !to) throw new Error("Two scenes are drawn.");
  const { default: sharp } = await import("sharp");
  const frames = Array.from({ length: FRAMES }, async (_, at) => {
    const share = at / (FRAMES - 1);
    const mixed = from.data.map((value, i) => value * (1 - share) + (to.data[i] ?? 0) * share);
    const { width, height, channels } = from.info;
    const jpeg = sharp(mixed, { raw: { width, height, channels } }).jpeg({ quality: 92 });
    return [`train/scene/${String(at).padStart(2, "0")}.jpg`, await jpeg.toBuffer()] as const;
  });
  return Object.fromEntries(await Promise.all(frames));
}

let root: string;
let project: string;
let report: Report;

beforeAll(async () => {
  root = await folderOf({
    ...(await fade()),
    "train/cat/same.jpg": 30,
    "train/dog/same.jpg": 30,
    "train/dog/same again.jpg": 30,
    "train/bird/copy.jpg": 31,
    "train/bird/original.jpg": 31,
    "test/bird/leak.jpg": await picture(31).resize(120, 90).jpeg({ quality: 90 }).toBuffer(),
    "test/bird/other.jpg": 32,
  });
  project = join(freshFolder(), "p.twinlens");
  const splits = ["train", "test"].map((name) => ({ name, root: join(root, name) }));
  await scanWith(engine, { splits, project });
  report = await reportOf(engine, project);
});

const RULE_KINDS = ["same-bytes", "same-pixels", "resized"];

/** The direct partners of an image, of the kinds that rules name; files with the same bytes have the same partners. */
function partnersOf(image: ImageId): Set<ImageId> {
  const sha = new Map(report.images.map(({ id, sha256 }) => [id, sha256]));
  const alike = report.images.filter(({ sha256 }) => sha256 === sha.get(image)).map(({ id }) => id);
  const found = new Set(alike);
  for (const { a, b, kind } of report.clusters.flatMap(({ pairs }) => pairs)) {
    if (!RULE_KINDS.includes(kind)) continue;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (alike.includes(one)) {
        for (const { id, sha256 } of report.images) if (sha256 === sha.get(other)) found.add(id);
      }
    }
  }
  found.delete(image);
  return found;
}

function expectDirectPartners(gone: ReadonlySet<ImageId>): void {
  for (const image of gone) {
    expect([...partnersOf(image)].filter((other) => !gone.has(other))).not.toEqual([]);
  }
}

async function listed(list: "removeList" | "keepList"): Promise<string[]> {
  let text = "";
  for await (const chunk of await engine.report({ project, outputs: { [list]: "-" } })) {
    text += chunk.text;
  }
  return text.trim().split("\n").sort();
}

test("of a fade, every image that the plan removes matches one that stays directly", async () => {
  const { operations } = await engine.plan.make({ project });
  const frames = operations.filter(({ path }) => path.startsWith("scene/"));
  expect(frames.length).toBeGreaterThan(0);
  expect(frames.length).toBeLessThan(FRAMES - 2);
  expectDirectPartners(new Set(operations.map(({ image }) => image)));
  for (const { image, keeper, kind, reason } of operations) {
    const [partner] = report.images.filter(
      ({ split, path }) => split === keeper?.split && path === keeper.path,
    );
    expect(partnersOf(image)).toContain(partner?.id);
    expect(reason).toContain(`${kind} copy of ${keeper?.split}/${keeper?.path}`);
  }
});

test("of every image on a report's remove list, a direct partner is on its keep list", async () => {
  const removed = await listed("removeList");
  const ids = report.images
    .filter(({ split, path }) => removed.includes(join(root, split, path)))
    .map(({ id }) => id);
  expect(ids.length).toBeGreaterThan(0);
  expect(ids).toHaveLength(removed.length);
  expectDirectPartners(new Set(ids));
  expect((await listed("keepList")).filter((path) => removed.includes(path))).toEqual([]);
});

describe("keeping the best", () => {
  const removed = async () => {
    const { rows } = await engine.review.clusters({ project, offset: 0, limit: 50 });
    const gone = new Set<ImageId>();
    for (const { anchor: image } of rows) {
      const detail = await engine.review.cluster({ project, image });
      for (const { id, mark } of detail?.images ?? []) if (mark === "remove") gone.add(id);
    }
    return gone;
  };

  test.each([
    ["in each cluster", "filtered"],
    ["in one cluster", "keepBest"],
  ] as const)("%s leaves each removed image a direct partner", async (_, type) => {
    const image = report.images.find(({ path }) => path === "scene/00.jpg")?.id as ImageId;
    const decision =
      type === "filtered"
        ? { type, cut: { project }, filter: {}, mark: "best" as const }
        : { type, of: { project, image } };
    await engine.decisions.decide({ project, decision });
    const gone = await removed();
    expect(gone.size).toBeGreaterThan(0);
    expectDirectPartners(gone);
    await engine.decisions.undo({ project });
  });
});

test("two labels for the same picture are held back until one is chosen, and then follow the rules", async () => {
  const held = await engine.plan.make({ project });
  expect(held.heldBack).toMatchObject([
    {
      path: "dog/same again.jpg",
      label: "dog",
      keeper: { path: "cat/same.jpg" },
      kind: "same-bytes",
    },
    { path: "dog/same.jpg", label: "dog", keeper: { path: "cat/same.jpg" } },
  ]);
  expect(held.operations.map(({ path }) => path)).not.toContain("cat/same.jpg");
  expect(held.warnings.join()).toMatch(/2.images are held back: their labels differ/);
  const image = held.heldBack[0]?.image as ImageId;
  const decision = { type: "labelCluster" as const, of: { project, image }, label: "dog" };
  await engine.decisions.decide({ project, decision });
  const settled = await engine.plan.make({ project });
  expect(settled.heldBack).toEqual([]);
  expect(settled.operations.filter(({ path }) => path.includes("same"))).toHaveLength(2);
  await engine.decisions.undo({ project });
});

test("copies with the same bytes all match what one of them matches", async () => {
  const { operations } = await engine.plan.make({ project });
  expect(operations.filter(({ path }) => path.startsWith("bird/"))).toMatchObject([
    { path: "bird/copy.jpg", keeper: { split: "test", path: "bird/leak.jpg" } },
    { path: "bird/original.jpg", keeper: { split: "test", path: "bird/leak.jpg" } },
  ]);
});

test("a marked image goes without a partner, and the plan says so", async () => {
  const image = (
    await engine.similar.toImage({
      project,
      image: report.images[0]?.id as ImageId,
      limit: 50,
    })
  ).find(({ image: { path } }) => path === "bird/other.jpg")?.image.id as ImageId;
  const decision = { type: "mark" as const, images: [image], mark: "remove" as const };
  await engine.decisions.decide({ project, decision });
  const plan = await engine.plan.make({ project, kinds: [] });
  expect(plan.operations).toMatchObject([
    { keeper: null, reason: "marked remove; nothing that stays matches it directly" },
  ]);
  expect(plan.warnings.join()).toMatch(
    /1.image marked remove: nothing that stays matches directly/,
  );
  await engine.decisions.undo({ project });
});
